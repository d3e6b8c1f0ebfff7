"""Hand a ticket to a team of the vendor or to a level above, with a note for them. To a person it is assigned, to another house
handed off (tickets.services.triage).
"""

from django.utils.translation import gettext as _

from tickets.change import Change, changing
from tickets.ladder import ROLES, UP
from tickets.machine import ACTIVE
from tickets.models import State, Ticket
from tickets.services.conversation import keep_note, work_on
from tickets.services.escalation import people_of
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Member
from vendors.models import Person, Team


def hand_to_team(*, by: Member, ticket_id: int, team_id: int, note: str = "") -> Ticket:
    """Let the ticket wait in another team: nobody has it meanwhile, its people are told. The note stays in the house."""
    with changing(by, ticket_id) as change:
        ticket = _ours(change)
        team = Team.objects.filter(pk=team_id).first() if by.house is None else None
        if team is None:
            raise Refused(_("There is no such team."), "team")
        before = {"team": ticket.team_id, "assignee": ticket.assignee_id}
        if before == {"team": team.pk, "assignee": None}:
            raise Refused(_("The ticket waits in this team already."), "team")
        ticket.team, ticket.assignee = team, None
        _keep(change, note)
        change.audit(Verb.GIVEN_TO_TEAM, before=before, after={"team": team.pk, "assignee": None}, mine=True)
        people = Person.objects.filter(teams__team=team, active=True).order_by("pk")
        change.tell(people.values_list("pk", flat=True), Word.FOR_TEAM, change.mark)
        return ticket


def hand_up(*, by: Member, ticket_id: int, level: str, note: str = "") -> Ticket:
    """Raise the ticket to a level (a word of UP) and tell its people; who works on it goes on. The note stays in the house."""
    with changing(by, ticket_id) as change:
        ticket = _ours(change)
        if by.house is not None or level not in UP:
            raise Refused(_("Choose to whom it goes."), "level")
        if ticket.level >= UP[level]:
            raise Refused(_("The ticket has reached this level already."), "level")
        before, ticket.level = ticket.level, UP[level]
        _keep(change, note)
        change.audit(Verb.HANDED_UP, before={"level": before}, after={"level": ticket.level}, mine=True)
        change.tell(people_of([ROLES[level]]), Word.HANDED_UP, change.mark)
        return ticket


def _ours(change: Change) -> Ticket:
    work_on(change)
    if State(change.ticket.state) not in ACTIVE:
        raise Refused(_("This ticket has ended."))
    if change.ticket.serving_house_id is not None:
        raise Refused(_("Another house serves this ticket now."))
    return change.ticket


def _keep(change: Change, note: str) -> None:
    if note.strip():
        message = keep_note(change, note)
        change.audit(Verb.NOTED, about=("message", message.pk), mine=True)
