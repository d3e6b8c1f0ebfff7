"""A form that is sent twice (two clicks, a line that broke) is done once: each form that is shown carries a key of its own."""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.http import HttpRequest

from kernel import clock
from tickets.models import IdempotencyKey
from vendors.access import Member

ONCE = "once"  # the name of the form's key
_BESIDES = frozenset({"csrfmiddlewaretoken", "draft"})  # differ between two sendings of the same
Kept = Mapping[str, Any]  # what JSON knows


def key_of(request: HttpRequest) -> str:
    """The key for the form that is about to be shown: the one that came with it, else a new one."""
    return request.POST.get(ONCE, "")[:64] or uuid.uuid4().hex


def once(request: HttpRequest, member: Member, act: Callable[[], Kept]) -> Kept:
    """Do `act` and keep its answer; the same form with the same words gets the kept answer and does nothing. A form without a
    key is always done.
    """
    return once_as(f"form {_digest(request)}", member, act) if request.POST.get(ONCE) else act()


def once_as(key: str, member: Member, act: Callable[[], Kept]) -> Kept:
    """Do `act` under a key of the member's and keep its answer, which is given again under the same key. The second of two at the
    same time waits for the first. Whatever `act` raises keeps nothing.
    """
    own = {"vendor_id": member.vendor_id, "person_id": member.person, "key": key}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [json.dumps(own, sort_keys=True)])
    kept = done_as(key, member)
    if kept is not None:
        return kept
    done = act()
    IdempotencyKey.objects.create(**own, digest="", body=dict(done), created_at=clock.now())
    return done


def done_as(key: str, member: Member) -> Kept | None:
    """What was answered under a key of the member's, or None."""
    own = IdempotencyKey.objects.filter(vendor_id=member.vendor_id, person_id=member.person, key=key)
    kept = own.values_list("body", flat=True).first()
    return None if kept is None else dict(kept)


def _digest(request: HttpRequest) -> str:
    words = [(name, values) for name, values in sorted(request.POST.lists()) if name not in _BESIDES]
    files = [(upload.name, upload.size) for upload in request.FILES.getlist("files")]
    return hashlib.sha256(json.dumps([request.path, words, files]).encode()).hexdigest()
