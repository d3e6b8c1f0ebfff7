"""The steps of the guided way through a vendor's form: one group of questions a page, then a look at the whole."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField

PRODUCT, SELF_HELP, WHAT, URGENCY, CHECK = "product", "self-help", "what", "urgency", "check"
ALL = "all"  # one page with every question, for who knows the form by heart


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the way: its word in addresses, its heading, its number."""

    key: str
    title: str
    number: int


@dataclass(frozen=True, slots=True)
class Way:
    """The steps that a vendor's file makes necessary, in their order."""

    steps: tuple[Step, ...]

    @classmethod
    def of(cls, policy: PolicyFile) -> "Way":
        """The way through a vendor's form."""
        titles = {PRODUCT: _("What is it about?")}
        if policy.self_help:
            titles[SELF_HELP] = _("Before you ask")
        titles[WHAT] = _("What happens?")
        if policy.priorities or policy.urgency:
            titles[URGENCY] = _("How urgent is it?")
        elif policy.intake.declarations:
            titles[URGENCY] = _("Please confirm")
        titles[CHECK] = _("Check and send")
        return cls(tuple(Step(key, title, n) for n, (key, title) in enumerate(titles.items(), 1)))

    def find(self, key: str) -> Step | None:
        """The step of that word, or None."""
        return next((step for step in self.steps if step.key == key), None)

    def number(self, key: str) -> int:
        """The number of a step; of the one page, the last."""
        return self._place(key) + 1

    def after(self, key: str) -> Step:
        """The step that follows; after the one page, and at the end, the look at the whole."""
        return self._beside(key, 1)

    def before(self, key: str) -> Step:
        """The step before, or the first."""
        return self._beside(key, -1)

    def furthest(self, one: str, other: str) -> str:
        """Whichever of two steps lies further on."""
        return max(one, other, key=self._place)

    def _beside(self, key: str, by: int) -> Step:
        place = self._place(key) + by
        return self.steps[max(0, min(place, len(self.steps) - 1))]

    def _place(self, key: str) -> int:
        found = self.find(key)
        return found.number - 1 if found else len(self.steps) - 1 if key == ALL else 0


def step_of(question: IntakeField) -> str:
    """The step at which a question of the file is asked."""
    return PRODUCT if question.kind in ("item", "product", "release") else WHAT
