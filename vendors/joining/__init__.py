"""How people of customers come and go: invitations, sign-up by a verified mail domain, roles and removal.

Customers may not write rows about people: each service checks who acts, and writes in the vendor's scope.
"""
