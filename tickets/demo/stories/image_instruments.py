"""Image Instruments: no times, but levels and partners (I4 to I9)."""

from tickets.demo import cast
from tickets.demo.play import Play, Story
from tickets.demo.stories.plots import channel, confirmed, plot


@plot("image-instruments", 20)
def served_here(play: Play) -> Story:
    """By whoever serves it first, from question to solution."""
    play.file(channel=channel(play))
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
    yield from confirmed(play)


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


@plot("image-instruments", 4, case="training")
def referred(play: Play) -> Story:
    """A matter of training goes to the support partner: at once, or, if it came by mail, when somebody has read it."""
    play.file(channel=channel(play))
    school = play.stage.people[cast.SCHOOL]
    if play.partner() is None:
        yield play.hours(1, 5)
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
