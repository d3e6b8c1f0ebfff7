"""What the API tells of entitlement: the verdict on a ticket, and the outlook of a request that is not sent yet."""

from typing import Any, get_args

from rest_framework import serializers

from contracts.entitlement import GRANTED
from contracts.facts import Word
from interfaces.api.shapes import Moment, Named, OrNull
from vendors.models import Organisation

_HOUSES = ["vendor", *(kind.value for kind in Organisation.Kind if kind != Organisation.Kind.CUSTOMER)]


class WhyShape(serializers.Serializer[Any]):
    """A reason in words, with the ids of its rules."""

    text = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())


class WhomShape(serializers.Serializer[Any]):
    """Somebody to ask."""

    name = serializers.CharField()
    mail = OrNull()
    phone = OrNull()
    page = OrNull(help_text="An address on the web.")


class AskedShape(serializers.Serializer[Any]):
    """A fact that is not known and would decide something."""

    fact = serializers.CharField()
    words = serializers.CharField()


class EntitlementSerializer(serializers.Serializer[Any]):
    """Who is entitled, who serves, and why, in the reader's language."""

    verdict = serializers.ChoiceField(choices=[*get_args(Word), GRANTED], source="word")
    says = serializers.CharField(source="sentence")
    served_by = serializers.ChoiceField(
        choices=_HOUSES, source="serves", help_text="The kind of house that has or gets it."
    )
    server = WhomShape(help_text="Who that is, and how he is reached.")
    reasons = WhyShape(many=True)
    chargeable = serializers.BooleanField(allow_null=True, help_text="null: not settled.")
    model = OrNull(help_text="A key of the vendor's compensation models.")
    cost = OrNull()
    instead = WhomShape(many=True, help_text="Whom else to ask.")
    what_to_do = serializers.ListField(
        child=serializers.CharField(),
        source="how",
        help_text="What can be done about a refusal: a contract, an update.",
    )
    ask = AskedShape(many=True, source="asks")


class DeadlineShape(serializers.Serializer[Any]):
    """A promised clock as the request would get it."""

    clock = serializers.CharField(source="kind")
    wording = serializers.ChoiceField(choices=["plain", "normally", "target"])
    due_at = Moment(allow_null=True, help_text="null: it starts later, with a priority and the required information.")
    says = serializers.CharField(help_text="The vendor's own sentence.")
    calendar = serializers.CharField()
    zone = serializers.CharField(help_text="In which it counts.")
    zone_assumed = serializers.BooleanField(source="assumed")


class OutlookSerializer(EntitlementSerializer):
    """What is told of a request before it is sent."""

    choices = Named(many=True, help_text="Support partners of whom `support_partner` can name one.")
    deadlines = DeadlineShape(many=True)
    no_promise = OrNull(help_text="Said where no time is promised.")
