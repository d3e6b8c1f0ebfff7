"""Views of the queue that people keep: for themselves, for a team, for everybody of their house."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kernel import clock
from kernel.tenancy.scope import current, enter
from tickets.models import SavedView
from tickets.queries.views import visible_views
from tickets.search.language import WrongQuery, parse
from tickets.vocabulary import Refused
from vendors.access import Act, Member
from vendors.models import TeamMember

_LONGEST_NAME = 60
MOST = 50  # of one owner


class NoSuchView(LookupError):
    """There is none, or it is not the person's to use."""


def create_view(*, by: Member, name: str, query: str) -> SavedView:
    """Keep a query under a name, for oneself, at the end. Raises Refused for a bad name or query (field "name", "query")."""
    _works_here(by)
    with enter(current().only(by.vendor_id)):
        mine = SavedView.objects.filter(owner=by.person)
        if mine.count() >= MOST:
            raise Refused(_("You keep as many views as there can be. Delete one first."), "name")
        last = mine.order_by("-position").values_list("position", flat=True).first()
        view = SavedView(
            vendor_id=by.vendor_id,
            house_id=by.house,
            owner_id=by.person,
            name=_name(name),
            query=_query(query),
            position=0 if last is None else last + 1,
            created_at=clock.now(),
        )
        return _saved(view)


def change_view(*, by: Member, view_id: int, name: str | None = None, query: str | None = None) -> SavedView:
    """Give it another name or query. Raises NoSuchView, and Refused for what is not his to change."""
    with enter(current().only(by.vendor_id)):
        view = _held(by, view_id)
        view.name = view.name if name is None else _name(name)
        view.query = view.query if query is None else _query(query)
        return _saved(view)


def share_view(*, by: Member, view_id: int, team_id: int | None = None, house: bool = False) -> SavedView:
    """Give it to a team of his, to his whole house, or (neither) take it back to himself. Raises NoSuchView, Refused."""
    with enter(current().only(by.vendor_id)):
        view = _held(by, view_id)
        if house and not _leads(by):
            raise Refused(_("Views for everybody are a supervisor's to share."), "team")
        if team_id is not None and not _of_team(by, team_id):
            raise Refused(_("There is no such team."), "team")
        view.team_id = team_id
        view.owner_id = None if house or team_id is not None else by.person
        return _saved(view)


def order_views(*, by: Member, view_ids: Sequence[int]) -> None:
    """Put his own views into this order (keys); those not named stay behind them. Raises NoSuchView for one that is not his."""
    with enter(current().only(by.vendor_id)):
        views = {view.pk: view for view in SavedView.objects.filter(owner=by.person).order_by("position", "pk")}
        if not set(view_ids) <= set(views):
            raise NoSuchView
        order = [*dict.fromkeys(view_ids), *(key for key in views if key not in view_ids)]
        for position, key in enumerate(order):
            views[key].position = position
        SavedView.objects.bulk_update(views.values(), ["position"])


def delete_view(*, by: Member, view_id: int) -> None:
    """Forget it. Raises NoSuchView, and Refused for what is not his to change."""
    with enter(current().only(by.vendor_id)):
        _held(by, view_id).delete()


def _held(by: Member, view_id: int) -> SavedView:
    """The view, locked, if it is his to change: his own, his team's; everybody's for who leads."""
    _works_here(by)
    view = visible_views([by]).select_for_update(of=("self",)).filter(pk=view_id).first()
    if view is None:
        raise NoSuchView
    if view.owner_id is None and view.team_id is None and not _leads(by):
        raise Refused(_("Views for everybody are a supervisor's to change."), "name")
    return view


def _works_here(by: Member) -> None:
    if by.is_customer or by.person_id is None:
        raise Refused(_("You can't keep views here."), "name")


def _leads(by: Member) -> bool:
    """A partner's house has no supervisor: its agents decide together."""
    return by.house is not None or by.may(Act.MANAGE_STAFF)


def _of_team(by: Member, team_id: int) -> bool:
    """Teams are the vendor's own."""
    return by.house is None and TeamMember.objects.filter(team=team_id, person=by.person).exists()


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Give the view a name."), "name")
    if len(name) > _LONGEST_NAME or "\0" in name:
        raise Refused(_("Choose a shorter name, 60 characters at most."), "name")
    return name


def _query(text: str) -> str:
    try:
        return str(parse(text))
    except WrongQuery as wrong:
        raise Refused(str(wrong.words), "query") from None


def _saved(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Refused(_("There is a view of this name already."), "name") from None
    return view
