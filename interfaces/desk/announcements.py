"""Announcements (M15, M18): drafts, the preview of whom they reach, sending, and what became of those that were sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.announcement_looks import LOOKS
from interfaces.common.reader import Reader, reader_of
from interfaces.desk.inputs import language_name
from interfaces.desk.staff.who import names, several, slugs, staff_at
from kernel.tenancy.scope import enter
from sla.policies import current
from tickets import services
from tickets.models import Announcement
from tickets.queries.announcements import Fate, audience, fates
from tickets.vocabulary import Refused
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Person, Product, Release

_LISTED = 100


class AnnouncementForm(forms.Form):
    """A draft. Each of the vendor's languages has a subject and its words, as `subject_de` and `body_de`."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Announcement.Kind.choices, widget=forms.RadioSelect)
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    releases = forms.MultipleChoiceField(
        label=gettext_lazy("Releases"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen means all of the product"),
    )
    effective_on = forms.DateField(
        label=gettext_lazy("Holds from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("For a changed policy: the day from which it holds"),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Readers of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen means everybody"),
    )

    def __init__(self, policy: PolicyFile, vendor_id: int, held: Announcement | None, data: Any = None) -> None:
        self.policy = policy
        super().__init__(data, initial=_initial(held))
        products = list(Product.objects.filter(vendor_id=vendor_id).order_by("name"))
        releases = (
            Release.objects.filter(vendor_id=vendor_id)
            .select_related("product")
            .order_by("product__name", "-released_on")
        )
        self._choose("product", [("", _("All products")), *((str(p.pk), p.name) for p in products)])
        self._choose("releases", [(str(r.pk), f"{r.product.name} {r.name}") for r in releases])
        self._choose("languages", [(code, language_name(code)) for code in policy.vendor.languages])
        self.fields["product"].help_text = _("A changed policy goes to all customers and partners, whatever is chosen")
        for code in policy.vendor.languages:
            words = {"language": language_name(code)}
            subject = forms.CharField(label=_("Subject, %(language)s") % words, max_length=150, required=False)
            body = forms.CharField(
                label=_("Text, %(language)s") % words,
                max_length=10_000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 6}),
            )
            for field in (subject, body):
                field.widget.attrs["lang"] = code
            self.fields |= {f"subject_{code}": subject, f"body_{code}": body}

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def texts(self) -> list[tuple[Any, Any]]:
        """The fields of subject and words, by language; the vendor's fallback language first."""
        fallback = self.policy.vendor.fallback_language
        codes = sorted(self.policy.vendor.languages, key=lambda code: code != fallback)
        return [(self[f"subject_{code}"], self[f"body_{code}"]) for code in codes]

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal next to its field, or on top."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def words(self) -> dict[str, Any]:
        """What the service wants."""
        given = self.cleaned_data
        return {
            "kind": given["kind"],
            "product_id": int(given["product"]) if given["product"] else None,
            "releases": [int(key) for key in given["releases"]],
            "languages": given["languages"],
            "effective_on": given["effective_on"],
            "texts": {
                code: {"subject": given[f"subject_{code}"], "body": given[f"body_{code}"]}
                for code in self.policy.vendor.languages
            },
        }


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Drafts and what was sent, newest first, at the vendors where the reader announces."""
    reader = reader_of(request)
    members = [member for member in reader.members if member.may(Act.ANNOUNCE)]
    if not members:
        raise Http404
    vendors = [member.vendor_id for member in members]
    found = list(
        Announcement.objects.filter(vendor_id__in=vendors)
        .select_related("product", "author")
        .order_by("-created_at", "-pk")[:_LISTED]
    )
    told = fates(vendors, [one.pk for one in found if one.sent_at])
    context = {
        "rows": [_row(reader, one, told.get(one.pk, Fate())) for one in found],
        "vendors_here": [{"slug": slugs(reader)[m.vendor_id], "name": names(reader)[m.vendor_id]} for m in members],
        "several": several(members),
    }
    return render(request, "desk/announcements/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, vendor: str) -> HttpResponse:
    """Write an announcement."""
    return _edit(request, vendor, _announcer(reader_of(request), vendor), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """A draft with whom it would reach, or what was sent and what became of it."""
    member = _announcer(reader_of(request), vendor)
    held = _announcement(member, key)
    if held.sent_at is None:
        return _edit(request, vendor, member, held)
    if request.method == "POST":
        messages.error(request, _("This has been sent and can't be changed any more."))
        return HttpResponseRedirect(_address(vendor, held))
    context = {
        "row": _row(reader_of(request), held, fates([member.vendor_id], [held.pk]).get(held.pk, Fate())),
        "releases": ", ".join(Release.objects.filter(pk__in=held.releases).values_list("name", flat=True)),
        "effective_on": held.effective_on,
        "texts": [(language_name(code), code, words) for code, words in held.texts.items()],
    }
    return render(request, "desk/announcements/sent.html", context)


@login_required
@require_POST
def send(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Send a draft to all whom it concerns."""
    reader = reader_of(request)
    member = _announcer(reader, vendor)
    held = _announcement(member, key)
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            n = services.send_announcement(by=member, announcement_id=held.pk)
    except Refused as refusal:
        if held.sent_at is not None:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(_address(vendor, held))
        return _edit(request, vendor, member, held, refusal)
    messages.success(request, ngettext("Sent to %(n)d person.", "Sent to %(n)d people.", n) % {"n": n})
    return HttpResponseRedirect(_address(vendor, held))


@login_required
@require_POST
def discard(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Throw a draft away."""
    reader = reader_of(request)
    member = _announcer(reader, vendor)
    held = _announcement(member, key)
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            services.discard_draft(by=member, announcement_id=held.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(_address(vendor, held))
    messages.success(request, _("The draft is gone."))
    return HttpResponseRedirect(reverse("desk:announcements"))


def _edit(
    request: HttpRequest, vendor: str, member: Member, held: Announcement | None, refusal: Refused | None = None
) -> HttpResponse:
    policy = current(member.vendor_id)
    saving = request.method == "POST" and refusal is None
    form = AnnouncementForm(policy, member.vendor_id, held, request.POST if saving else _kept(policy, held, refusal))
    if refusal:
        form.is_valid()
        form.refuse(refusal)
    elif saving and form.is_valid():
        saved = _saved(request, member, held, form)
        if saved:
            messages.success(request, _("The draft is kept. Below is whom it would reach."))
            return HttpResponseRedirect(_address(vendor, saved) + "#audience")
    context: dict[str, Any] = {
        "form": form,
        "held": held,
        "vendor_slug": vendor,
        "audience": _preview(policy, held) if held else None,
    }
    return render(request, "desk/announcements/draft.html", context, status=422 if form.errors else 200)


def _saved(
    request: HttpRequest, member: Member, held: Announcement | None, form: AnnouncementForm
) -> Announcement | None:
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            return services.save_draft(by=member, announcement_id=held.pk if held else None, **form.words())
    except Refused as refused:
        form.refuse(refused)
        return None


def _preview(policy: PolicyFile, held: Announcement) -> dict[str, Any]:
    found = audience(policy, held)
    return {
        "size": found.size,
        "languages": [(language_name(code), n) for code, n in found.by_language],
        "first": found.first,
        "more": found.size - len(found.first),
        "without_address": found.without_address,
    }


def _kept(policy: PolicyFile, held: Announcement | None, refusal: Refused | None) -> dict[str, Any] | None:
    """A stored draft as form data, so that the refusal to send it stands next to its field."""
    if refusal is None or held is None:
        return None
    blank = {f"{name}_{code}": "" for code in policy.vendor.languages for name in ("subject", "body")}
    return blank | _initial(held)


def _initial(held: Announcement | None) -> dict[str, Any]:
    if held is None:
        return {"kind": Announcement.Kind.PLANNED}
    texts = {f"{name}_{code}": words[name] for code, words in held.texts.items() for name in ("subject", "body")}
    return {
        "kind": held.kind,
        "product": str(held.product_id or ""),
        "releases": [str(key) for key in held.releases],
        "languages": held.languages,
        "effective_on": held.effective_on.isoformat() if held.effective_on else "",
    } | texts


def _row(reader: Reader, one: Announcement, fate: Fate) -> dict[str, Any]:
    kind = Announcement.Kind(one.kind)
    tone, icon = LOOKS[kind]
    author: Person = one.author
    subject = next((words["subject"] for words in one.texts.values()), "")
    return {
        "url": _address(slugs(reader)[one.vendor_id], one),
        "vendor": names(reader)[one.vendor_id],
        "subject": subject or _("Without words yet"),
        "kind": str(kind.label),
        "tone": tone,
        "icon": icon,
        "product": one.product.name if one.product else _("All products"),
        "author": author.name,
        "at": one.sent_at or one.created_at,
        "sent": one.sent_at is not None,
        "fate": fate,
    }


def _announcer(reader: Reader, slug: str) -> Member:
    member = staff_at(reader, slug)
    if not member.may(Act.ANNOUNCE):
        raise Http404
    return member


def _announcement(member: Member, key: int) -> Announcement:
    here = Announcement.objects.select_related("product", "author").filter(vendor_id=member.vendor_id)
    found = here.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _address(vendor: str, one: Announcement) -> str:
    return reverse("desk:announcement", args=[vendor, one.pk])
