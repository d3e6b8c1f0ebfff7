"""Attachments: served only through the access check, as a download; pictures and PDF also as a preview that can run nothing."""

from typing import IO, Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from interfaces.common import limits
from interfaces.common.reader import reader_of
from tickets import services
from tickets.models import Attachment
from tickets.services import taking

# Kinds as told by content, never by the sender, that a browser shows without running anything of them.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
_SMALL = 20 * 1024 * 1024  # bytes up to which a picture is shown without being asked for
_DOWNLOAD = "sandbox; default-src 'none'"
_PREVIEW = (
    "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'none'; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'self'"
)


def shown(file: Attachment) -> dict[str, Any]:
    """What a page shows of a file: `url`, `name`, `size` in bytes, `preview_url` (empty: none), and whether it is a `picture`."""
    previewed = file.content_type in PREVIEWED
    return {
        "url": reverse("attachment", args=[file.key]),
        "name": file.name,
        "size": file.size,
        "preview_url": reverse("attachment_preview", args=[file.key]) if previewed else "",
        "picture": previewed and file.content_type.startswith("image/") and file.size <= _SMALL,
    }


@login_required
@require_safe
def attachment(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The file as a download, whatever it is (O10); 404 for what the reader may not see, 429 for more than anybody needs."""
    found, stream = _open(request, key)
    if request.method == "GET":
        _take(request, found, stream)
    return _answer(found, stream, content_type=found.content_type, policy=_DOWNLOAD, download=True)


@login_required
@require_safe
@xframe_options_sameorigin
def attachment_preview(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The file shown in the browser, walled off from everything; 404 for kinds that are not previewed."""
    found, stream = _open(request, key)
    if found.content_type not in PREVIEWED:
        stream.close()
        raise Http404
    return _answer(found, stream, content_type=found.content_type, policy=_PREVIEW, download=False)


def _take(request: HttpRequest, found: Attachment, stream: IO[bytes]) -> None:
    """Count it and write it down. Raises TooMuch."""
    reader = reader_of(request)
    by = reader.member(found.vendor_id)
    try:
        limits.take(reader, limits.DOWNLOADS, members=[by])
        taking.downloaded(by=by, file=found)
    except Exception:
        stream.close()
        raise


def _open(request: HttpRequest, key: UUID) -> tuple[Attachment, IO[bytes]]:
    try:
        # All memberships: a link from a mail opens whichever vendor is chosen in the switcher.
        return services.open_file(members=reader_of(request).all_members, key=key)
    except (Attachment.DoesNotExist, FileNotFoundError):
        raise Http404 from None


def _answer(found: Attachment, stream: IO[bytes], *, content_type: str, policy: str, download: bool) -> FileResponse:
    answer = FileResponse(stream, as_attachment=download, filename=found.name, content_type=content_type)
    answer["Content-Length"] = str(found.size)
    answer["Content-Security-Policy"] = policy
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
