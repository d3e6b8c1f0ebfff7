"""The messages that the mail sink of bin/up stored, to be read in the browser; not there (404) without MAIL_SINK_DIR.

Include it under an address of its own: `path("dev/mail/", include("interfaces.mail.sink"))`. It asks for no login: it
shows what every developer could read in var/mail/, and a sign-in mail must be readable before the sign-in.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

SHOWN = 200
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}-[0-9a-f]{8}\.eml")
# The HTML of a message may show itself and nothing more: no script, no form, nothing loaded from anywhere.
_FRAME_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"


@dataclass(frozen=True)
class Line:
    """A stored message in the list; `stored_at` in UTC."""

    name: str
    stored_at: datetime
    sender: str
    recipients: str
    subject: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The newest messages, at most SHOWN."""
    files = sorted((file for file in _folder().glob("*.eml") if _NAME.fullmatch(file.name)), reverse=True)
    context = {"lines": [_line(file) for file in files[:SHOWN]], "count": len(files)}
    return render(request, "mail_sink/listing.html", context)


@require_safe
def message(request: HttpRequest, name: str) -> HttpResponse:
    """One message: who, what, its text; its HTML in a frame that can run nothing; attachments by name."""
    file = _file(name)
    found = _parse(file)
    context = {
        "line": _line(file),
        "text": _content(found, "plain"),
        "has_html": found.get_body(("html",)) is not None,
        "headers": [(key, str(value)) for key, value in found.items()],
        "attachments": [_attachment_name(part) for part in found.iter_attachments()],
    }
    return render(request, "mail_sink/message.html", context)


@require_safe
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, for the frame."""
    body = _content(_parse(_file(name)), "html")
    if body is None:
        raise Http404
    return HttpResponse(body, headers={"Content-Security-Policy": _FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"})


def _folder() -> Path:
    if not settings.MAIL_SINK_DIR:
        raise Http404
    return Path(settings.MAIL_SINK_DIR)


def _file(name: str) -> Path:
    file = _folder() / name
    if not _NAME.fullmatch(name) or not file.is_file():
        raise Http404
    return file


def _parse(file: Path) -> EmailMessage:
    with file.open("rb") as stream:
        return BytesParser(policy=policy.default).parse(stream)


def _line(file: Path) -> Line:
    with file.open("rb") as stream:
        head = BytesHeaderParser(policy=policy.default).parse(stream)
    return Line(
        name=file.name,
        stored_at=datetime.strptime(file.name.partition("-")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC),
        sender=str(head.get("From", "")),
        recipients=str(head.get("X-Envelope-To") or head.get("To", "")),
        subject=str(head.get("Subject", "")),
    )


def _content(found: EmailMessage, subtype: str) -> str | None:
    """The body of that subtype as text, None where there is none; an unknown character set is read as Latin-1."""
    body = found.get_body((subtype,))
    if body is None:
        return None
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):
        payload = body.get_payload(decode=True)
        return payload.decode("latin-1") if isinstance(payload, bytes) else ""


def _attachment_name(part: EmailMessage) -> str:
    return part.get_filename() or part.get_content_type()


app_name = "mail_sink"
urlpatterns = [
    path("", listing, name="listing"),
    path("<str:name>/", message, name="message"),
    path("<str:name>/html/", html, name="html"),
]
