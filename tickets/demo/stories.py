"""What happens to tickets. A story gives the instant of its next act, and acts when it is resumed then; what lies after the
moment of loading is simply not played, so the newest tickets stand in the middle of theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tickets.demo import cast
from tickets.demo.play import Play, Story
from tickets.models import Channel

Telling = Callable[[Play], Story]


@dataclass(frozen=True, slots=True)
class Plot:
    """A story, how often it is told, how many days ago it begins (least, most), and of whom, if not of anybody."""

    tell: Telling
    weight: int
    since: tuple[float, float] = (0, 60)
    who: str = ""


PLOTS: dict[str, list[Plot]] = {"mastercam": [], "optocraft": [], "image-instruments": []}


def plot(slug: str, weight: int, since: tuple[float, float] = (0, 60), who: str = "") -> Callable[[Telling], Telling]:
    """Add a story to a vendor's repertoire."""

    def added(tell: Telling) -> Telling:
        PLOTS[slug].append(Plot(tell, weight, since, who))
        return tell

    return added


# -- Mastercam -------------------------------------------------------------------------------------------------------


def _taken_up(play: Play, low: float = 0.1, high: float = 0.75) -> Story:
    """Filed, taken, given its priority and answered, all within the response time."""
    play.file(channel=_channel(play))
    yield play.within("response", low, (low + high) / 2)
    play.take()
    play.triage()
    yield play.within("response", (low + high) / 2, high)
    play.reply()


def _channel(play: Play) -> str:
    return play.random.choices([Channel.PORTAL, Channel.MAIL, Channel.PHONE], [70, 18, 12])[0]


def _confirmed(play: Play) -> Story:
    if play.random.random() < 0.5:
        yield play.hours(1, 16)
        if play.random.random() < 0.7:
            play.confirm()


@plot("mastercam", 30)
def solved(play: Play) -> Story:
    """Answered, worked on, solved in time."""
    yield from _taken_up(play)
    if play.random.random() < 0.5:
        yield play.within("resolution", 0.15, 0.3)
        play.note()
    yield play.within("resolution", 0.2, 0.45)
    play.reply("update")
    yield play.within("resolution", 0.5, 0.95)
    play.resolve(play.random.choices(["fixed", "no_defect", "timeline"], [80, 15, 5])[0])
    yield from _confirmed(play)


@plot("mastercam", 18)
def asked(play: Play) -> Story:
    """A question goes out; the clock stands still until the answer is there."""
    yield from _taken_up(play)
    yield play.soon()
    play.ask()
    yield play.hours(2, 22)
    play.write(text=play.say(play.case.answer), with_files=play.random.random() < 0.6)
    yield play.hours(1, 5)
    play.reply("update")
    yield play.hours(1, 8)
    play.resolve()
    yield from _confirmed(play)


@plot("mastercam", 7)
def incomplete(play: Play) -> Story:
    """The licence number is missing; the resolution time starts when it is there."""
    play.file(complete=False)
    yield play.within("response", 0.2, 0.6)
    play.take()
    play.triage()
    play.reply("ask_missing", ask=True)
    yield play.hours(1, 15)
    play.write("give_missing")
    yield play.soon()
    play.sufficient()
    yield play.hours(3, 12)
    play.resolve()


@plot("mastercam", 6)
def answered_late(play: Play) -> Story:
    """Nobody looks at it in time; the ladder gives it to the supervisor."""
    play.file()
    yield play.within("response", 1.05, 1.9)
    play.take()
    play.triage()
    play.reply("late_reply")
    yield play.within("resolution", 0.4, 0.9)
    play.resolve()


@plot("mastercam", 7)
def solved_late(play: Play) -> Story:
    """Answered in time, solved long after."""
    yield from _taken_up(play)
    for share in (0.3, 0.7, 1.1):
        yield play.by("resolution", share)
        play.reply("update")
    yield play.within("resolution", 1.2, 2.4)
    play.resolve(play.random.choice(["fixed", "not_solvable_in_time"]))


@plot("mastercam", 7)
def bug(play: Play) -> Story:
    """It is a bug: the resolution time is lifted, and a timeline given in the end."""
    yield from _taken_up(play)
    yield play.within("resolution", 0.3, 0.7)
    play.classify(play.random.choice(["bug", "bug", "defect"]))
    play.reply("bug")
    yield play.hours(20, 60)
    play.note()
    yield play.hours(20, 60)
    play.resolve("timeline")


@plot("mastercam", 2)
def no_bug_after_all(play: Play) -> Story:
    """Taken for a bug, found to be none: the resolution time goes on."""
    yield from _taken_up(play)
    yield play.within("resolution", 0.2, 0.5)
    play.classify("bug")
    yield play.hours(5, 12)
    play.classify("incident")
    yield play.hours(2, 6)
    play.resolve("no_defect")


@plot("mastercam", 7)
def comes_back(play: Play) -> Story:
    """Solved, back after a day, solved again."""
    yield from solved(play)
    yield play.hours(9, 30)
    try_again = play.random.random() < 0.85
    play.write("again" if try_again else "follow_up")
    yield play.hours(1, 3)
    play.reply("update")
    yield play.hours(2, 9)
    play.resolve()


@plot("mastercam", 3)
def raised(play: Play) -> Story:
    """Smaller than claimed at first, then production stands still."""
    yield from _taken_up(play)
    yield play.within("resolution", 0.1, 0.3)
    play.triage("P1")
    play.note()
    yield play.hours(1, 3)
    play.reply("update")
    yield play.hours(2, 6)
    play.resolve()


@plot("mastercam", 4)
def withdrawn(play: Play) -> Story:
    """The customer finds the reason himself."""
    play.file()
    yield play.within("response", 0.1, 0.7)
    play.withdraw()


@plot("mastercam", 2)
def spam(play: Play) -> Story:
    """Not a request at all, or one that is there already."""
    play.file(channel=Channel.MAIL, complete=False, with_files=False)
    yield play.within("response", 0.05, 0.4)
    play.cancel(play.random.choice(["spam", "merged"]))


@plot("mastercam", 3, (4, 60))
def escalated(play: Play) -> Story:
    """The customer asks for a review and gets it."""
    yield from _taken_up(play)
    yield play.within("resolution", 0.6, 0.9)
    play.escalate(executive=play.priority == "P1")
    yield play.hours(1, 4)
    play.review(accept=True)
    yield play.hours(1, 3)
    play.reply("update")
    yield play.hours(4, 12)
    play.resolve()


@plot("mastercam", 2, (4, 60))
def escalated_in_vain(play: Play) -> Story:
    """The customer asks for a review, which is declined with an answer."""
    yield from _taken_up(play)
    yield play.within("resolution", 0.3, 0.5)
    play.escalate()
    yield play.hours(1, 4)
    play.review(accept=False)
    yield play.within("resolution", 0.6, 0.95)
    play.resolve()


@plot("mastercam", 2, (1.2, 3.5))
def under_review(play: Play) -> Story:
    """The customer has asked for a review and nobody has answered yet."""
    play.priority = "P2"
    yield from _taken_up(play, 0.05, 0.3)
    yield play.within("response", 0.5, 0.7)
    play.escalate(executive=True)


@plot("mastercam", 3)
def waits_for_maker(play: Play) -> Story:
    """Somebody else has to act first; the clock runs on."""
    yield from _taken_up(play)
    yield play.within("resolution", 0.2, 0.4)
    play.third_party()
    yield play.within("resolution", 0.6, 0.9)
    play.go_on()
    yield play.soon()
    play.resolve()


@plot("mastercam", 2, (9, 60))
def answered_by_phone(play: Play) -> Story:
    """Answered in time by phone, logged when it seemed late: the breach heals, what fired stays."""
    play.file()
    yield play.soon()
    play.take()
    play.triage()
    yield play.within("response", 1.02, 1.2)
    play.logged_later()
    yield play.within("resolution", 0.4, 0.9)
    play.resolve()


@plot("mastercam", 1, (6, 60))
def never_answered_question(play: Play) -> Story:
    """A question that nobody answers: it waits, and is solved by guess in the end."""
    yield from _taken_up(play)
    yield play.soon()
    play.ask()


@plot("mastercam", 3, who=cast.UNKNOWN_ZONE)
def zone_found(play: Play) -> Story:
    """Nobody knows where the user works; somebody asks and settles it."""
    yield from _taken_up(play)
    yield play.soon()
    play.settle_zone("US", "America/Denver")
    play.note()
    yield play.hours(4, 12)
    play.resolve()


@plot("mastercam", 2, (0.5, 4), cast.UNKNOWN_ZONE)
def zone_assumed(play: Play) -> Story:
    """Nobody has found out yet where the user works."""
    yield from _taken_up(play)
    yield play.hours(2, 6)
    play.reply("update")


@plot("mastercam", 4, who=cast.ONLY_PARTNER)
def belongs_to_partner(play: Play) -> Story:
    """Served only through a channel partner: handed over to him, whose business it is from then on."""
    play.file()
    yield play.within("response", 0.1, 0.5)
    agent = play.stage.partner_agents()[0]
    play.hand_off(play.agent, agent.organisation, "refer_partner")
    yield play.hours(1, 8)
    play.reply(who=agent)
    yield play.hours(2, 16)
    play.note(who=agent)
    play.resolve(who=agent)


# -- Optocraft -------------------------------------------------------------------------------------------------------


def _reaches_vendor(play: Play, *, complete: bool = True) -> Story:
    """Filed; where the seller serves it first, he looks at it and hands it on."""
    play.file(channel=_channel(play) if complete else Channel.PORTAL, complete=complete, with_files=complete)
    partner = play.partner()
    if partner:
        yield play.hours(1, 7)
        play.reply(who=partner)
        yield play.hours(2, 9)
        play.hand_off(partner, None)
        play.filed_at = play.at


@plot("optocraft", 28)
def acknowledged(play: Play) -> Story:
    """A qualified acknowledgement in time, then the solution."""
    yield from _reaches_vendor(play)
    yield play.within("response", 0.15, 0.85)
    play.take()
    play.acknowledge()
    if play.random.random() < 0.4:
        yield play.hours(2, 9)
        play.ask()
        yield play.hours(3, 20)
        play.write(text=play.say(play.case.answer), with_files=True)
    yield play.hours(6, 40)
    play.resolve(play.random.choices(["solved", "repair_agreed", "sample_or_conditions"], [75, 15, 10])[0])
    yield from _confirmed(play)


@plot("optocraft", 9)
def plain_reply_first(play: Play) -> Story:
    """A friendly answer that promises nothing does not count; the qualified one comes later, sometimes too late."""
    yield from _reaches_vendor(play)
    yield play.within("response", 0.1, 0.4)
    play.reply()
    yield play.within("response", 0.6, 1.3)
    play.acknowledge()
    yield play.hours(8, 30)
    play.resolve()


@plot("optocraft", 6)
def lacks_data(play: Play) -> Story:
    """What the form asks for is missing and is asked for."""
    yield from _reaches_vendor(play, complete=False)
    yield play.within("response", 0.2, 0.5)
    play.reply("ask_missing", ask=True)
    yield play.hours(2, 12)
    play.write("give_missing", with_files=True)
    yield play.soon()
    play.sufficient()
    play.acknowledge()
    yield play.hours(6, 24)
    play.resolve()


@plot("optocraft", 6)
def becomes_urgent(play: Play) -> Story:
    """Declared urgent after filing: a work day counts from there, and nothing becomes due later through it."""
    yield from _reaches_vendor(play)
    yield play.within("response", 0.1, 0.35)
    play.declare_urgent()
    yield play.hours(2, 6)
    play.acknowledge()
    yield play.hours(3, 12)
    play.resolve()


@plot("optocraft", 6)
def overdue(play: Play) -> Story:
    """The acknowledgement comes after its time."""
    yield from _reaches_vendor(play)
    yield play.within("response", 1.05, 1.8)
    play.acknowledge()
    yield play.hours(8, 30)
    play.resolve(play.random.choice(["solved", "not_solved"]))


@plot("optocraft", 4)
def cost_first(play: Play) -> Story:
    """Outside warranty: the customer is told what it may cost, and agrees."""
    yield from _reaches_vendor(play)
    yield play.within("response", 0.3, 0.8)
    play.acknowledge()
    yield play.hours(1, 5)
    play.reply("cost", ask=True)
    yield play.hours(4, 24)
    play.write("thanks")
    yield play.hours(8, 30)
    play.resolve("repair_agreed")


@plot("optocraft", 3)
def partner_solves(play: Play) -> Story:
    """The seller solves it; the vendor's clock never starts."""
    play.file()
    partner = play.partner()
    if partner is None:
        yield from acknowledged_from_here(play)
        return
    yield play.hours(1, 6)
    play.reply(who=partner)
    play.note(who=partner)
    yield play.hours(3, 14)
    play.resolve(who=partner)


def acknowledged_from_here(play: Play) -> Story:
    """The rest of a plain case."""
    yield play.within("response", 0.2, 0.8)
    play.acknowledge()
    yield play.hours(6, 24)
    play.resolve()


@plot("optocraft", 3)
def drops_out(play: Play) -> Story:
    """Withdrawn before anybody answered."""
    yield from _reaches_vendor(play)
    yield play.within("response", 0.1, 0.5)
    play.withdraw()


@plot("optocraft", 3)
def back_again(play: Play) -> Story:
    """Solved and back."""
    yield from acknowledged(play)
    yield play.hours(8, 20)
    play.write("again")
    yield play.hours(2, 6)
    play.reply("update")
    yield play.hours(4, 16)
    play.resolve()


@plot("optocraft", 2, (1.5, 4.5))
def supervisor_asked(play: Play) -> Story:
    """The customer asks for the supervisor; not answered yet."""
    yield from _reaches_vendor(play)
    yield play.within("response", 0.3, 0.6)
    play.acknowledge()
    yield play.soon()
    play.escalate()


# -- Image Instruments -----------------------------------------------------------------------------------------------


@plot("image-instruments", 20)
def served_here(play: Play) -> Story:
    """By whoever serves it first, from question to solution."""
    play.file(channel=_channel(play))
    partner = play.partner()
    yield play.hours(1, 7)
    play.reply(who=partner)
    if partner is None and play.random.random() < 0.5:
        yield play.soon()
        play.ask()
        yield play.hours(2, 14)
        play.write(text=play.say(play.case.answer), with_files=True)
    yield play.hours(3, 20)
    play.resolve("solved", who=partner)
    yield from _confirmed(play)


@plot("image-instruments", 10)
def handed_on(play: Play) -> Story:
    """The distributor can't solve it and hands it on with its whole history."""
    play.file()
    partner = play.partner()
    yield play.hours(1, 6)
    play.reply(who=partner)
    if partner:
        play.note(who=partner)
        yield play.hours(2, 8)
        play.hand_off(partner, None)
    yield play.hours(2, 9)
    play.take()
    play.reply("update")
    yield play.hours(4, 20)
    play.resolve(play.random.choice(["solved", "coming_update"]))


@plot("image-instruments", 4)
def referred(play: Play) -> Story:
    """A matter of training goes to the support partner."""
    play.file()
    if play.partner() is None:
        yield play.hours(1, 5)
        school = next(p for p in play.stage.partner_agents() if p.name == "Claudia Ernst")
        play.reply("refer")
        play.hand_off(play.agent, school.organisation, "refer")
        yield play.hours(3, 12)
        play.reply(who=school)
        yield play.hours(3, 20)
        play.resolve("served_elsewhere", who=school)


@plot("image-instruments", 3)
def returns(play: Play) -> Story:
    """Solved, reopened by the customer, solved again."""
    yield from handed_on(play)
    yield play.hours(6, 20)
    play.write("again")
    yield play.hours(2, 8)
    play.resolve("solved")


@plot("image-instruments", 2, (1, 4))
def review_wanted(play: Play) -> Story:
    """The customer asks for a review."""
    play.file()
    yield play.hours(3, 9)
    play.escalate()
