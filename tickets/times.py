"""Instants and lengths of time in words: in the active language and zone, the zone always named."""

from datetime import date, datetime, timedelta

from django.utils import dateformat, timezone
from django.utils.translation import ngettext, pgettext

from vendors.catalog.schema import Period

LONGEST_BACK = timedelta(days=366)  # how late a call can be logged: calendars store the dates of few past years


def absolute(at: datetime) -> str:
    """An aware instant as "Tue 24 Nov 2026, 10:30 CET (Europe/Berlin)"; the zone is the active one."""
    local = timezone.localtime(at)
    stamp = dateformat.format(local, pgettext("date format", "D j M Y, H:i"))
    name, zone = local.tzname(), timezone.get_current_timezone_name()
    return f"{stamp} {zone}" if name == zone else f"{stamp} {name} ({zone})"


def day(on: date) -> str:
    """A date as "Tue 24 Nov 2026"."""
    return dateformat.format(on, pgettext("date format", "D j M Y"))


def length(period: Period) -> str:
    """A length of open time as the vendor's file gives it: "2 work days", "8 hours"."""
    n = {"n": period.amount}
    words = {
        "s": ngettext("%(n)d second", "%(n)d seconds", period.amount),
        "min": ngettext("%(n)d minute", "%(n)d minutes", period.amount),
        "h": ngettext("%(n)d hour", "%(n)d hours", period.amount),
        "work day": ngettext("%(n)d work day", "%(n)d work days", period.amount),
        "week": ngettext("%(n)d week", "%(n)d weeks", period.amount),
    }
    return words[period.unit] % n


def instant(text: object) -> datetime | None:
    """An instant kept as ISO text in facts; None where there is none."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None
