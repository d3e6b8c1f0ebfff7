"""What can be sent, gathered from the pages themselves: whoever is signed in goes from link to link, and every form that he meets
is filled in as it stands there. What a new page offers is thus attacked without being named anywhere.

`markup` reads a page, `walk` goes through all of them, `heard` tells which names a view asks for, `state` what the database says,
and `program` adds what only scripts and programs send. `references` knows which fields name something of somebody's.
"""
