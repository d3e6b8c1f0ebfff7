"""Large files from a browser, in pieces that a broken connection does not lose (O10).

POST announces a file and answers its key; PATCH brings what follows at `Upload-Offset`; GET tells how much has come in, so that
one goes on there, today or on another day; DELETE forgets it. What is whole is a draft like any other: a form sends its key
along. A disk that is full is answered with 507: the same may go on later.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from interfaces.common.clock_words import say
from interfaces.common.reader import reader_of
from kernel.tenancy.scope import enter
from sla.policies import current
from tickets import services
from tickets.models import Attachment
from tickets.services.disk import NoRoom
from tickets.services.uploads import PIECE, OutOfStep
from tickets.vocabulary import Refused
from vendors.access import Member

_CHUNK = 64 * 1024


@login_required
@require_POST
def begin(request: HttpRequest, vendor: str) -> HttpResponse:
    """Announce a file by `name` and `size`: 201 with its key, or 422 with the reason, before anything is sent."""
    member = _member(request, vendor)
    try:
        size = int(request.POST.get("size", ""))
    except ValueError:
        return _refused(Refused(_("Say how large the file is.")))
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            upload = services.begin_upload(by=member, name=request.POST.get("name", ""), size=size)
    except Refused as refusal:
        return _refused(refusal)
    return JsonResponse(_standing(upload), status=201)


@login_required
@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def upload(request: HttpRequest, vendor: str, key: UUID) -> HttpResponse:
    """How far a file has come in, its next piece, or its end; 404 for one that is not the reader's own."""
    member = _member(request, vendor)
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            return _answer(request, member, key)
    except Attachment.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        return _refused(refusal)
    except OutOfStep as found:
        return JsonResponse(_standing(found.upload), status=409)


def _answer(request: HttpRequest, member: Member, key: UUID) -> HttpResponse:
    if request.method == "DELETE":
        services.drop_upload(by=member, key=key)
        return HttpResponse(status=204)
    if request.method != "PATCH":
        return JsonResponse(_standing(services.upload_of(by=member, key=key)))
    try:
        offset = int(request.headers.get("Upload-Offset", ""))
    except ValueError:
        raise Refused(_("Say where the piece begins.")) from None
    piece = _read(request)
    return JsonResponse(_standing(services.add_piece(by=member, key=key, offset=offset, piece=piece)))


def _read(request: HttpRequest) -> bytes:
    """The body, no further than a piece may go and one byte; of a connection that breaks, what has come."""
    chunks, left = [], PIECE + 1
    try:
        while left and (chunk := request.read(min(_CHUNK, left))):
            chunks.append(chunk)
            left -= len(chunk)
    except UnreadablePostError:
        pass
    return b"".join(chunks)


def _standing(upload: Attachment) -> dict[str, object]:
    return {
        "key": str(upload.key),
        "name": upload.name,
        "size": upload.size,
        "received": upload.received if upload.state == Attachment.State.UPLOADING else upload.size,
        "piece": PIECE,
        "whole": upload.state == Attachment.State.DRAFT,
        "caution": _caution(upload),
    }


def _caution(upload: Attachment) -> str:
    """The vendor's words on kinds of files that it does not know (O8); empty for those that it does."""
    policy = current(upload.vendor_id)
    return "" if policy.files.kind_of(upload.name) else say(policy, policy.files.caution)


def _member(request: HttpRequest, slug: str) -> Member:
    reader = reader_of(request)
    found = next((choice for choice in reader.vendors if choice.slug == slug), None)
    if found is None:
        raise Http404
    return reader.member(found.id)


def _refused(refusal: Refused) -> JsonResponse:
    return JsonResponse({"message": refusal.message}, status=507 if isinstance(refusal, NoRoom) else 422)
