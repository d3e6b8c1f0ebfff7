"""Log a request that came by phone (M4, M14): find the caller, then write down what he said and when he called."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from interfaces.common.clock_words import say
from interfaces.common.reader import Reader, VendorChoice, reader_of
from interfaces.desk.callers import CallerForm, FindForm
from interfaces.desk.inputs import MomentInput, language_name, language_of
from kernel import clock
from kernel.keys import key_in
from kernel.tenancy.scope import enter
from sla.policies import current
from tickets import services
from tickets.models import Channel, Ticket
from tickets.queries.callers import customers_of, find_callers
from tickets.vocabulary import Refused
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.models import InstalledItem, Person

# Questions of the vendor's form that are asked on the phone; the others are fields of their own here.
_ASKED = {"line": forms.CharField, "paragraph": forms.CharField, "number": forms.CharField, "choice": forms.ChoiceField}


class CallForm(forms.Form):
    """What the caller said."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(label=_("What the caller said"), widget=forms.Textarea(attrs={"rows": 5}))
    item = forms.ChoiceField(label=_("Item"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    language = forms.ChoiceField(label=_("Language of the customer"))
    claimed_priority = forms.ChoiceField(label=_("Priority that the caller claims"), required=False)
    urgent = forms.BooleanField(label=_("The caller says that it is urgent"), required=False)
    urgent_reason = forms.CharField(label=_("Why it is urgent"), max_length=400, required=False)
    received_at = forms.DateTimeField(label=_("When the call came"), widget=MomentInput)

    def __init__(self, data: Any, caller: Person, policy: PolicyFile, *, item: str = "") -> None:
        super().__init__(data, auto_id="call-%s")
        self.caller, self.policy = caller, policy
        self.items = {str(item.pk): item for item in _items(caller)}
        now = timezone.localtime(clock.now())
        self.initial.update(received_at=now.replace(second=0), language=_language(caller, policy), item=item)
        self.fields["subject"].widget.attrs["data-focus"] = ""
        self.fields["received_at"].help_text = gettext("In your zone, %(zone)s") % {"zone": now.tzname()}
        self._choose("item", [("", gettext("None")), *((key, str(item)) for key, item in self.items.items())])
        self._choose("topic", [("", gettext("Not chosen")), *((t.key, say(policy, t.name)) for t in policy.topics)])
        self._choose("language", [(code, language_name(code)) for code in policy.vendor.languages])
        priorities = [(p.key, f"{p.key} {say(policy, p.name)}") for p in policy.priorities]
        self._choose("claimed_priority", [("", gettext("None claimed")), *priorities])
        absent = [] if policy.priorities else ["claimed_priority"]
        absent += [] if policy.urgency else ["urgent", "urgent_reason"]
        absent += [] if policy.topics else ["topic"]
        for name in absent:
            del self.fields[name]
        self._ask()

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def _ask(self) -> None:
        """The questions of the vendor's form, none required on the phone."""
        for asked in self.policy.intake.fields:
            kind = _ASKED.get(asked.kind)
            if kind is None or asked.key in ("subject", "description"):
                continue
            options: dict[str, Any] = {"label": say(self.policy, asked.label), "required": False}
            if asked.kind == "choice":
                options["choices"] = [("", "–"), *((o.key, say(self.policy, o.label)) for o in asked.options)]
            else:
                options["max_length"] = asked.max_length
            if asked.kind == "paragraph":
                options["widget"] = forms.Textarea(attrs={"rows": 3})
            if asked.pattern:
                wrong = say(self.policy, asked.pattern_help) if asked.pattern_help else None
                options["validators"] = [RegexValidator(rf"^(?:{asked.pattern})\Z", message=wrong)]
            self.fields[f"intake-{asked.key}"] = kind(**options)

    @property
    def questions(self) -> list[forms.BoundField]:
        """The questions of the vendor's form."""
        return [field for field in self.visible_fields() if field.name.startswith("intake-")]

    def clean_received_at(self) -> Any:
        """Not to come, nor longer ago than a year."""
        at = self.cleaned_data["received_at"]
        if at > clock.now():
            raise forms.ValidationError(gettext("This is still to come."))
        if at < clock.now() - timedelta(days=366):
            raise forms.ValidationError(gettext("This has to lie within the past year."))
        return at

    def request(self) -> services.Request:
        """The request that the (valid) form means."""
        values = self.cleaned_data
        return services.Request(
            requester=self.caller,
            subject=values["subject"],
            body=values["body"],
            language=values["language"],
            channel=Channel.PHONE,
            item=self.items.get(values["item"]),
            topic=values.get("topic", ""),
            claimed_priority=values.get("claimed_priority", ""),
            urgent=values.get("urgent", False),
            urgent_reason=values.get("urgent_reason", ""),
            intake={name[7:]: value for name, value in values.items() if name.startswith("intake-") and value},
            received_at=values["received_at"],
        )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`?who=…` finds the caller, `?vendor=…&person=KEY` takes the request down (`item`: what it is about)."""
    reader = reader_of(request)
    vendors = _vendors(reader)
    vendor = _chosen(request, vendors)
    if request.GET.get("person") and vendor:
        return _take_down(request, reader, vendor)
    find = FindForm(request.GET, vendors)
    valid = find.is_valid()
    members = [reader.member(v.id) for v in vendors if vendor is None or v == vendor]
    who = find.cleaned_data.get("who", "") if valid else ""
    slugs = {v.id: v for v in vendors}
    found = [(slugs[caller.vendor_id], caller) for caller in find_callers(members, who)] if who else []
    context = {"find": find, "found": found, "who": who, "several": len(members) > 1, "adding": vendors}
    return render(request, "desk/new.html", context, status=200 if valid else 422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Write down somebody who calls for the first time, then take his request down."""
    reader = reader_of(request)
    vendor = _chosen(request, _vendors(reader))
    if vendor is None:
        raise Http404
    member = reader.member(vendor.id)
    data = request.POST if request.method == "POST" else None
    form = CallerForm(data, member, current(vendor.id), typed=request.GET.get("who", "")[:100])
    if form.is_bound and form.is_valid():
        with enter(reader.full_scope.only(vendor.id)):
            person = form.attempt()
        if person:
            return HttpResponseRedirect(f"{reverse('desk:new')}?vendor={vendor.slug}&person={person.pk}")
    context = {"form": form, "vendor": vendor}
    return render(request, "desk/new_caller.html", context, status=422 if form.errors else 200)


def _take_down(request: HttpRequest, reader: Reader, vendor: VendorChoice) -> HttpResponse:
    member = reader.member(vendor.id)
    caller = _caller(member, request.GET["person"])
    data = request.POST if request.method == "POST" else None
    form = CallForm(data, caller, current(vendor.id), item=request.GET.get("item", ""))
    if form.is_bound and form.is_valid():
        ticket = _file(reader, member, form)
        if ticket is not None:
            messages.success(request, gettext("Logged as %(number)s.") % {"number": ticket.number})
            return HttpResponseRedirect(reverse("desk:ticket", args=[vendor.slug, ticket.number]))
    context = {"caller": caller, "form": form, "vendor": vendor}
    return render(request, "desk/new_call.html", context, status=422 if form.errors else 200)


def _vendors(reader: Reader) -> list[VendorChoice]:
    """Where the reader works on tickets, of those that he has chosen. Raises Http404 if nowhere."""
    chosen = reader.current_vendor
    found = [v for v in reader.vendors if chosen in (None, v) and reader.member(v.id).may(Act.WORK_TICKETS)]
    if not found:
        raise Http404
    return found


def _chosen(request: HttpRequest, vendors: list[VendorChoice]) -> VendorChoice | None:
    """The vendor that the address names, the only one, or None; 404 for one that is not among them."""
    slug = request.GET.get("vendor", "")
    if not slug:
        return vendors[0] if len(vendors) == 1 else None
    found = next((vendor for vendor in vendors if vendor.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _caller(member: Member, key: str) -> Person:
    caller = customers_of(member).filter(pk=key_in(key) or 0).first()
    if caller is None:
        raise Http404
    return caller


def _items(caller: Person) -> list[InstalledItem]:
    items = InstalledItem.objects.filter(vendor_id=caller.vendor_id, organisation=caller.organisation)
    return list(
        items.select_related("product", "release", "site", "authorised_user", "sold_by").order_by("number")[:200]
    )


def _language(caller: Person, policy: PolicyFile) -> str:
    return caller.language if caller.language in policy.vendor.languages else language_of(policy)


def _file(reader: Reader, member: Member, form: CallForm) -> Ticket | None:
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            return services.file_ticket(by=member, request=form.request())
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
