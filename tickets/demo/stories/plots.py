"""What happens to tickets. A story gives the instant of its next act, and acts when it is resumed then; what lies after the
moment of loading is simply not played, so the newest tickets stand in the middle of theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tickets.demo.play import Play, Story
from tickets.models import Channel, TicketRating

Telling = Callable[[Play], Story]


@dataclass(frozen=True, slots=True)
class Plot:
    """A story, how often it is told, how many days ago it begins (least, most), of whom, if not of anybody, and about which case,
    if not about any that has no story of its own.
    """

    tell: Telling
    weight: int
    since: tuple[float, float] = (0, 60)
    who: str = ""
    case: str = ""


PLOTS: dict[str, list[Plot]] = {"mastercam": [], "optocraft": [], "image-instruments": []}


def plot(
    slug: str, weight: int, since: tuple[float, float] = (0, 60), who: str = "", case: str = ""
) -> Callable[[Telling], Telling]:
    """Add a story to a vendor's repertoire."""

    def added(tell: Telling) -> Telling:
        PLOTS[slug].append(Plot(tell, weight, since, who, case))
        return tell

    return added


def channel(play: Play) -> str:
    """How the request comes in."""
    return play.random.choices([Channel.PORTAL, Channel.MAIL, Channel.PHONE], [70, 18, 12])[0]


def confirmed(play: Play) -> Story:
    """The customer confirms the solution, or says nothing more."""
    if play.random.random() < 0.5:
        yield play.hours(1, 16)
        if play.random.random() < 0.7:
            play.confirm()
        grade = play.random.choices([*TicketRating.Grade], [75, 17, 8])[0]
        yield play.soon()
        play.rate(grade, f"rated_{grade}")
