"""What can be known of a request, and the steps of a verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

Word = Literal["entitled", "elsewhere", "not_owed", "ask"]
NONE_FOUND = "none"  # a cause: nothing is known that excludes the request


@dataclass(frozen=True, slots=True)
class Held:
    """A contract for the site where the licence is used; `ends` is its last day, None is open on that side."""

    kind: str
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a request on the day of filing; None is unknown.

    `site_contracts` are those of the very site (none: an empty tuple); `previous_release` empty says that there is none;
    `earlier_releases` go on after it, newest first, for a vendor who serves more than two. `cause` "none": nothing found that
    excludes it. `own_address`: it came straight to the vendor's own address (O1).
    """

    on: date | None = None
    requester: str | None = None
    site_contracts: tuple[Held, ...] | None = None
    topic: str | None = None
    release: str | None = None
    current_release: str | None = None
    previous_release: str | None = None
    earlier_releases: tuple[str, ...] | None = None
    seller: str | None = None
    warranty_until: date | None = None
    warranty_void: bool | None = None
    cause: str | None = None
    handed_on: bool | None = None
    own_address: bool = False


NAMES = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True, slots=True)
class Reason:
    """One step to the verdict: rule ids, the fact that it used and what that was, and the key of its words
    (`contracts.entitlement_words` says them). `instead` is the key of what the customer can do about a refusal, if it is one
    and the vendor's file says so.
    """

    rules: tuple[str, ...]
    fact: str
    value: str
    text: str
    instead: str = ""
