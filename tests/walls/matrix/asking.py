"""Asking as somebody of the cast: each request leaves the database as it was, and tells what it would have written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client

from tests.walls.matrix.estate import Estate

_WRITING = re.compile(r"\s*(?:WITH .*?)?(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.DOTALL)
# Whose session it is, and until when, is nobody's data.
_SESSIONS = frozenset({"django_session", "usersessions_usersession"})
_VARYING = re.compile(r'(name="csrfmiddlewaretoken" value="|name="csrf-token" content="|csrftoken=|sessionid=)[^";]+')
_UNCOUNTED = frozenset({"Content-Length", "RateLimit", "Expires"})  # of the text, or of the second
_COUNTED = (
    "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
    " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
)


@dataclass(frozen=True)
class Answer:
    """What came back, and the tables in which something was written for it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: str
    wrote: tuple[str, ...]
    error: str = ""

    def without(self, names: Iterable[str]) -> tuple[int, tuple[tuple[str, str], ...], str]:
        """All of it that can tell two answers apart, without what was asked for and what is new in every answer."""
        told = {name: value for name, value in self.headers.items() if name not in _UNCOUNTED}
        text = self.body.decode("utf-8", "replace")
        for name in sorted(
            {name for word in names for name in (word, quote(word), escape(word))}, key=len, reverse=True
        ):
            text = text.replace(name, "…")
            told = {key: value.replace(name, "…") for key, value in told.items()}
        return self.status, tuple(sorted(told.items())), _VARYING.sub(r"\1…", text)


@dataclass
class Asker:
    """The cast with its sessions. `heard` is called with who asked what and the answer."""

    estate: Estate
    heard: Callable[[str, str, Answer], None] | None = None
    asked: int = 0
    _clients: dict[str, tuple[Client, str]] = field(default_factory=dict)

    def sign_in(self) -> None:
        """Begin everybody's session."""
        for name, user in self.estate.cast.logins.items():
            client = Client(raise_request_exception=False)
            if user is not None:
                client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
            cookie = client.cookies.get("sessionid")
            self._clients[name] = (client, cookie.value if cookie else "")

    def ask(self, who: str, method: str, address: str, body: Any = None, **headers: str) -> Answer:
        """Send it; whatever it did to the database is taken back."""
        self.asked += 1
        caches["default"].key_prefix = uuid4().hex  # nobody uses up what another cell is allowed, or kept for it
        client, session = self._clients[who]
        client.cookies.clear()
        if session:
            client.cookies["sessionid"] = session
        with transaction.atomic():
            wrote: list[str] = []
            with connection.execute_wrapper(_noting(wrote)):
                response = client.generic(method, address, **_encoded(address, body), headers=headers)
                content = b"".join(response) if response.streaming else response.content
            transaction.set_rollback(True)
        error = repr(failed[1]) if (failed := getattr(response, "exc_info", None)) else ""
        cookies = response.cookies.output()
        answer = Answer(
            response.status_code, dict(response.headers), content, cookies, tuple(dict.fromkeys(wrote)), error
        )
        if self.heard is not None:
            self.heard(who, f"{method} {address}", answer)
        return answer


def rows_written() -> dict[str, int]:
    """Rows written in this transaction so far, by table, as the database counted them: also what was taken back."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED)
        return {name: number for name, number in cursor.fetchall() if name not in _SESSIONS}


def _noting(wrote: list[str]) -> Callable[..., Any]:
    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        done = execute(sql, params, many, context)
        found = _WRITING.match(sql)
        if found and found[2] not in _SESSIONS and context["cursor"].rowcount:
            wrote.append(found[2])
        return done

    return note


def _encoded(address: str, body: Any) -> dict[str, Any]:
    if body is None:
        return {}
    if isinstance(body, bytes):
        return {"data": body, "content_type": "application/octet-stream"}
    if address.startswith("/api/"):
        return {"data": json.dumps(body), "content_type": "application/json"}
    return {"data": urlencode(body, doseq=True), "content_type": "application/x-www-form-urlencoded"}
