"""The demo: the same for a moment and seed, written as in life, with a way in for every role."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from kernel.clock import moved_to
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla.duty import duties
from sla.models import ClockEvent, Crossing, Timeline
from sla.policies import current
from tickets import demo
from tickets.models import Announcement, Article, EscalationRequest, Ticket
from tickets.queries.outlook import outlook
from tickets.unfiled import Request
from vendors.access import member_of, memberships
from vendors.models import Absence, InstalledItem, Person, Role, Shift, Team, User, Vendor
from vendors.staffing import staff_of

# Wednesday afternoon in Europe, morning in America: both vendors with clocks are open.
MOMENT = datetime(2026, 11, 18, 15, 20, tzinfo=UTC)
SMALL = 64  # enough for each story to be told


@pytest.fixture(scope="module")
def played(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The demo as of MOMENT, beside the standing cast; taken back after the last test here."""
    media = override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media")))
    with django_db_blocker.unblock(), media, transaction.atomic():
        with moved_to(MOMENT):
            demo.load(seed=7, tickets=SMALL)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(played: None, db: None) -> Iterator[datetime]:
    """The demo, at its moment."""
    with moved_to(MOMENT):
        yield MOMENT


def in_each_vendor() -> Iterator[int]:
    for key in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(key)):
            yield key


def test_what_is_stored_is_what_folding_gives(loaded: datetime) -> None:
    out = StringIO()
    call_command("sla_rebuild", "--check", stdout=out)
    assert " 0 differences" in out.getvalue()
    assert " 0 wait for a worker" in out.getvalue()


def test_rungs_are_reached_just_before_and_just_after_the_moment(loaded: datetime) -> None:
    before: list[datetime] = []
    after: list[datetime] = []
    for _ in in_each_vendor():
        before += Crossing.objects.filter(crossed_at__gt=loaded - timedelta(minutes=31)).values_list(
            "crossed_at", flat=True
        )
        waking = Timeline.objects.filter(wake_at__lt=loaded + timedelta(minutes=61))
        after += [timeline.wake_at for timeline in waking if timeline.wake_at]

    for minutes in (1, 3, 10, 30):
        assert loaded - timedelta(minutes=minutes) in before
    for minutes in (1, 2, 3, 5, 10, 20, 30, 60):
        assert loaded + timedelta(minutes=minutes) in after
    assert max(before) <= loaded < min(after)


def test_rungs_fired_when_they_were_crossed(loaded: datetime) -> None:
    """Noticed later only where history was set back."""
    for _ in in_each_vendor():
        set_back = ClockEvent.objects.exclude(reason="").values_list("timeline_id", flat=True)
        crossings = Crossing.objects.exclude(timeline_id__in=list(set_back))
        assert all(crossing.noticed_at == crossing.crossed_at for crossing in crossings)


def test_only_the_last_minutes_mail_is_left_to_send(loaded: datetime) -> None:
    sent = pending = 0
    for _ in in_each_vendor():
        sent += OutboxMessage.objects.filter(state="sent").count()
        waiting = OutboxMessage.objects.filter(state="pending")
        pending += waiting.count()
        assert not waiting.filter(not_before__lt=loaded - timedelta(minutes=10)).exists()
        assert not OutboxMessage.objects.filter(state="sent", sent_at__gt=loaded).exists()
    assert sent > pending > 0


def test_every_story_is_told(loaded: datetime) -> None:
    """Each state, the outcomes of a review, bugs, hand-offs, assumed zones and superseded rungs are there to be seen."""
    tickets: list[Ticket] = []
    reviews: set[str] = set()
    hand_offs = superseded = 0
    for _ in in_each_vendor():
        tickets += Ticket.objects.all()
        reviews |= set(EscalationRequest.objects.values_list("state", flat=True))
        hand_offs += Ticket.objects.exclude(past_houses=[]).count()
        superseded += Crossing.objects.exclude(superseded_at=None).count()

    assert {ticket.state for ticket in tickets} >= {"new", "open", "waiting", "resolved", "closed", "cancelled"}
    assert {ticket.language for ticket in tickets} == {"en", "de", "sv"}
    assert reviews == {"open", "accepted", "declined"}
    assert hand_offs
    assert superseded
    assert any(ticket.zone_assumed for ticket in tickets)
    assert any(ticket.classification != "incident" for ticket in tickets)


def test_every_role_has_a_login_that_works(loaded: datetime) -> None:
    logins = demo.logins()
    roles = {str(role.label) for role in Role}
    for vendor in ("Mastercam", "Optocraft", "Image Instruments"):
        assert {login.role.partition(" (")[0] for login in logins if login.vendor == vendor} >= roles
    assert [login.role for login in logins if not login.vendor] == ["Operator"]
    for login in logins:
        assert Client().login(username=login.email, password=demo.PASSWORD), login


def test_one_agent_works_for_all_and_one_customer_buys_from_two(loaded: datetime) -> None:
    several = {login.name: login for login in demo.logins() if "," in login.vendor}
    agent = User.objects.get(email=several["Noor Haddad"].email)
    customer = User.objects.get(email=several["James Whitfield"].email)
    assert {member.role for member in memberships(agent.pk)} == {Role.AGENT}
    assert len(memberships(agent.pk)) == 3
    assert len(memberships(customer.pk)) == 2


def test_it_is_loaded_once(loaded: datetime, settings: Settings) -> None:
    settings.DEBUG = True  # elsewhere it is not loaded at all
    with pytest.raises(CommandError, match="already"):
        call_command("load_demo")
    out = StringIO()
    call_command("load_demo", "--if-empty", stdout=out)
    assert out.getvalue() == ""


def test_the_logins_are_printed_with_password_role_and_vendor(loaded: datetime) -> None:
    out = StringIO()
    call_command("demo_logins", stdout=out)
    line = next(line for line in out.getvalue().splitlines() if "martha.keane" in line)
    assert line.split() == ["martha.keane@demo.example", demo.PASSWORD, "Supervisor", "Mastercam"]


def test_the_staff_shares_its_work_in_teams_and_by_shifts(loaded: datetime) -> None:
    working = set()
    for key in in_each_vendor():
        teams = Team.objects.filter(vendor_id=key)
        assert teams.exclude(assignment=Team.Assignment.BY_HAND).exists()
        assert not teams.filter(takes_new=True).exists(), "new tickets of the demo wait for whoever looks at it"
        assert Shift.objects.filter(vendor_id=key).exists()
        working |= {duty.on for duty in duties(staff_of(key), loaded).values()}
    assert working == {True, False}
    assert sum(Absence.objects.count() for _ in in_each_vendor()) == 3


def test_announcements_were_sent_and_one_is_still_a_draft(loaded: datetime) -> None:
    kinds: set[str] = set()
    drafts = 0
    for _ in in_each_vendor():
        for one in Announcement.objects.exclude(sent_at=None):
            kinds.add(one.kind)
            assert one.sent_at is not None
            assert one.sent_at < loaded
            assert one.recipients.exists()
        drafts += Announcement.objects.filter(sent_at=None).count()
    assert kinds == {"planned", "urgent", "outage", "policy"}
    assert drafts == 1


def test_articles_are_there_in_each_language_of_their_vendor(loaded: datetime) -> None:
    told: set[str] = set()
    for key in in_each_vendor():
        articles = Article.objects.prefetch_related("texts", "votes")
        shown = [article for article in articles if article.published_at]
        assert len(shown) >= 3
        languages = set(current(key).vendor.languages)
        assert any({text.language for text in article.texts.all()} == languages for article in shown)
        assert all(article.votes.all() for article in shown)
        told |= {vote.missing for article in shown for vote in article.votes.all()}
    assert len(told) > 2


def test_each_verdict_is_there_to_be_seen(loaded: datetime) -> None:
    words: set[str] = set()
    for _ in in_each_vendor():
        words |= set(Ticket.objects.values_list("entitlement", flat=True))
    assert words == {"entitled", "elsewhere", "not_owed", "ask"}


# Who asks, about which item and topic, and where that ends: word, kind of house, whether a time is promised.
STORIES = [
    ("optocraft", "Uwe Kessler", "SHI-21-0417", "instrument", ("entitled", "vendor", True)),
    ("mastercam", "Karin Lindqvist", "MC-448120", "toolpaths", ("entitled", "vendor", True)),
    ("mastercam", "Owen Pryce", "MC-448177", "toolpaths", ("entitled", "vendor", True)),
    ("mastercam", "Arjun Sen", "MC-391062", "toolpaths", ("not_owed", "vendor", True)),  # no contract for the site
    ("mastercam", "James Whitfield", "MC-502218", "toolpaths", ("not_owed", "vendor", True)),  # an old release
    ("mastercam", "Karin Lindqvist", "MC-448120", "post_processor", ("not_owed", "sales", False)),
    ("mastercam", "Petra Hartmann", "MC-617733", "toolpaths", ("elsewhere", "channel_partner", False)),
    ("image-instruments", "Malin Ek", "OC3-20951", "database_restore", ("entitled", "vendor", False)),
    ("image-instruments", "Malin Ek", "OC3-20951", "licence_renewal", ("elsewhere", "distributor", False)),
    ("image-instruments", "Malin Ek", "OC3-20951", "training", ("elsewhere", "support_partner", False)),
    ("image-instruments", "Aoife Brennan", "OC3-31408", "training", ("elsewhere", "support_partner", False)),
]


@pytest.mark.parametrize(("slug", "who", "number", "topic", "ends"), STORIES, ids=[f"{s[1]}, {s[3]}" for s in STORIES])
def test_each_kind_of_request_has_somebody_who_can_try_it(
    loaded: datetime, slug: str, who: str, number: str, topic: str, ends: tuple[str, str, bool]
) -> None:
    for _ in in_each_vendor():
        if Vendor.objects.get().slug == slug:
            person = Person.objects.select_related("organisation", "site").get(name=who)
            item = InstalledItem.objects.select_related("release", "product", "site", "sold_by").get(number=number)
            request = Request(requester=person, subject="", body="", language="en", item=item, topic=topic)
            told = outlook(by=member_of(person), request=request, now=loaded)
            assert (told.word, told.serves, bool(told.deadlines)) == ends
