"""Optocraft: sellers first, qualified acknowledgements, urgency, cost (O1 to O15)."""

from tickets.demo.play import Play, Story
from tickets.demo.stories.plots import channel, confirmed, plot
from tickets.models import Channel


def _reaches_vendor(play: Play, *, complete: bool = True) -> Story:
    """Filed; where the seller serves it first, he looks at it and hands it on."""
    play.file(channel=channel(play) if complete else Channel.PORTAL, complete=complete, with_files=complete)
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
    yield from confirmed(play)


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
