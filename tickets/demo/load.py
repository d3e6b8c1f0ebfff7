"""Load the demo: vendors, cast, and sixty days of tickets, in one transaction, the same for the same moment and seed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from kernel import clock
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla.engine.policy import Rules
from sla.policies import install, rules
from sla.timelines import epoch
from tickets.demo import announced, articles, canned, cast, joining, near, staffing
from tickets.demo.logins import DOMAIN
from tickets.demo.play import Play, Story, open_time_of
from tickets.demo.player import Player, Progress
from tickets.demo.stage import Asker, Stage
from tickets.demo.stories import PLOTS, Plot
from tickets.demo.texts import Case, script
from tickets.models import Notification, Ticket
from tickets.nudge import held
from vendors.catalog.schema import load_slug
from vendors.models import User, Vendor

DAYS = 60
SHARES = {"mastercam": 50, "optocraft": 28, "image-instruments": 22}  # of the tickets, in percent
_FRESH = timedelta(minutes=10)  # mail older than this has been sent, as far as the demo is concerned
_READ = timedelta(days=2)  # notifications older than this have been read
_LOCK = 0x64656D6F


def is_there() -> bool:
    """Whether the demo is loaded, or anything else that it would stand in the way of: tickets of anybody's."""
    if User.objects.filter(email__endswith=f"@{DOMAIN}").exists():
        return True
    for key in Tenant.objects.values_list("pk", flat=True):
        with enter(Scope.of(key)):
            if Ticket.objects.exists():
                return True
    return False


def load(*, seed: int = 1, tickets: int = 300, progress: Progress = lambda share: None) -> int:
    """Load the demo as of now (kernel.clock), with about `tickets` tickets; answers how many there are. All or nothing.

    Vendors of the catalog that are missing are installed. ValueError if there is something already.
    """
    with held(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if is_there():
            raise ValueError("There are tickets or demo logins already.")
        moment = clock.now()
        stages = [_stage(slug, moment) for slug in SHARES]
        cast.operator()
        held_rules = {stage.vendor_id: _rules(stage) for stage in stages}
        plays = _plays(stages, held_rules, Random(f"demo {seed}"), epoch(moment), tickets)  # noqa: S311  no secret
        Player(held_rules, epoch(moment)).perform(plays, progress)
        for stage in stages:
            announced.tell(stage, moment)
            articles.publish(stage, moment)
            joining.invite(stage, moment)
        return sum(_settle(stage.vendor_id, moment) for stage in stages)


def _stage(slug: str, moment: datetime) -> Stage:
    done = install(load_slug(slug))
    with enter(Scope.of(done.vendor_id)):
        zone = ZoneInfo(Vendor.objects.get().time_zone)
        stage = Stage(done.vendor_id, slug, moment.astimezone(zone).date())
        cast.bring_on(stage)
        staffing.organise(stage)
        canned.write(stage)
    return stage


def _rules(stage: Stage) -> Rules:
    with enter(Scope.of(stage.vendor_id)):
        return rules(stage.vendor_id)


def _plays(
    stages: Sequence[Stage], held_rules: dict[int, Rules], random: Random, moment: int, tickets: int
) -> list[tuple[Play, Story]]:
    plays = _near_plays([s for s in stages if s.slug != "image-instruments"], held_rules, random, moment)
    rest = max(0, tickets - len(plays))
    for stage in stages:
        made = _common_plays(stage, held_rules[stage.vendor_id], random, moment, rest * SHARES[stage.slug] // 100)
        plays += made
    return plays


def _common_plays(
    stage: Stage, stage_rules: Rules, random: Random, moment: int, number: int
) -> list[tuple[Play, Story]]:
    plots = PLOTS[stage.slug]
    # Each story once, then by weight.
    chosen = [*plots, *random.choices(plots, [plot.weight for plot in plots], k=max(0, number - len(plots)))][:number]
    return [_common_play(stage, stage_rules, random, moment, plot) for plot in chosen]


def _common_play(stage: Stage, stage_rules: Rules, random: Random, moment: int, plot: Plot) -> tuple[Play, Story]:
    asker = random.choice(_askers(stage, plot.who))
    play = _play(stage, stage_rules, random, asker, _case(stage, asker, random, plot.case))
    play.begin = _begin(asker, stage_rules, random, moment, plot.since)
    return play, plot.tell(play)


def _near_plays(
    stages: Sequence[Stage], held_rules: dict[int, Rules], random: Random, moment: int
) -> list[tuple[Play, Story]]:
    """The tickets of near.PLAN, each with whoever is served at that hour, or soonest before or after it."""
    served = [(stage, asker) for stage in stages for asker in _direct_askers(stage)]
    random.shuffle(served)
    used = dict.fromkeys(range(len(served)), 0)
    plays = []
    for place in range(len(near.PLAN)):
        goals = [near.aim(place, open_time_of(held_rules[s.vendor_id], a), moment) for s, a in served]
        fits = [g.kind == "response" or s.slug == "mastercam" for g, (s, _) in zip(goals, served, strict=True)]
        best = near.order(
            [(g.off if fit else 2**62, used[n]) for n, (g, fit) in enumerate(zip(goals, fits, strict=True))]
        )
        used[best] += 1
        stage, asker = served[best]
        plays.append(_near_play(stage, held_rules[stage.vendor_id], random, asker, goals[best]))
    return plays


def _near_play(stage: Stage, stage_rules: Rules, random: Random, asker: Asker, goal: near.Aim) -> tuple[Play, Story]:
    play = _play(stage, stage_rules, random, asker, _case(stage, asker, random))
    play.aim(goal.kind, goal.priority, goal.at, goal.percent)
    return play, near.story(play, goal)


def _play(stage: Stage, stage_rules: Rules, random: Random, asker: Asker, case: Case) -> Play:
    # Each play has random numbers of its own: what happens in one changes nothing in another.
    own = Random(random.getrandbits(64))  # noqa: S311  no secret
    return Play(stage, stage_rules, own, asker, case, script(stage.slug).variation(own))


def _askers(stage: Stage, who: str) -> list[Asker]:
    """Who files requests: the one whom the story is about, or any of those who have no story of their own."""
    if who:
        return [asker for asker in stage.askers() if asker.person.name == who]
    return [a for a in stage.askers() if a.person.name not in (cast.UNKNOWN_ZONE, cast.ONLY_PARTNER)]


def _direct_askers(stage: Stage) -> list[Asker]:
    """Who is served by the vendor itself, in a zone that is known."""
    direct = [a for a in stage.askers() if a.person.organisation.supported_by_id is None and a.person.time_zone]
    return [a for a in direct if all(item.sold_by_id is None for item in a.items)]


def _case(stage: Stage, asker: Asker, random: Random, key: str = "") -> Case:
    """The case of this key, or any that has no story of its own."""
    language = asker.person.language
    cases = script(stage.slug).told_in(language) or script(stage.slug).told_in("en")
    own = {plot.case for plot in PLOTS[stage.slug] if plot.case}
    return random.choice([case for case in cases if (case.key == key if key else case.key not in own)])


def _begin(asker: Asker, stage_rules: Rules, random: Random, moment: int, since: tuple[float, float]) -> int:
    """When a request comes in: in the asker's day, seldom at night or on a weekend, more in the last days than before."""
    least, most = since
    zone = ZoneInfo(asker.person.time_zone or stage_rules.zone)
    ago = random.uniform(least, min(most, least + 4)) if random.random() < 0.2 else random.uniform(least, most)
    local = datetime.fromtimestamp(moment - ago * 86_400, zone)
    if local.weekday() >= 5 and random.random() > 0.15:
        local -= timedelta(days=local.weekday() - 4)
    hour = min(22.5, max(5.5, random.gauss(11.3, 2.6)))
    local = local.replace(hour=int(hour), minute=int(hour % 1 * 60), second=random.randint(0, 59))
    while local.timestamp() > moment - 300:
        local -= timedelta(days=1)
    return int(local.timestamp())


def _settle(vendor_id: int, moment: datetime) -> int:
    """Leave only the last minutes' mail to be sent, and only the last days' notifications unread."""
    with enter(Scope.of(vendor_id)), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {OutboxMessage._meta.db_table} SET state = 'sent', attempts = 1, sent_at = not_before + interval '2 s'"  # nosec B608
            " WHERE vendor_id = %s AND state = 'pending' AND not_before < %s",
            [vendor_id, moment - _FRESH],
        )
        cursor.execute(
            f"UPDATE {Notification._meta.db_table} SET read_at = at + interval '5 hours'"  # nosec B608
            " WHERE vendor_id = %s AND read_at IS NULL AND at < %s",
            [vendor_id, moment - _READ],
        )
        return Ticket.objects.count()
