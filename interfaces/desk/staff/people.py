"""The people of a vendor: who works when, speaks and knows what, and is away."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.forms import ServiceForm
from interfaces.common.reader import Reader, reader_of
from interfaces.desk.inputs import language_name
from interfaces.desk.staff import who
from interfaces.desk.staff.forms import AbsenceForm, ShiftsForm, SkillsForm, away, skill_names
from kernel import clock
from kernel.tenancy.scope import enter
from sla.duty import Duty, duties
from sla.policies import books, current
from vendors import staffing
from vendors.access import Act, Member
from vendors.models import Absence, Person, Role, Shift
from vendors.refusal import Refused


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """For who manages staff, all people of his vendors; for everybody else of the staff, himself. Partners and customers: 404."""
    reader = reader_of(request)
    members = who.own_staff(reader)
    managing = [member.vendor_id for member in members if member.may(Act.MANAGE_STAFF)]
    own = [member.person_id for member in members]
    rows = staffing.staff_of(*(m.vendor_id for m in members)).prefetch_related("teams__team")
    people = [p for p in rows if p.vendor_id in managing or p.pk in own]
    now = clock.now()
    on, held = duties(people, now), books({p.vendor_id for p in people}, now)
    skills = {key: skill_names(key, book.file) for key, book in held.items()} if managing else {}
    context = {
        "people": [_line(reader, person, on[person.pk], skills.get(person.vendor_id, {})) for person in people],
        "several": who.several(members),
        "managing": bool(managing),
    }
    return render(request, "desk/staff/people.html", context)


def _line(reader: Reader, person: Person, duty: Duty, skills: Any) -> dict[str, Any]:
    tone, icon = who.duty_look(duty)
    return {
        "url": reverse("desk:person", args=[who.slugs(reader)[person.vendor_id], person.pk]),
        "name": person.name,
        "vendor": who.names(reader)[person.vendor_id],
        "role": str(Role(person.role).label),
        "teams": ", ".join(sorted(membership.team.name for membership in person.teams.all())),
        "languages": ", ".join(language_name(code) for code in person.languages or [person.language]),
        "skills": ", ".join(skills.get(key, key) for key in person.skills),
        "limit": person.work_limit,
        "tone": tone,
        "icon": icon,
        "duty": who.duty_words(duty),
    }


@login_required
@require_safe
def person(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """A person's page: skills, shifts, absences."""
    member = who.staff_at(reader_of(request), vendor)
    return _shown(request, vendor, member, who.planned(member, key))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def skills(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Set languages, skills and limit."""
    member = who.manager_at(reader_of(request), vendor)
    person = who.planned(member, key)
    form = SkillsForm(person, current(member.vendor_id), request.POST)
    return _act(request, vendor, member, person, form, lambda: staffing.set_skills(
        by=member, person_id=person.pk, **form.cleaned_data
    ))  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shifts(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Set the week's shifts."""
    member = who.staff_at(reader_of(request), vendor)
    person = who.planned(member, key)
    form = ShiftsForm(_shifts(person), request.POST)
    return _act(request, vendor, member, person, form, lambda: staffing.set_shifts(
        by=member, person_id=person.pk, hours=form.hours()
    ))  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Enter an absence."""
    member = who.staff_at(reader_of(request), vendor)
    person = who.planned(member, key)
    form = AbsenceForm(_colleagues(person), request.POST)
    return _act(request, vendor, member, person, form, lambda: staffing.enter_absence(
        by=member, person_id=person.pk, **form.words()
    ))  # fmt: skip


@login_required
@require_POST
def remove_absence(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Take an absence away."""
    reader = reader_of(request)
    member = who.staff_at(reader, vendor)
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            absence = staffing.remove_absence(by=member, absence_id=min(key, 2**63 - 1))
    except Refused:
        raise Http404 from None
    messages.success(request, _("The absence is taken away. Tickets that were handed on stay where they are."))
    return HttpResponseRedirect(reverse("desk:person", args=[vendor, absence.person_id]))


def _act(
    request: HttpRequest, vendor: str, member: Member, person: Person, form: ServiceForm, service: Any
) -> HttpResponse:
    """Call the service with the form; a page that is reloaded after an error goes back to the person."""
    address = reverse("desk:person", args=[vendor, person.pk])
    if request.method != "POST":
        return HttpResponseRedirect(address)
    if form.is_valid():
        try:
            with enter(reader_of(request).full_scope.only(member.vendor_id)):
                service()
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
    return _shown(request, vendor, member, person, bound=form, status=422)


def _shown(
    request: HttpRequest,
    vendor: str,
    member: Member,
    person: Person,
    *,
    bound: ServiceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    manages = member.may(Act.MANAGE_STAFF)
    now, policy = clock.now(), current(member.vendor_id)
    duty = duties([person], now)[person.pk]
    tone, icon = who.duty_look(duty)
    held = (
        Absence.objects.filter(person=person, last_day__gte=now.date()).select_related("deputy").order_by("first_day")
    )
    context = {
        "person": person,
        "vendor_slug": vendor,
        "role": str(Role(person.role).label),
        "duty": {"tone": tone, "icon": icon, "text": who.duty_words(duty)},
        "zone": staffing.zone_of(person, policy.vendor.time_zone).key,
        "skills": _bound(bound, SkillsForm) or SkillsForm(person, policy) if manages else None,
        "shifts": _bound(bound, ShiftsForm) or ShiftsForm(_shifts(person)),
        "absence": _bound(bound, AbsenceForm) or AbsenceForm(_colleagues(person)),
        "absences": [away(absence) for absence in held],
        "is_me": person.pk == member.person_id,
    }
    return render(request, "desk/staff/person.html", context, status=status)


def _bound(bound: ServiceForm | None, kind: type[ServiceForm]) -> ServiceForm | None:
    return bound if isinstance(bound, kind) else None


def _shifts(person: Person) -> list[Shift]:
    return list(Shift.objects.filter(person=person).order_by("weekday", "begins"))


def _colleagues(person: Person) -> list[Person]:
    return list(staffing.staff_of(person.vendor_id).exclude(pk=person.pk))
