"""The teams of a vendor: who is in them, and how their new work finds a person."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.reader import reader_of
from interfaces.desk.staff import who
from interfaces.desk.staff.forms import TeamForm
from kernel.tenancy.scope import enter
from tickets.models import Ticket
from vendors import staffing
from vendors.access import Member
from vendors.models import Team, TeamMember
from vendors.refusal import Refused


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The teams of the vendors whose staff the reader manages."""
    reader = reader_of(request)
    members = who.managed(reader)
    slugs, names = who.slugs(reader), who.names(reader)
    teams = Team.objects.filter(vendor_id__in=[m.vendor_id for m in members]).annotate(size=Count("members"))
    context = {
        "teams": [
            {
                "url": reverse("desk:team", args=[slugs[team.vendor_id], team.pk]),
                "name": team.name,
                "vendor": names[team.vendor_id],
                "assignment": team.get_assignment_display(),
                "takes_new": team.takes_new,
                "size": team.size,
            }
            for team in teams.order_by("name", "pk")
        ],
        "vendors_managed": [{"slug": slugs[m.vendor_id], "name": names[m.vendor_id]} for m in members],
        "several": who.several(members),
    }
    return render(request, "desk/staff/teams.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, vendor: str) -> HttpResponse:
    """Make a team."""
    return _edit(request, vendor, who.manager_at(reader_of(request), vendor), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Change a team."""
    member = who.manager_at(reader_of(request), vendor)
    return _edit(request, vendor, member, who.team_of(member, key))


@login_required
@require_POST
def remove(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Remove a team that no ticket names."""
    reader = reader_of(request)
    member = who.manager_at(reader, vendor)
    found = who.team_of(member, key)
    try:
        # Asked first: a team with many tickets is not to be read through.
        if Ticket.objects.filter(team=found).exists():
            raise Refused(_("Tickets belong to this team, so it stays. Give it another name, or other people."))
        with enter(reader.full_scope.only(member.vendor_id)):
            staffing.remove_team(by=member, team_id=found.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("desk:team", args=[vendor, key]))
    messages.success(request, _("The team is removed."))
    return HttpResponseRedirect(reverse("desk:teams"))


def _edit(request: HttpRequest, vendor: str, member: Member, held: Team | None) -> HttpResponse:
    people = list(staffing.staff_of(member.vendor_id))
    keys = TeamMember.objects.filter(team=held).values_list("person_id", flat=True) if held else ()
    form = TeamForm(people, held, keys, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _saved(request, member, held, form):
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("desk:teams"))
    context: dict[str, Any] = {"form": form, "team": held, "vendor_slug": vendor}
    return render(request, "desk/staff/team.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, member: Member, held: Team | None, form: TeamForm) -> bool:
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            staffing.save_team(by=member, team_id=held.pk if held else None, **form.words())
    except Refused as refusal:
        form.refuse(refusal)
        return False
    return True
