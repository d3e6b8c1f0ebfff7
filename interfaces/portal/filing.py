"""File a request: choose the vendor, answer its form, send it, or send it anyway with something missing (M8, O8)."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interfaces.common.reader import Reader, VendorChoice, reader_of
from interfaces.portal.drafts import Kept, keep
from interfaces.portal.hours import reach
from interfaces.portal.intake import IntakeForm
from interfaces.portal.once import key_of, once
from interfaces.portal.promises import promised_time
from kernel import clock
from sla.policies import current
from tickets import services
from tickets.queries.intake import known_to
from tickets.vocabulary import Refused
from vendors.access import Member
from vendors.catalog.schema import PolicyFile


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new request. A refused one comes back with status 422, everything typed and uploaded still there."""
    reader = reader_of(request)
    vendor, choices = _vendor(request, reader)
    if vendor is None:
        policies = [(choice, current(choice.id)) for choice in choices]
        offered = [(choice, policy.say(policy.vendor.about, _language())) for choice, policy in policies]
        return render(request, "portal/choose.html", {"offered": offered})
    member, policy = reader.member(vendor.id), current(vendor.id)
    form = IntakeForm(policy, known_to(member), _language(), request.POST if request.method == "POST" else None)
    kept, missing = Kept([], []), list[str]()
    if request.method == "POST":
        kept = keep(request, member, policy)
        valid = form.is_valid()
        kept.refuse(form)
        missing = form.missing(kept.files)
        if valid and not kept.refusals and (not missing or "send_anyway" in request.POST):
            number = _file(request, member, form, kept)
            if number is not None:
                messages.success(request, _("Your request has arrived. Its number is %(n)s.") % {"n": number})
                return redirect("portal:ticket", vendor.slug, number)
    status = 422 if request.method == "POST" else 200
    context = _page(form, policy, vendor, kept, missing, choices) | {"once": key_of(request)}
    return render(request, "portal/new.html", context, status=status)


def _vendor(request: HttpRequest, reader: Reader) -> tuple[VendorChoice | None, Sequence[VendorChoice]]:
    """The vendor that is asked: named in the address, chosen in the switcher, or the only one; else None and the choices."""
    asked = {member.vendor_id for member in reader.all_members if member.is_customer}
    choices = [vendor for vendor in reader.vendors if vendor.id in asked]
    slug = request.GET.get("vendor")
    if slug is not None:
        choices_by_slug = {vendor.slug: vendor for vendor in choices}
        if slug not in choices_by_slug:
            raise Http404
        return choices_by_slug[slug], choices
    if not choices:
        raise Http404
    chosen = reader.current_vendor
    if chosen in choices:
        return chosen, choices
    return (choices[0] if len(choices) == 1 else None), choices


def _file(request: HttpRequest, member: Member, form: IntakeForm, kept: Kept) -> str | None:
    """The number of the ticket, the same if the form comes a second time; None if it was refused."""

    def file() -> dict[str, str]:
        return {"number": services.file_ticket(by=member, request=form.request(kept.files)).number}

    try:
        return str(once(request, member, file)["number"])
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None


def _page(
    form: IntakeForm,
    policy: PolicyFile,
    vendor: VendorChoice,
    kept: Kept,
    missing: Sequence[str],
    choices: Sequence[VendorChoice],
) -> dict[str, object]:
    language = _language()
    return {
        "form": form,
        "vendor": vendor,
        "others": len(choices) > 1,
        "intro": policy.say(policy.intake.intro, language),
        "send_anyway": policy.say(policy.intake.send_anyway, language),
        "self_help": form.say(policy.self_help.intro) if policy.self_help else "",
        "statements": [policy.say(s.text, language) for s in policy.statements if "before_sending" in s.where],
        "routing": policy.say(policy.routing.says, language),
        "promise": "" if policy.priorities else promised_time(policy, language),
        "promise_urgent": promised_time(policy, language, urgent=True) if policy.urgency else "",
        "file_notes": _file_notes(policy, language),
        "reach": reach(policy, form.known, language, clock.now()),
        "drafts": kept.files,
        "missing": missing,
    }


def _file_notes(policy: PolicyFile, language: str) -> list[str]:
    known = ", ".join(ending for kind in policy.files.kinds for ending in kind.extensions)
    return [
        _("Expected: %(endings)s") % {"endings": known},
        policy.say(policy.files.refusal, language),
    ]


def _language() -> str:
    return (get_language() or "en")[:2]
