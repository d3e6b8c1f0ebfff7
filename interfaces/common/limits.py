"""What one login may read and take away in a while: counted in Redis in one step, refused beyond it, and reported to people.

A limit counts in windows that begin with the hour, the day (UTC) or the minute. While Redis is down what is only read is let
through uncounted, with a line in the log, for work has to go on; an export waits (503).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache as made_once
from time import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis import Redis, RedisError

from interfaces.common.reader import Reader
from tickets.services import taking
from tickets.times import absolute
from vendors.access import Member

log = logging.getLogger(__name__)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# Takes the amount if it is still there, else nothing, and answers what has been taken (-1: refused). Of what has names, those are
# the amount that were not taken before. One step for the server, so however many try at once, no more is taken than one by one.
_TAKE = """
local amount, fresh = tonumber(ARGV[1]), {}
for at = 4, #ARGV do
  if redis.call('SISMEMBER', KEYS[2], ARGV[at]) == 0 then fresh[#fresh + 1] = ARGV[at] end
end
if #ARGV > 3 then amount = #fresh end
local taken = tonumber(redis.call('GET', KEYS[1]) or '0') + amount
if amount > 0 and taken > tonumber(ARGV[2]) then return -1 end
redis.call('SET', KEYS[1], taken, 'EX', ARGV[3])
for _, name in ipairs(fresh) do redis.call('SADD', KEYS[2], name) end
if #fresh > 0 then redis.call('EXPIRE', KEYS[2], ARGV[3]) end
return taken
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much (the setting's number) of something in so many seconds. `counted`: it is refused while nobody counts; `mailed`: who
    reaches it is reported to the vendor's admins, not only in audit and log.
    """

    key: str
    setting: str
    seconds: int
    words: Promise
    counted: bool = False
    mailed: bool = True

    @property
    def most(self) -> int:
        """How much."""
        return int(getattr(settings, self.setting))


DOWNLOADS = Limit(
    "downloads",
    "DOWNLOADS_PER_HOUR",
    _HOUR,
    gettext_lazy("You have downloaded as many files as one person may in an hour."),
)
TICKETS = Limit(
    "tickets", "TICKETS_PER_HOUR", _HOUR, gettext_lazy("You have opened as many requests as one person may in an hour.")
)
LISTED = Limit(
    "listed", "LISTED_PER_HOUR", _HOUR, gettext_lazy("You have listed as many requests as one person may in an hour.")
)
EXPORTS = Limit(
    "exports", "EXPORTS_PER_DAY", _DAY, gettext_lazy("You have exported as often as one person may in a day."), True
)
EXPORTED_ROWS = Limit(
    "exported_rows",
    "EXPORT_ROWS_PER_DAY",
    _DAY,
    gettext_lazy("With this list you would export more rows than one person may in a day."),
    True,
)
# A program that is only too quick is slowed down, which is nobody's alarm.
API_REQUESTS = Limit(
    "api_requests",
    "API_REQUESTS_PER_MINUTE",
    _MINUTE,
    gettext_lazy("These were more requests than one person may send in a minute."),
    mailed=False,
)


class TooMuch(Exception):
    """The login has reached a limit, which opens again at `opens_at` (aware)."""

    def __init__(self, limit: Limit, opens_at: datetime) -> None:
        super().__init__(f"{limit.key} until {opens_at.isoformat()}")
        self.limit, self.opens_at = limit, opens_at

    @property
    def detail(self) -> str:
        """What is so, and when it goes on, in the reader's language and zone."""
        opens = _("It goes on at %(at)s.") % {"at": absolute(self.opens_at)}
        return f"{self.limit.words} {opens}"

    @property
    def wait(self) -> int:
        """Seconds until then."""
        return max(1, int(self.opens_at.timestamp() - time()) + 1)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit, and for how many seconds."""

    amount: int
    seconds: int


def take(
    reader: Reader, limit: Limit, *, members: Iterable[Member], amount: int = 1, names: Iterable[object] = ()
) -> Left:
    """Count an amount towards the login's limit, or what has `names`, each once in a window.

    Beyond the limit nothing is counted: it is reported to the vendors of `members` (as whom he reads there), once a person and
    window, and raised as TooMuch. Raises RedisError while nobody counts, if the limit is one that must be.
    """
    ends = (int(time()) // limit.seconds + 1) * limit.seconds
    key = cache.make_key(f"limit:{limit.key}:{reader.user.pk}:{ends}")
    try:
        taken = int(_redis().eval(_TAKE, 2, key, f"{key}:names", amount, limit.most, limit.seconds, *names))
        refused = [m for m in members if _first(f"{key}:told:{m.vendor_id}", limit)] if taken < 0 else []
    except RedisError as failure:
        if limit.counted:
            raise
        log.warning("%s of login %s are not counted: %s", limit.key, reader.user.pk, failure)
        return Left(limit.most, limit.seconds)
    if taken >= 0:
        return Left(limit.most - taken, ends - int(time()))
    opens_at = datetime.fromtimestamp(ends, UTC)
    for member in refused:
        taking.stopped(by=member, limit=limit.key, opens_at=opens_at, mailed=limit.mailed)
    raise TooMuch(limit, opens_at)


def listed(reader: Reader, tickets: Iterable[tuple[int, str]]) -> None:
    """Count tickets that a list shows (vendor's key and number), each once an hour. Raises TooMuch."""
    rows = set(tickets)
    if rows:
        vendors = {vendor_id for vendor_id, _number in rows}
        members = [member for member in reader.all_members if member.vendor_id in vendors]
        take(reader, LISTED, members=members, names=[f"{vendor_id} {number}" for vendor_id, number in rows])


def _first(key: str, limit: Limit) -> bool:
    # A quick program is told of once an hour, however many of its minutes are full.
    if not limit.mailed:
        key = key.rpartition(":told:")[0].rpartition(":")[0] + ":told"
    return bool(_redis().set(key, 1, nx=True, ex=max(limit.seconds, _HOUR)))


@made_once
def _redis() -> Any:
    return Redis.from_url(settings.CACHES["default"]["LOCATION"], socket_connect_timeout=1, socket_timeout=2)
