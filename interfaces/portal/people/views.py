"""Colleagues: the page of who is there and who is invited, and what an admin does there."""

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.forms import ServiceForm
from interfaces.common.reader import Reader, reader_of
from interfaces.portal.people.forms import ClaimForm, InviteForm, PlaceForm, held_by, role_name
from kernel import clock
from kernel.keys import key_in
from kernel.tenancy.scope import enter
from tickets.services import remove_colleague
from vendors.access import Member
from vendors.joining import domains, invitations, queries
from vendors.joining.addresses import domain_of, is_public
from vendors.joining.colleagues import change, is_last_admin
from vendors.models import Organisation, Person, Site
from vendors.refusal import Refused

_LISTED = 500


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The people of the organisations whose admin the reader is, the open invitations, and the mail domains. Others: 404."""
    reader = reader_of(request)
    managers = queries.managers_among(reader.members)
    if not managers:
        raise Http404
    now = clock.now()
    people, invited = queries.colleagues(managers)[: _LISTED + 1], queries.invitations(managers)[:_LISTED]
    rows = {m.vendor_id: _house(reader, m) for m in managers}
    own = {m.person_id for m in managers}
    for person in people[:_LISTED]:
        line = {"person": person, "role": role_name(person.role), "is_me": person.pk in own}
        rows[person.vendor_id]["people"].append(line)
    for row in invited:
        line = {"row": row, "role": role_name(row.role), "open": row.is_open(now)}
        rows[row.vendor_id]["invited"].append(line)
    for domain in queries.domains(managers):
        waits = domain.verified_at is None and domain.expires_at is not None and domain.expires_at > now
        rows[domain.vendor_id]["domains"].append({"row": domain, "waits": waits})
    names = Organisation.objects.filter(pk__in=[m.organisation_id for m in managers]).values_list("vendor_id", "name")
    for vendor_id, name in names:
        rows[vendor_id]["organisation"] = name
    context = {"houses": list(rows.values()), "several": len(rows) > 1, "more": len(people) > _LISTED}
    return render(request, "portal/people/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, vendor: str) -> HttpResponse:
    """Invite somebody: the answer is the same whatever is known of the address elsewhere."""
    by = _manager(request, vendor)
    form = InviteForm(by, _sites(by), _sent(request), initial=_begin(request, by))
    if request.method == "POST" and form.is_valid() and _done(request, by, form, lambda: invitations.invite(
        by=by, **form.words()
    )):  # fmt: skip
        messages.success(
            request, _("An invitation to %(email)s is on its way.") % {"email": form.cleaned_data["email"]}
        )
        return HttpResponseRedirect(reverse("portal:people"))
    context = {"form": form, "organisation": _organisation(by)}
    return render(request, "portal/people/invite.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def resend(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Send an invitation again."""
    return _answer(request, vendor, key, invitations.resend, _("The invitation is on its way again, with a new link."))


@login_required
@require_POST
def withdraw(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Take an invitation back."""
    return _answer(
        request, vendor, key, invitations.withdraw, _("The invitation is withdrawn; its link is of no use now.")
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def colleague(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """A colleague's page: role and site, and removing him."""
    by = _manager(request, vendor)
    person = _colleague(by, key)
    form = PlaceForm(by, _sites(by), _sent(request), initial=held_by(person))
    if request.method == "POST" and form.is_valid() and _done(request, by, form, lambda: change(
        by=by, person_id=person.pk, **form.words()
    )):  # fmt: skip
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("portal:people") if person.pk != by.person_id else reverse("home"))
    return _shown(request, vendor, by, person, form)


@login_required
@require_POST
def remove(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Remove a colleague."""
    by = _manager(request, vendor)
    person = _colleague(by, key)
    form = PlaceForm(by, _sites(by), initial=held_by(person))
    try:
        with enter(reader_of(request).full_scope.only(by.vendor_id)):
            remove_colleague(by=by, person_id=person.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _shown(request, vendor, by, person, form, status=422)
    messages.success(request, _("%(name)s is removed. The requests stay.") % {"name": person.name})
    return HttpResponseRedirect(reverse("portal:people") if person.pk != by.person_id else reverse("home"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, vendor: str) -> HttpResponse:
    """Claim a mail domain: the answer is the same whoever has it."""
    by = _manager(request, vendor)
    own = domain_of(reader_of(request).user.email)
    form = ClaimForm(_sent(request), initial={"domain": "" if is_public(own) else own})
    if request.method == "POST" and form.is_valid() and _done(request, by, form, lambda: domains.claim(
        by=by, **form.cleaned_data
    ), "claim_domain"):  # fmt: skip
        messages.success(
            request, _("A mail with a link is on its way. Once it is confirmed, colleagues can sign up themselves.")
        )
        return HttpResponseRedirect(reverse("portal:people"))
    context = {"form": form, "organisation": _organisation(by)}
    return render(request, "portal/people/claim.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def forget(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Forget a mail domain."""
    by = _manager(request, vendor)
    try:
        with enter(reader_of(request).full_scope.only(by.vendor_id)):
            domains.remove(by=by, domain_id=key)
    except Refused:
        raise Http404 from None
    messages.success(request, _("Nobody signs up by this domain any more. Whoever is here already stays."))
    return HttpResponseRedirect(reverse("portal:people"))


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _house(reader: Reader, member: Member) -> dict[str, Any]:
    choice = next(vendor for vendor in reader.vendors if vendor.id == member.vendor_id)
    return {"vendor": choice, "organisation": "", "people": [], "invited": [], "domains": []}


def _manager(request: HttpRequest, slug: str) -> Member:
    """The reader as an admin of a customer of that vendor, whatever the switcher says. Raises Http404."""
    reader = reader_of(request)
    for vendor in reader.vendors:
        if vendor.slug == slug:
            for member in queries.managers_among([reader.member(vendor.id)]):
                return member
    raise Http404


def _colleague(by: Member, key: int) -> Person:
    found = queries.colleagues([by]).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _sites(by: Member) -> list[Site]:
    return list(Site.objects.filter(vendor_id=by.vendor_id, organisation=by.organisation_id).order_by("name"))


def _organisation(by: Member) -> str:
    names = Organisation.objects.filter(vendor_id=by.vendor_id, pk__in=[by.organisation_id])
    return names.values_list("name", flat=True).get()


def _begin(request: HttpRequest, by: Member) -> dict[str, Any]:
    """What the form begins with: a colleague who has no login yet (`?person=KEY`), or nobody."""
    blank = {"role": "customer_user", "language": (get_language() or "en")[:2]}
    key = key_in(request.GET.get("person", ""))
    known = queries.colleagues([by]).filter(pk=key, user=None).first() if key else None
    if known is None:
        return blank
    return {**blank, **held_by(known), "email": known.email, "name": known.name}


def _done(
    request: HttpRequest, by: Member, form: ServiceForm, service: Callable[[], Any], rate: str = "invite"
) -> bool:
    """Call the service with a valid form; False, with the reason in the form, if it refuses or too much was asked."""
    try:
        if not consume(request, action=rate, user=request.user):
            raise Refused(_("There were many tries in a short time. Please wait some minutes, then try again."))
        with enter(reader_of(request).full_scope.only(by.vendor_id)):
            service()
    except Refused as refusal:
        form.refuse(refusal)
        return False
    return True


def _answer(request: HttpRequest, vendor: str, key: int, service: Callable[..., Any], said: str) -> HttpResponse:
    """What is done to an invitation; 404 for what is none of the organisation's."""
    by = _manager(request, vendor)
    if not queries.invitations([by]).filter(pk=key).exists():
        raise Http404
    try:
        if not consume(request, action="invite", user=request.user):
            raise Refused(_("There were many tries in a short time. Please wait some minutes, then try again."))
        with enter(reader_of(request).full_scope.only(by.vendor_id)):
            service(by=by, invitation_id=key)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("portal:people"))


def _shown(
    request: HttpRequest, vendor: str, by: Member, person: Person, form: PlaceForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "vendor_slug": vendor,
        "is_me": person.pk == by.person_id,
        "is_last_admin": by.organisation_id is not None and is_last_admin(by.organisation_id, person),
    }
    return render(request, "portal/people/person.html", context, status=422 if form.errors else status)
