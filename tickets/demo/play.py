"""One ticket's life: the acts of its people, each at an instant of open time, each through the services in his own scope."""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from kernel.tenancy.scope import enter
from sla.engine.calendar import OpenTime
from sla.engine.policy import ClockKind, Rules
from tickets import services
from tickets.demo.files import samples
from tickets.demo.stage import Asker, Stage
from tickets.demo.texts import Case, Words, phrase
from tickets.models import Channel, EscalationRequest
from vendors.access import CUSTOMERS, Member, scope_of
from vendors.models import Organisation, Person, Role

Story = Iterator[int]  # gives the instant of its next act (epoch seconds), and acts when it is resumed
MINUTE, HOUR, WORK_DAY = 60, 3600, 8 * 3600


class Play:
    """A request and the people around it. `at` is the present instant, set by the player before it resumes the story."""

    def __init__(
        self, stage: Stage, rules: Rules, random: Random, asker: Asker, case: Case, vary: dict[str, str]
    ) -> None:
        self.stage, self.rules, self.random, self.asker, self.case, self.vary = stage, rules, random, asker, case, vary
        self.at = self.begin = self.filed_at = self.triaged_at = self.resolution_begins = 0
        self.ticket_id = 0
        self.house_id: int | None = None  # of the partner who serves it
        self.priority = "" if case.priority == "urgent" else case.priority
        self.urgent = case.priority == "urgent"
        self.agent = random.choice(stage.staff(Role.AGENT))
        told = case.languages()
        self.language = asker.person.language if asker.person.language in told else "en"
        self.item = random.choice(asker.items) if asker.items else None

    # -- time --------------------------------------------------------------------------------------------------------

    @property
    def open_time(self) -> OpenTime:
        """The open time that serves the asker."""
        return open_time_of(self.rules, self.asker)

    def by(self, kind: ClockKind, share: float) -> int:
        """When `share` of the clock's target will be used (a work day where nothing is promised), or soon if that has passed;
        response counts from filing, resolution from triage.
        """
        begin = self.triaged_at if kind == "resolution" and self.triaged_at else self.filed_at
        target = self._target(kind)
        return max(self.open_time.add(begin, int(share * target)), self.soon())

    def within(self, kind: ClockKind, low: float, high: float) -> int:
        """`by`, somewhere between two shares."""
        return self.by(kind, self.random.uniform(low, high))

    def soon(self) -> int:
        """A few minutes of open time later."""
        return self.open_time.add(self.at, self.random.randint(70, 9 * MINUTE))

    def hours(self, low: float, high: float) -> int:
        """Between `low` and `high` hours of open time later."""
        return self.open_time.add(self.at, int(self.random.uniform(low, high) * HOUR))

    def _target(self, kind: ClockKind) -> int:
        policy = self.rules.policy_at(self.at or self.begin)
        clock = policy.clock(kind)
        target = clock and clock.target_for(self.priority or policy.default_priority, self.urgent)
        return target.seconds(self.open_time.spec.standard_day) if target else WORK_DAY

    def aim(self, kind: ClockKind, priority: str, reached: int, percent: int) -> None:
        """Set `begin` (and when the resolution clock starts) so that the clock reaches `percent` of its target at `reached`."""
        if self.stage.slug == "mastercam":
            self.priority = priority
        self.at = reached
        seconds = self._target(kind) * percent // 100
        self.begin = begin_of(self.open_time, reached, seconds)
        if kind == "resolution":
            self.resolution_begins = self.begin
            self.begin = begin_of(self.open_time, self.begin, 12 * MINUTE)

    def today(self, ahead: int = 0) -> date:
        """The date of the present instant, `ahead` days later."""
        return (datetime.fromtimestamp(self.at, UTC) + timedelta(days=ahead)).date()

    # -- the customer's acts -----------------------------------------------------------------------------------------

    def file(self, *, channel: str = Channel.PORTAL, complete: bool = True, with_files: bool = True) -> None:
        """File the request: in the portal or by mail himself, by phone through an agent, who logs it a little later."""
        person = self.asker.person
        by_phone = channel == Channel.PHONE
        who = self.agent if by_phone else person
        with self._acting(who, "mail" if channel == Channel.MAIL else "web") as member:
            ticket = services.file_ticket(by=member, request=self._request(member, channel, complete, with_files))
        self.ticket_id, self.house_id = ticket.pk, ticket.serving_house_id
        self.filed_at = int(ticket.received_at.timestamp())

    def _request(self, member: Member, channel: str, complete: bool, with_files: bool) -> services.Request:
        ago = self.random.randint(4, 25) if channel == Channel.PHONE else 0
        body = self.say(self.case.body)
        return services.Request(
            requester=self.asker.person,
            subject=self.say(self.case.subject),
            body=phrase("phone", self.language, self.random, body=body) if ago else body,
            language=self.language,
            channel=channel,
            item=self.item if complete else None,
            topic="" if channel == Channel.MAIL else self.case.topic,
            claimed_priority="" if channel == Channel.MAIL else self.priority,
            urgent=self.urgent,
            urgent_reason=self.say(self.case.subject) if self.urgent and self.random.random() < 0.6 else "",
            intake=self._intake() if complete else {},
            files=self._files(member) if with_files and self._shows_data() else (),
            received_at=datetime.fromtimestamp(self.at - ago * MINUTE, UTC) if ago else None,
        )

    def _shows_data(self) -> bool:
        """Optocraft asks for data with every request; elsewhere some send a picture."""
        return self.stage.slug == "optocraft" or self.random.random() < 0.3

    def _intake(self) -> dict[str, str]:
        """Answers to the vendor's form, beside what the item tells."""
        if self.stage.slug == "mastercam":
            affected = {"P1": "everybody", "P2": "one", "P3": "several"}.get(self.priority, "one")
            named = {} if self.item else {"licence_number": "MC-617733", "release": "2025"}
            return {"affected": affected, "environment": "Windows 11 23H2, RTX A2000", "trained": "yes", **named}
        if self.stage.slug == "optocraft":
            release = self.item.release.name if self.item and self.item.release else "11.019.2"
            tried = {"de": "Neustart, Kabel, sauberes Normal.", "en": "Restart, cable, clean master."}
            none = {"de": "keine", "en": "none"}
            return {
                "shsworks_version": release,
                "svn_number": str(20000 + int(release.split(".")[1]) * 7),
                "tried": tried.get(self.language, tried["en"]),
                "recent_changes": none.get(self.language, "none"),
            }
        return {"asked_seller": self.random.choice(["yes", "no"])}

    def write(self, kind: str = "", text: str = "", *, with_files: bool = False) -> None:
        """The customer writes: a phrase, or text; on a ticket that has ended this begins another, which the play then follows."""
        number = self.item.number if self.item else "A-1"
        text = text or phrase(kind, self.language, self.random, number=number)
        with self._acting(self.asker.person) as member:
            files = self._files(member) if with_files else ()
            ticket = services.customer_writes(by=member, ticket_id=self.ticket_id, body=text, files=files)
            self.ticket_id, self.house_id = ticket.pk, ticket.serving_house_id

    def declare_urgent(self) -> None:
        """The customer says later that it is urgent."""
        with self._acting(self.asker.person) as member:
            services.declare_urgent(by=member, ticket_id=self.ticket_id, reason=self.say(self.case.subject))
        self.urgent = True

    def escalate(self, *, executive: bool = False) -> None:
        """The customer asks for a review."""
        reason = phrase("escalate", self.language, self.random)
        with self._acting(self.asker.person) as member:
            services.request_review(by=member, ticket_id=self.ticket_id, reason=reason, executive=executive)

    def withdraw(self) -> None:
        """The customer takes his request back."""
        self.write("withdraw")
        with self._acting(self.asker.person) as member:
            services.cancel(by=member, ticket_id=self.ticket_id, reason="withdrawn")

    def confirm(self) -> None:
        """The customer confirms the solution."""
        with self._acting(self.asker.person) as member:
            services.close(by=member, ticket_id=self.ticket_id)

    def rate(self, grade: str, kind: str) -> None:
        """The customer says how it was solved."""
        with self._acting(self.asker.person) as member:
            comment = phrase(kind, self.language, self.random)
            services.rate(by=member, ticket_id=self.ticket_id, grade=grade, comment=comment)

    def share(self) -> None:
        """The customer lets a colleague take part, if he has one."""
        with self._acting(self.asker.person) as member:
            colleagues = Person.objects.filter(
                organisation=self.asker.person.organisation, role__in=sorted(CUSTOMERS), active=True
            )
            colleague = colleagues.exclude(pk=self.asker.person.pk).order_by("pk").first()
            if colleague:
                services.watch(by=member, ticket_id=self.ticket_id, person_id=colleague.pk)

    # -- the vendor's acts -------------------------------------------------------------------------------------------

    def take(self) -> None:
        """An agent takes the ticket."""
        with self._acting(self.agent) as member:
            services.assign(by=member, ticket_id=self.ticket_id, assignee_id=self.agent.pk)

    def triage(self, priority: str = "") -> None:
        """The agent gives the priority (the customer's claim, unless told otherwise) where the vendor knows priorities."""
        self.triaged_at = self.at
        self.priority = priority or self.priority
        if self.priority and self.stage.slug == "mastercam":
            with self._acting(self.agent) as member:
                services.set_priority(by=member, ticket_id=self.ticket_id, priority=self.priority)

    def reply(self, kind: str = "first_reply", text: str = "", *, ask: bool = False, who: Person | None = None) -> None:
        """An agent answers, or with `ask` asks and waits."""
        text = text or self.phrase(kind)
        with self._acting(who or self.agent) as member:
            files = self._files(member) if self.random.random() < 0.06 else ()
            services.reply(by=member, ticket_id=self.ticket_id, body=text, ask=ask, files=files)

    def ask(self) -> None:
        """The case's question; the ticket waits for the answer."""
        self.reply(text=self.say(self.case.question), ask=True)

    def acknowledge(self) -> None:
        """A qualified acknowledgement with next steps and their date (O5)."""
        with self._acting(self.agent) as member:
            services.reply(
                by=member, ticket_id=self.ticket_id, body=self.phrase("acknowledged"), qualified=True,
                next_steps=self.phrase("next_steps"), next_steps_on=self.today(self.random.randint(1, 5)),
            )  # fmt: skip

    def logged_later(self) -> None:
        """A supervisor logs an answer that was given by phone some hours ago."""
        ago = self.open_time.position(self.at) - self.open_time.position(self.filed_at)
        earlier = self.filed_at + min(ago, 40 * MINUTE)
        with self._acting(self.stage.staff(Role.SUPERVISOR)[0]) as member:
            at = datetime.fromtimestamp(min(earlier, self.at), UTC)
            text = self.phrase("by_phone_answer")
            services.reply(by=member, ticket_id=self.ticket_id, body=text, at=at, channel=Channel.PHONE)

    def note(self, who: Person | None = None) -> None:
        """An internal note in its author's language."""
        who = who or self.agent
        with self._acting(who) as member:
            services.note(by=member, ticket_id=self.ticket_id, body=phrase("note", who.language, self.random))

    def sufficient(self) -> None:
        """The agent says that the information suffices."""
        with self._acting(self.agent) as member:
            services.declare_information_complete(by=member, ticket_id=self.ticket_id)

    def classify(self, classification: str) -> None:
        """The agent says what it turned out to be."""
        with self._acting(self.agent) as member:
            services.classify(by=member, ticket_id=self.ticket_id, classification=classification)

    def third_party(self) -> None:
        """The next step is somebody else's."""
        with self._acting(self.agent) as member:
            services.wait_for_third_party(by=member, ticket_id=self.ticket_id)

    def go_on(self) -> None:
        """That wait is over."""
        with self._acting(self.agent) as member:
            services.go_on(by=member, ticket_id=self.ticket_id)

    def settle_zone(self, country: str, zone: str) -> None:
        """Somebody found out where the user works."""
        with self._acting(self.agent) as member:
            services.settle_zone(by=member, ticket_id=self.ticket_id, country=country, time_zone=zone)

    def cancel(self, reason: str) -> None:
        """The vendor ends it without a solution."""
        with self._acting(self.agent) as member:
            services.cancel(by=member, ticket_id=self.ticket_id, reason=reason)

    def resolve(self, outcome: str = "", who: Person | None = None) -> None:
        """The solution, with the case's text."""
        dated = {"timeline": 40, "repair_agreed": 21, "coming_update": 45}
        outcome = outcome or ("fixed" if self.stage.slug == "mastercam" else "solved")
        text = f"{self.say(self.case.fix)} {self.phrase('timeline' if outcome in dated else 'closing')}"
        with self._acting(who or self.agent) as member:
            services.resolve(
                by=member, ticket_id=self.ticket_id, outcome=outcome, body=text,
                outcome_on=self.today(dated[outcome]) if outcome in dated else None,
                next_steps=self.phrase("next_steps") if outcome == "repair_agreed" else "",
            )  # fmt: skip

    def reopen(self) -> None:
        """Staff open it again."""
        with self._acting(self.agent) as member:
            services.reopen(by=member, ticket_id=self.ticket_id)

    def review(self, *, accept: bool) -> None:
        """The supervisor answers the customer's escalation."""
        with self._acting(self.stage.staff(Role.SUPERVISOR)[0]) as member:
            waiting = EscalationRequest.objects.get(ticket_id=self.ticket_id, state=EscalationRequest.State.OPEN)
            answer = self.phrase("accepted" if accept else "declined")
            services.review(by=member, request_id=waiting.pk, accept=accept, answer=answer)

    def hand_off(self, who: Person, to: Organisation | None, kind: str = "hand_on") -> None:
        """Hand the ticket to a house, or up to the vendor."""
        note = phrase(kind, who.language, self.random)
        with self._acting(who) as member:
            self.house_id = to.pk if to else None
            services.hand_off(by=member, ticket_id=self.ticket_id, to_house_id=self.house_id, note=note)

    def partner(self) -> Person | None:
        """An agent of the partner who serves the ticket now; None while the vendor serves it."""
        return self.random.choice(self.stage.partner_agents(self.house_id)) if self.house_id else None

    # -- words and people --------------------------------------------------------------------------------------------

    def say(self, words: Words) -> str:
        """The case's words in the ticket's language, with this play's variation."""
        text = words[self.language]
        return text.format(**self.vary)

    def phrase(self, kind: str) -> str:
        """A common phrase in the ticket's language."""
        return phrase(kind, self.language, self.random, name=self.asker.person.name)

    def _files(self, member: Member) -> list[UUID]:
        chosen = samples(self.stage.slug, self.random)
        return [services.attach(by=member, upload=SimpleUploadedFile(name, data)).key for name, data in chosen]

    @contextmanager
    def _acting(self, who: Person, source: str = "web") -> Iterator[Member]:
        member = self.stage.acting(who, source)
        with enter(scope_of([member], member.user_id)):
            yield member


def begin_of(open_time: OpenTime, reached: int, seconds: int) -> int:
    """The latest open instant from which `seconds` of open time end at `reached`."""
    wanted = open_time.position(reached) - seconds
    span = bisect_left(open_time.after, wanted + 1)
    return open_time.opens[span] + wanted - open_time.before[span]


def open_time_of(rules: Rules, asker: Asker) -> OpenTime:
    """The open time that serves a person under the policy that holds now: his zone, his site's, his organisation's."""
    person = asker.person
    zone, country = rules.zone, rules.country
    for row in (person, person.site, person.organisation):
        if row is not None and row.time_zone and row.country:
            zone, country = row.time_zone, row.country
            break
    policy = rules.policies[-1]
    key = policy.choice(country).calendar
    spec = max((spec for spec in rules.calendars if spec.key == key), key=lambda spec: spec.version)
    return rules.open_time(spec, zone)
