"""A clock's standing as what a chip shows, in the reader's language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy

from interfaces.common.clock_face import ClockFace, ClockState
from sla.models import Clock
from tickets.models import Classification
from tickets.queries.standing import Standing
from vendors.catalog.schema import PolicyFile, Text

# How a clock stands, in a word or two, where its times stand elsewhere.
STANDING: Mapping[ClockState, Promise] = {
    "running": gettext_lazy("Running"),
    "soon": gettext_lazy("Due soon"),
    "breached": gettext_lazy("Breached"),
    "overdue": gettext_lazy("Overdue"),
    "paused": gettext_lazy("Paused"),
    "lifted": gettext_lazy("Lifted"),
    "met": gettext_lazy("Met"),
    "late": gettext_lazy("Missed"),
    "ended": gettext_lazy("Ended"),
    "none": gettext_lazy("No promised time"),
}


def face_of(
    standing: Standing | None,
    file: PolicyFile | None,
    *,
    classification: str = "",
    named: bool = True,
    brief: bool = False,
) -> ClockFace | None:
    """The face of a clock; None for none. `classification` says for what a lifted clock was lifted (M10); `brief` leaves out
    what a paused one waits for, where the ticket's state stands beside it.
    """
    if standing is None:
        return None
    reason = ""
    if standing.look == "paused" and not brief:
        reason = gettext("waiting for customer")
    elif standing.look == "lifted" and classification:
        # Nouns keep their capitals where the language has them.
        reason = {"bug": gettext("bug"), "defect": gettext("defect")}.get(
            classification, str(Classification(classification).label)
        )
    name = clock_name(file, standing.kind) if named else ""
    # Red is for promises: a goal of the house that is missed is only overdue.
    look: ClockState = standing.look
    if not standing.promised:
        look = {"breached": "overdue", "late": "ended"}.get(look, look)  # type: ignore[assignment]  # states
    return ClockFace(look, standing.at, standing.left, reason, name)


def clock_name(file: PolicyFile | None, kind: str) -> str:
    """What the vendor calls a clock."""
    clock = file.clock(kind) if file else None
    return say(file, clock.name) if file and clock else str(Clock.Kind(kind).label)


def say(file: PolicyFile, text: Text) -> str:
    """A text of the vendor's file in the reader's language."""
    return file.say(text, (get_language() or "en")[:2])
