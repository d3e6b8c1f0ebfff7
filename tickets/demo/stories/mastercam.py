"""Mastercam: priorities, questions, bugs, breaches, reviews (M3 to M13)."""

from tickets.demo import cast
from tickets.demo.play import Play, Story
from tickets.demo.stories.plots import channel, confirmed, plot
from tickets.models import Channel


def _taken_up(play: Play, low: float = 0.1, high: float = 0.75) -> Story:
    """Filed, taken, given its priority and answered, all within the response time."""
    play.file(channel=channel(play))
    yield play.within("response", low, (low + high) / 2)
    play.take()
    play.triage()
    yield play.within("response", (low + high) / 2, high)
    play.reply()


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
    yield from confirmed(play)


@plot("mastercam", 18)
def asked(play: Play) -> Story:
    """A question goes out; the clock stands still until the answer is there."""
    yield from _taken_up(play)
    play.share()
    yield play.soon()
    play.ask()
    yield play.hours(2, 22)
    play.write(text=play.say(play.case.answer), with_files=play.random.random() < 0.6)
    yield play.hours(1, 5)
    play.reply("update")
    yield play.hours(1, 8)
    play.resolve()
    yield from confirmed(play)


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
    """Served only through a channel partner: his business from the start, or, if it came by mail, when somebody has read it."""
    play.file(channel=channel(play))
    agent = play.partner()
    if agent is None:
        yield play.within("response", 0.1, 0.5)
        house = play.asker.person.organisation.supported_by
        agent = play.stage.partner_agents(house.pk)[0]
        play.hand_off(play.agent, house, "refer_partner")
    yield play.hours(1, 8)
    play.reply(who=agent)
    yield play.hours(2, 16)
    play.note(who=agent)
    play.resolve(who=agent)


@plot("mastercam", 3, case="post_change")
def belongs_to_sales(play: Play) -> Story:
    """Changing a post-processor is consulting: Sales gets it and makes an offer (M17)."""
    play.file()
    sales = play.stage.people[cast.SALES]
    yield play.hours(2, 14)
    play.reply(text=play.say(play.case.question), who=sales, ask=True)
    yield play.hours(4, 20)
    play.write(text=play.say(play.case.answer))
    yield play.hours(4, 20)
    play.resolve(who=sales)
