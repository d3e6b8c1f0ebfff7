"""What to expect of a request before it is sent: who serves it and why, by when, at what cost, and whether support is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from interfaces.portal.counter import Counter
from interfaces.portal.hours import Reach, reach
from interfaces.portal.intake import IntakeForm
from interfaces.portal.promises import foretold, promised_time
from kernel import clock
from tickets.models import Attachment
from tickets.queries.outlook import Deadline, Outlook, outlook
from tickets.services import Request
from tickets.vocabulary import Refused


@dataclass(frozen=True, slots=True)
class Expected:
    """`outlook` is None as long as nothing is known of the request; `promises` are sentences, with the deadlines that it would
    get where they are known.
    """

    outlook: Outlook | None
    promises: Sequence[str]
    reach: Reach
    statements: Sequence[str]
    routing: str

    @property
    def elsewhere(self) -> bool:
        """Whether it is not the vendor who owes this, so that he should read why before he types on."""
        return self.outlook is not None and self.outlook.word in ("elsewhere", "not_owed")

    @property
    def passed_on(self) -> bool:
        """Whether sending it passes it on to another house."""
        return self.outlook is not None and self.outlook.house is not None


def foreseen(counter: Counter, form: IntakeForm | None, files: Sequence[Attachment]) -> Expected:
    """What can be expected of a request as far as it is typed; `form` has been validated."""
    policy, language = counter.policy, counter.language
    found = outlook_of(counter, form.request(files)) if form else None
    return Expected(
        outlook=found,
        promises=_promises(counter, found) if found else _in_general(counter),
        reach=reach(policy, counter.known, language, clock.now()),
        statements=[counter.say(row.text) for row in policy.statements if "before_sending" in row.where],
        routing=counter.say(policy.routing.says),
    )


def outlook_of(counter: Counter, request: Request) -> Outlook | None:
    """What is told of the request now; None as long as nothing is known of it, or something is refused at its field."""
    if not (request.item or request.topic or request.intake):
        return None
    try:
        return outlook(by=counter.member, request=request, now=clock.now())
    except Refused:  # said at its field
        return None


def _promises(counter: Counter, found: Outlook) -> list[str]:
    return [_promise(counter, deadline) for deadline in found.deadlines] or [found.no_promise]


def _promise(counter: Counter, deadline: Deadline) -> str:
    if deadline.due_at is None:
        return deadline.says
    return foretold(deadline.kind, deadline.wording, deadline.due_at, counter.policy)


def _in_general(counter: Counter) -> list[str]:
    policy, language = counter.policy, counter.language
    usual = "" if policy.priorities else promised_time(policy, language)
    urgent = promised_time(policy, language, urgent=True) if policy.urgency else ""
    return [words for words in (usual, urgent and _("If it is urgent: %(promise)s") % {"promise": urgent}) if words]
