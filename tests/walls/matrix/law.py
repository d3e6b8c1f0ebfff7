"""Who may see what: for each kind of object a table of whose it is and who sees it. Written from the domain's rules (O1, M1, I6,
M12, M15 and “Who is who”), not from the gates that it tests. What is not in a table nobody sees.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.walls.matrix.cast import CAST, NOBODY, people

Table = Mapping[str, frozenset[str]]

EVERYBODY = frozenset(CAST)
LOGINS = EVERYBODY - {NOBODY}

# Groups of the cast by what they are, which is also whom a door is open to.
HOUSE = people("agent supervisor admin both")  # the vendor's own staff
ABROAD = people("abroad_agent abroad_admin both")
STAFF = HOUSE | ABROAD
PARTNERS = people("partner other_partner")
DESK = STAFF | PARTNERS
MANAGERS = people("supervisor admin abroad_admin")
CUSTOMERS = people("customer customer_admin stranger stranger_admin abroad_customer")
CUSTOMER_ADMINS = people("customer_admin stranger_admin")
ADMINS = people("admin abroad_admin")
READERS = CUSTOMERS | PARTNERS  # to whom vendors write
MEMBERS = DESK | CUSTOMERS
OPERATORS = people("operator")

_HERE = HOUSE | PARTNERS | CUSTOMERS - {"abroad_customer"}
_THERE = ABROAD | {"abroad_customer"}


def _alone(*owners: str) -> Table:
    return {owner: frozenset({owner}) for owner in owners}


VENDOR: Table = {"here": _HERE, "abroad": _THERE}
TICKET: Table = {
    "customer": people("customer customer_admin") | HOUSE,
    "customer_admin": people("customer_admin") | HOUSE,
    "stranger": people("stranger stranger_admin partner") | HOUSE,
    "second": people("customer customer_admin other_partner") | HOUSE,
    "abroad": people("abroad_customer") | ABROAD,
}
# While a partner serves, the vendor's clocks do not run (O1): where it did from the beginning there is none to explain.
CLOCK: Table = {**TICKET, "stranger": frozenset()}
# A file is read by who reads its message: notes by their house alone, the vendor's staff among them not a partner's.
FILE: Table = {
    **TICKET,
    "note on customer": HOUSE,
    "note on customer_admin": HOUSE,
    "note on stranger": people("partner"),
    "note on second": people("other_partner"),
    "note on abroad": ABROAD,
    **{f"draft of {owner}": seen for owner, seen in _alone(
        "customer", "customer_admin", "stranger", "agent", "partner", "abroad_customer", "abroad_agent"
    ).items()},
}  # fmt: skip
DRAFT = _alone("customer", "customer_admin", "stranger", "abroad_customer")
BEGUN: Table = {  # who may begin a draft under a key, whoever has one under it already
    **dict.fromkeys(("customer", "customer_admin", "stranger"), _HERE & CUSTOMERS),
    "abroad_customer": people("abroad_customer"),
}
UPLOAD = _alone("customer", "customer_admin", "stranger", "agent", "partner", "abroad_customer", "abroad_agent")
NOTIFICATION = _alone("customer", "stranger", "partner", "agent", "supervisor", "abroad_customer", "abroad_agent")
TOKEN = _alone("customer", "agent", "abroad_agent")
ARTICLE: Table = {"published": _HERE, "draft": frozenset(), "abroad_published": _THERE, "abroad_draft": frozenset()}
ARTICLE_AT_DESK: Table = {"published": HOUSE, "draft": HOUSE, "abroad_published": ABROAD, "abroad_draft": ABROAD}
ANNOUNCEMENT: Table = {  # in the portal; drafts are nobody's to read there
    "sent": _HERE & READERS,
    "to stranger": people("stranger stranger_admin partner"),
    "draft": frozenset(),
    "abroad_sent": people("abroad_customer"),
    "abroad_draft": frozenset(),
}
_ANNOUNCERS, _ANNOUNCERS_ABROAD = people("supervisor admin"), people("abroad_admin")
ANNOUNCEMENT_AT_DESK: Table = {
    "sent": _ANNOUNCERS,
    "to stranger": _ANNOUNCERS,
    "draft": _ANNOUNCERS,
    "abroad_sent": _ANNOUNCERS_ABROAD,
    "abroad_draft": _ANNOUNCERS_ABROAD,
}
_LEAD, _LEAD_ABROAD = people("supervisor admin"), people("abroad_admin")
TEAM: Table = {"here": _LEAD, "abroad": _LEAD_ABROAD}
PERSON: Table = {  # how one of the staff works: he himself and who manages the staff; customers and partners are no staff
    "agent": _LEAD | {"agent"},
    "supervisor": _LEAD,
    "customer": frozenset(),
    "partner": frozenset(),
    "abroad_agent": _LEAD_ABROAD | {"abroad_agent"},
    "abroad_supervisor": _LEAD_ABROAD,
    "abroad_customer": frozenset(),
    "abroad_partner": frozenset(),
}
ABSENCE: Table = {"agent": PERSON["agent"], "abroad_agent": PERSON["abroad_agent"]}
COLLEAGUE: Table = {  # for a customer's admin, the people of his organisation
    **dict.fromkeys(PERSON, frozenset()),
    "customer": people("customer_admin"),
}
OF_CUSTOMER: Table = {  # invitations and mail domains, in the portal
    "customer": people("customer_admin"),
    "stranger": people("stranger_admin"),
    "abroad_customer": frozenset(),
}
DOMAIN_AT_DESK: Table = {"customer": _LEAD, "stranger": _LEAD, "abroad_customer": _LEAD_ABROAD}
CANNED: Table = {  # to change: one's own; the house's for who leads; in a partner's house all lead
    "agent": people("agent"),
    "house": _LEAD,
    "partner": people("partner"),
    "other_partner": people("other_partner"),
    "abroad_agent": people("abroad_agent"),
    "abroad_house": _LEAD_ABROAD,
}
VIEW: Table = {
    "agent": people("agent"),
    "house": HOUSE,
    "partner": people("partner"),
    "other_partner": people("other_partner"),
    "abroad_agent": people("abroad_agent"),
    "abroad_house": ABROAD,
}
LETTER: Table = {"here": OPERATORS, "abroad": OPERATORS}
LINK: Table = dict.fromkeys(("customer", "stranger", "abroad_customer"), EVERYBODY)  # whoever has the secret of a claim
# An invitation opens for who is not signed in: whoever is, is somebody else.
INVITATION: Table = dict.fromkeys(("customer", "stranger", "abroad_customer"), people(NOBODY))
PROVIDER: Table = {"here": people("admin"), "abroad": people("abroad_admin")}
PROVIDER_LINK: Table = {"here": EVERYBODY, "abroad": EVERYBODY}  # whoever has the address of its sign-in page
MAIL: Table = {"stored": EVERYBODY}  # of bin/up alone; nothing of it is there in a deployment
NOTHING: Table = {"": EVERYBODY}
