"""Whose zone the clocks count in (M5): the authorised user's, then the site's, then the organisation's; else assumed."""

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tickets.models import ZoneSource
from vendors.models import Organisation, Person, Site, Vendor


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA zone with its country, where it came from, and whether it is only assumed."""

    name: str
    country: str
    source: ZoneSource
    assumed: bool = False


def zone_of(
    vendor: Vendor, *, user: Person | None, site: Site | None, organisation: Organisation | None, asked: bool = True
) -> Zone:
    """The first zone that is known. None known: the vendor's, marked as assumed until somebody settles it; not where nobody's
    zone is `asked`, since the policy counts in the vendor's for everybody (O2, I9).
    """
    for source, row in ((ZoneSource.USER, user), (ZoneSource.SITE, site), (ZoneSource.ORGANISATION, organisation)):
        if row is not None and row.time_zone and row.country:
            return Zone(row.time_zone, row.country, source)
    return Zone(vendor.time_zone, vendor.country, ZoneSource.VENDOR, assumed=asked)


def reading_zone(person: Person, vendor_zone: str) -> ZoneInfo:
    """The zone in which somebody reads times: his own, else his login's, else the vendor's."""
    names = (person.time_zone, person.user.time_zone if person.user else "", vendor_zone)
    return ZoneInfo(next(name for name in (*names, "UTC") if is_zone(name)))


def is_zone(name: str) -> bool:
    """Whether a name is an IANA zone's."""
    return name in _known()


@cache
def _known() -> frozenset[str]:
    # All files of the zone database are looked at for this: once a process.
    return frozenset(available_timezones())
