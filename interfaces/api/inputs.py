"""What requests may say. Nothing is guessed: a name that is not known, or a value of another type, is an error next to it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from interfaces.api.problems import Input, Invalid
from kernel.keys import LARGEST
from tickets.models import Classification, State
from tickets.services.ending import CANCEL_REASONS
from tickets.times import LONGEST_BACK

LONGEST_TEXT = 50_000  # characters
_UNKNOWN = gettext_lazy("There is no such field here.")


class Words(serializers.CharField):
    """A text; a number is not one."""

    def to_internal_value(self, data: Any) -> str:
        """The text without blanks around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Text(Words):
    """A longer text for people."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": LONGEST_TEXT} | kwargs))


class Truth(serializers.BooleanField):
    """true or false, as JSON or in a query string."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth value; 1, "yes" and the like are errors."""
        found = {"true": True, "false": False}.get(data) if isinstance(data, str) else data
        if not isinstance(found, bool) or (isinstance(data, str) and not self.context.get("query")):
            self.fail("invalid", input=data)
        return found


class Key(serializers.IntegerField):
    """The key of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """The key; text is not one."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Instant(serializers.DateTimeField):
    """An instant with its offset, as in 2026-03-05T22:30:00Z; without one it is refused rather than guessed."""

    def to_internal_value(self, value: Any) -> datetime:
        """The instant in UTC."""
        try:
            instant = parse_datetime(value) if isinstance(value, str) else None
            if instant is None or instant.tzinfo is None:
                raise ValueError
            return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(_("Write it with its offset, like 2026-03-05T22:30:00Z.")) from None


class Past(Instant):
    """An instant of the last year."""

    def to_internal_value(self, value: Any) -> datetime:
        """The instant in UTC."""
        instant = super().to_internal_value(value)
        now = datetime.now(UTC)
        if not now - LONGEST_BACK <= instant <= now:
            raise ValidationError(_("This has to lie within the past year."))
        return instant


class Strict(serializers.Serializer[Any]):
    """Input that knows all its names."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; unknown names are errors."""
        unknown = {str(name): [str(_UNKNOWN)] for name in set(data) - set(self.fields)} if _is_object(data) else {}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            detail = error.detail if isinstance(error.detail, dict) else {"": error.detail}
            raise ValidationError({**detail, **unknown}) from None
        if unknown:
            raise ValidationError(unknown)
        return values


S = TypeVar("S", bound=Strict)


def body_of(request: Request, form: type[Strict]) -> dict[str, Any]:
    """The checked body of a request. Raises Invalid."""
    return _checked(form(data=request.data), Input.BODY)


def query_of(request: Request, form: type[Strict]) -> dict[str, Any]:
    """The checked query of a request: names that are there several times only where several are meant. Raises Invalid."""
    lists = {name for name, field in form().fields.items() if isinstance(field, serializers.ListField)}
    return _checked(form(data=_plain(request.query_params, lists), context={"query": True}), Input.QUERY)


def _plain(query: QueryDict, lists: set[str]) -> dict[str, Any]:
    return {name: values if name in lists or len(values) > 1 else values[0] for name, values in query.lists() if values}


def _checked(form: Strict, source: str) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid(form.errors, source)
    return dict(form.validated_data)


def _is_object(data: Any) -> bool:
    return isinstance(data, Mapping)


class PageQuery(Strict):
    """Which page of a list."""

    cursor = serializers.RegexField(
        r"^[1-9][0-9]{0,17}$", required=False, help_text="From `next` of the page before; leave it out for the first."
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50, help_text="Rows a page.")


class TicketQuery(PageQuery):
    """Which tickets."""

    vendor = serializers.RegexField(r"^[-a-z0-9]{1,60}$", required=False, help_text="A vendor's slug.")
    state = serializers.ListField(
        child=serializers.ChoiceField(choices=State.choices), required=False, max_length=10, help_text="One of these."
    )
    priority = serializers.ListField(
        child=serializers.CharField(max_length=12),
        required=False,
        max_length=20,
        help_text="One of these: the assigned priority, or the claimed one while none is assigned.",
    )
    assignee = serializers.RegexField(
        r"^(me|nobody|[1-9][0-9]{0,17})$", required=False, help_text="`me`, `nobody`, or the key of a person."
    )
    breached = Truth(required=False, help_text="Whether any clock was not kept.")
    updated_since = Instant(required=False, help_text="Changed at this instant or later.")
    search = Words(max_length=100, required=False, help_text="Words of the subject or the number.")


class ClockQuery(Strict):
    """How much about the clocks."""

    explain = serializers.ChoiceField(choices=["0", "1"], default="0", help_text="1 adds the trace of each clock.")


class NewTicket(Strict):
    """A request to be filed. Customers file for themselves; staff name the requester."""

    vendor = serializers.RegexField(r"^[-a-z0-9]{1,60}$", help_text="The vendor's slug.")
    subject = Words(max_length=200)
    body = Text()
    language = serializers.RegexField(r"^[a-z]{2}(-[A-Z]{2})?$", required=False, help_text="Default: the requester's.")
    requester = Key(required=False, help_text="Staff only: the key of the customer's person.")
    item = Words(max_length=60, required=False, help_text="Serial or licence number.")
    topic = Words(max_length=60, required=False, help_text="A key from the vendor's `topics`.")
    support_partner = Key(
        required=False,
        help_text="The key of the support partner whom the customer chooses, where support partners serve.",
    )
    claimed_priority = Words(max_length=12, required=False, help_text="A key from the vendor's `priorities`.")
    urgent = Truth(default=False)
    urgent_reason = Words(max_length=400, required=False)
    answers = serializers.DictField(
        child=Text(), required=False, help_text="Answers to the vendor's form, by the key of its field."
    )
    declarations = serializers.ListField(
        child=Words(max_length=60),
        required=False,
        max_length=50,
        help_text="Keys of the declarations that the requester confirms.",
    )
    received_at = Past(required=False, help_text="Staff only: when it came in, for a call that is logged later.")


class NewReply(Strict):
    """A public answer. What is marked so is for one side only."""

    body = Text()
    qualified = Truth(
        default=False, help_text="Staff: a qualified acknowledgement, which names next steps and their date."
    )
    next_steps = Text(required=False, help_text="Staff.")
    next_steps_on = serializers.DateField(required=False, help_text="Staff.")
    at = Past(required=False, help_text="Supervisors: when it was said, if it is logged later.")
    answers = serializers.DictField(
        child=Text(),
        required=False,
        help_text="Customers: what the vendor's form still misses, by the key of its field.",
    )


class NewNote(Strict):
    """A note of one's own house."""

    body = Text()
    share_with_vendor = Truth(default=False, help_text="Partners: let the vendor's staff read it.")
    share_with = serializers.ListField(
        child=Key(), required=False, max_length=20, help_text="Keys of houses that serve or served the ticket."
    )


class Assign(Strict):
    """To whom."""

    assignee = Key(allow_null=True, help_text="The key of a colleague; null for nobody.")


class SetPriority(Strict):
    """Which priority."""

    priority = Words(max_length=12, help_text="A key from the vendor's `priorities`.")


class DeclareUrgent(Strict):
    """Why it is urgent."""

    reason = Words(max_length=400, required=False, help_text="Asked for, not required.")


class Classify(Strict):
    """What it turned out to be."""

    classification = serializers.ChoiceField(choices=Classification.choices)


class SettleZone(Strict):
    """Whose time counts."""

    country = serializers.RegexField(r"^[A-Za-z]{2}$", help_text="Two letters, like SE.")
    time_zone = Words(max_length=60, help_text="An IANA name, like Europe/Stockholm.")


class Ask(Strict):
    """A question to the customer."""

    body = Text()


class HandOff(Strict):
    """To which house."""

    to_house = Key(allow_null=True, help_text="The key of a partner; null hands it to the vendor itself.")
    note = Text(required=False)


class Resolve(Strict):
    """How it was resolved."""

    outcome = Words(max_length=40, help_text="A key from the vendor's `outcomes`.")
    body = Text(help_text="The message to the customer.")
    outcome_on = serializers.DateField(required=False, help_text="For outcomes that need a date.")
    next_steps = Text(required=False)


class Cancel(Strict):
    """Why."""

    reason = serializers.ChoiceField(choices=CANCEL_REASONS, help_text="Customers: `withdrawn`.")


class RequestReview(Strict):
    """Why somebody should look at it."""

    reason = Text()
    executive = Truth(default=False, help_text="Ask that an executive sponsor be told as well.")


class Review(Strict):
    """The answer to the review that was asked for."""

    accept = Truth()
    answer = Text(help_text="What happens next, or why not.")
