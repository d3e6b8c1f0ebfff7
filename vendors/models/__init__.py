"""Who is who (`who`), how a vendor's staff work together (`staffing`), how customers' people come in (`joining`), and sign-in by
identity providers (`identity`).
"""

from vendors.models.identity import IdentityLink, IdentityProvider
from vendors.models.joining import Invitation, OrganisationDomain, SignUp
from vendors.models.staffing import Absence, Shift, Team, TeamMember
from vendors.models.who import (
    AccessToken,
    InstalledItem,
    LoginLetter,
    Organisation,
    Person,
    Product,
    Release,
    Role,
    Site,
    User,
    UserManager,
    Vendor,
)

__all__ = [
    "Absence",
    "AccessToken",
    "IdentityLink",
    "IdentityProvider",
    "InstalledItem",
    "Invitation",
    "LoginLetter",
    "Organisation",
    "OrganisationDomain",
    "Person",
    "Product",
    "Release",
    "Role",
    "Shift",
    "SignUp",
    "Site",
    "Team",
    "TeamMember",
    "User",
    "UserManager",
    "Vendor",
]
