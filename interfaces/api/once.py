"""A POST with an Idempotency-Key is done once, however often it is sent."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from interfaces.api.problems import Input, Invalid, UnderWay, problem
from kernel import clock
from kernel.tenancy.scope import current, enter
from tickets.models import IdempotencyKey
from vendors.access import Member

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(hours=24)
_FORM = re.compile(r"[\x21-\x7e]{1,120}")
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def once(request: Request, member: Member, act: Callable[[], Response]) -> Response:
    """Do `act` in the scope of the member's vendor alone, in one transaction with the note of its answer.

    The same key with the same request gives the answer noted before, with another one 422; while the first is under way 409.
    Keys belong to the person at the vendor and are kept for KEPT. Only what was done is noted: a request that was refused
    changed nothing and can be put right and sent again under its key.
    """
    with enter(current().only(member.vendor_id)):
        key = _key(request)
        if key is None:
            return act()
        _lock(member, key)
        now = clock.now()
        digest = _digest(request)
        own = IdempotencyKey.objects.filter(vendor_id=member.vendor_id, person_id=member.person)
        own.filter(created_at__lt=now - KEPT).delete()
        held = own.filter(key=key).first()
        if held is not None:
            return _again(held, digest)
        answer = act()
        _note(member, key, digest, answer, now)
        return answer


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _FORM.fullmatch(key):
        raise Invalid({HEADER: [_("Use 1 to 120 visible ASCII characters.")]}, Input.HEADER)
    return key


def _lock(member: Member, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"idempotency {member.vendor_id} {member.person} {key}"])
        if not cursor.fetchone()[0]:
            raise UnderWay


def _digest(request: Request) -> str:
    meant: list[Any] = [request.method, request.path, request.data]
    return hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()


def _again(held: IdempotencyKey, digest: str) -> Response:
    if held.digest != digest:
        said = _("This Idempotency-Key was used for another request. Take a new key for a new request.")
        point = {"field": HEADER, "source": Input.HEADER, "detail": said}
        return problem(422, said, kind="idempotency-key-reused", errors=[point])
    answer = Response(held.body, status=held.status)
    answer[REPLAYED] = "true"
    return _located(answer)


def _note(member: Member, key: str, digest: str, answer: Response, now: datetime) -> None:
    IdempotencyKey.objects.create(
        vendor_id=member.vendor_id,
        person_id=member.person,
        key=key,
        digest=digest,
        status=answer.status_code,
        body=json.loads(JSONRenderer().render(answer.data)),
        created_at=now,
    )


def _located(answer: Response) -> Response:
    """What was created says where it is."""
    if answer.status_code == 201:
        answer["Location"] = answer.data["url"]
    return answer


def created(data: Any) -> Response:
    """201 for something with an `url`."""
    return _located(Response(data, status=201))
