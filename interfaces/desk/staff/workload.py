"""Who has how much, and taking some of it off somebody."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from interfaces.common.forms import ServiceForm
from interfaces.common.reader import Reader, reader_of
from interfaces.desk.inputs import language_name
from interfaces.desk.looks import STATE_LOOKS, priority_of
from interfaces.desk.staff import who
from interfaces.desk.undoing import WINDOW, offer
from kernel import clock
from kernel.keys import keys_in
from kernel.tenancy.scope import enter
from sla.duty import Duty, duties
from sla.policies import Book, books
from tickets.models import State
from tickets.queries.ticket_page import Deed
from tickets.queries.workload import SHOWN, Held, Load, Named, held_by, least_urgent, loads
from tickets.services.rebalancing import MOST, Report, give_to, share_among
from tickets.undoing import undoable
from vendors.access import Act, Member
from vendors.models import Person, Role, Team
from vendors.refusal import Refused
from vendors.staffing import staff_of


class ShareForm(ServiceForm):
    """Which tickets go to whom. `to` is `person:KEY` or `team:KEY`."""

    least = forms.IntegerField(
        label=_("Or the least urgent"),
        required=False,
        min_value=1,
        max_value=MOST,
        help_text=_("So many of those in work, if none is ticked"),
    )
    to = forms.ChoiceField(label=_("Give to"))

    def __init__(self, people: Iterable[tuple[Person, Duty]], teams: Iterable[Team], data: Any = None) -> None:
        super().__init__(data, auto_id="share-%s")
        shared = [(f"team:{team.pk}", team.name) for team in teams]
        alone = [(f"person:{p.pk}", f"{p.name} ({who.duty_words(duty)})") for p, duty in people]
        groups = [(gettext("Share among a team"), shared), (gettext("One person"), alone)]
        self.choose("to", [("", gettext("Choose")), *((label, rows) for label, rows in groups if rows)])


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everybody's work at the vendors whose staff the reader manages, in a fixed number of questions; who manages none goes to
    his own hours.
    """
    reader = reader_of(request)
    members = [member for member in who.own_staff(reader) if member.may(Act.MANAGE_STAFF)]
    if not members:
        return HttpResponseRedirect(reverse("desk:staff"))
    vendor_ids = [member.vendor_id for member in members]
    people = staff_of(*vendor_ids)
    found, on = loads(vendor_ids), duties(people, clock.now())
    rows = [_line(reader, p.vendor_id, p, found.get((p.vendor_id, p.pk), Load()), on[p.pk]) for p in people]
    rows.sort(key=lambda row: (-row["load"].breached, -row["load"].open))
    nobody = [_line(reader, key, None, found[key, None], None) for key in vendor_ids if (key, None) in found]
    return render(request, "desk/staff/workload.html", {"rows": [*nobody, *rows], "several": who.several(members)})


def _line(reader: Reader, vendor_id: int, person: Person | None, load: Load, duty: Duty | None) -> dict[str, Any]:
    slug = who.slugs(reader)[vendor_id]
    tone, icon = who.duty_look(duty) if duty else ("", "")
    return {
        "url": reverse("desk:workload_of", args=[slug, person.pk if person else 0]),
        "name": person.name if person else "",
        "role": str(Role(person.role).label) if person else "",
        "vendor": who.names(reader)[vendor_id],
        "load": load,
        "limit": person.work_limit if person else None,
        "full": person is not None and person.work_limit is not None and load.open >= person.work_limit,
        "urgent": _named(slug, load.urgent),
        "oldest": _named(slug, load.oldest),
        "tone": tone,
        "icon": icon,
        "duty": who.duty_words(duty) if duty else "",
    }


def _named(slug: str, ticket: Named | None) -> dict[str, Any] | None:
    if ticket is None:
        return None
    return {"url": reverse("desk:ticket", args=[slug, ticket.number]), "number": ticket.number, "at": ticket.at}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_one(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """One person's tickets (key 0: what nobody has); a POST gives ticked ones, or the least urgent, to somebody else."""
    reader = reader_of(request)
    member = who.manager_at(reader, vendor)
    person = who.planned(member, key) if key else None
    people = list(staff_of(member.vendor_id))
    on = duties(people, clock.now())
    others = [(p, on[p.pk]) for p in people if p != person]
    teams = list(Team.objects.filter(vendor_id=member.vendor_id).order_by("name"))
    form = ShareForm(others, teams, request.POST if request.method == "POST" else None)
    ticked = _keys(request)
    if request.method == "POST" and form.is_valid():
        with undoable(Deed.ASSIGN, WINDOW) as batch:
            report = _shared(reader, member, person, form, ticked)
        if report is not None:
            _tell(request, report, people, batch)
            return HttpResponseRedirect(request.path)
    now = clock.now()
    book, held = books([member.vendor_id], now)[member.vendor_id], held_by(member.vendor_id, key or None)
    context = {
        "person": person,
        "vendor_slug": vendor,
        "form": form,
        "lines": [_ticket(book, vendor, row, row.pk in ticked, now) for row in held],
        "more": len(held) == SHOWN,
        "duty": who.duty_words(on[person.pk]) if person else "",
    }
    return render(request, "desk/staff/workload_of.html", context, status=422 if form.errors else 200)


def _keys(request: HttpRequest) -> list[int]:
    return keys_in(request.POST.getlist("tickets"))


def _shared(reader: Reader, member: Member, person: Person | None, form: ShareForm, ticked: list[int]) -> Report | None:
    least = form.cleaned_data["least"]
    if not ticked and least:
        ticked = least_urgent(member.vendor_id, person.pk if person else None, least)
    kind, _colon, to = form.cleaned_data["to"].partition(":")
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            if kind == "team":
                return share_among(by=member, ticket_ids=ticked, team_id=int(to))
            return give_to(by=member, ticket_ids=ticked, person_id=int(to))
    except Refused as refusal:
        form.refuse(refusal)
        return None


def _tell(request: HttpRequest, report: Report, people: Iterable[Person], batch: str) -> None:
    names = {person.pk: person.name for person in people}
    if report.given:
        number = report.given.total()
        to = ", ".join(f"{names[key]} {count}" for key, count in report.given.most_common())
        text = ngettext("%(n)d ticket changed hands: %(to)s.", "%(n)d tickets changed hands: %(to)s.", number)
        offer(request, text % {"n": number, "to": to}, batch)
    for why in dict.fromkeys(why for _number, why in report.stayed):
        numbers = ", ".join(number for number, other in report.stayed if other == why)
        messages.warning(request, gettext("%(numbers)s stayed: %(why)s") % {"numbers": numbers, "why": why})


def _ticket(book: Book, slug: str, row: Held, ticked: bool, now: Any) -> dict[str, Any]:
    rank, priority, claimed = priority_of(
        book, row.priority or row.claimed_priority, claimed=not row.priority, urgent=False
    )
    return {
        "row": row,
        "url": reverse("desk:ticket", args=[slug, row.number]),
        "ticked": ticked,
        "late": row.due_at is not None and row.due_at <= now,
        "rank": rank,
        "priority": priority,
        "claimed": claimed,
        "state": STATE_LOOKS.get(row.state, row.state),
        "state_label": str(State(row.state).label),
        "language": language_name(row.language),
    }
