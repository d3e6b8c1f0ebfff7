"""Who is who (`who`), and how a vendor's staff work together (`staffing`)."""

from vendors.models.staffing import Absence, Shift, Team, TeamMember
from vendors.models.who import (
    AccessToken,
    InstalledItem,
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
    "InstalledItem",
    "Organisation",
    "Person",
    "Product",
    "Release",
    "Role",
    "Shift",
    "Site",
    "Team",
    "TeamMember",
    "User",
    "UserManager",
    "Vendor",
]
