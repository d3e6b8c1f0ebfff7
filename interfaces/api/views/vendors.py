"""Who one is, and what a vendor's policy says that is needed to file and to work."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from interfaces.api import schema
from interfaces.api.intake import asked
from interfaces.api.shapes import MeSerializer, Named
from interfaces.api.views.base import ApiView
from sla.policies import current
from tickets.queries import filing
from tickets.services.ending import CANCEL_REASONS
from vendors.access import MAY, Member
from vendors.catalog.schema import PolicyFile, Text
from vendors.models import Vendor


class _Word(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()


class TopicSerializer(_Word):
    """What a request can be about; `says` is what the vendor says of it beforehand."""

    says = serializers.CharField(allow_null=True)


class PrioritySerializer(_Word):
    """A priority; the first is the most pressing."""

    description = serializers.CharField()
    examples = serializers.ListField(child=serializers.CharField())


class OutcomeSerializer(_Word):
    """A way in which a request is resolved."""

    description = serializers.CharField()
    needs_date = serializers.BooleanField()


class ClassSerializer(_Word):
    """What a request can turn out to be."""

    description = serializers.CharField()


class UrgencySerializer(serializers.Serializer[Any]):
    """How the vendor asks whether it is urgent."""

    question = serializers.CharField()
    help = serializers.CharField()
    reason_required = serializers.BooleanField()


class FieldSerializer(serializers.Serializer[Any]):
    """A question of the form. `required`: without it the information is not complete."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=["line", "paragraph", "number", "date", "choice", "choices", "product", "item", "release"]
    )
    label = serializers.CharField()  # type: ignore[assignment]  # a name of DRF's
    help = serializers.CharField(allow_null=True)
    required = serializers.BooleanField()  # type: ignore[assignment]  # a name of DRF's
    options = _Word(many=True)
    pattern = serializers.CharField(allow_null=True)
    example = serializers.CharField(allow_null=True)
    max_length = serializers.IntegerField()


class DeclarationSerializer(serializers.Serializer[Any]):
    """Something that the requester confirms."""

    key = serializers.CharField()
    text = serializers.CharField()
    when = serializers.ChoiceField(choices=["always", "own_repair", "remote_session"])


class FormSerializer(serializers.Serializer[Any]):
    """The vendor's form."""

    intro = serializers.CharField()
    questions = FieldSerializer(many=True)
    declarations = DeclarationSerializer(many=True)


class VendorSerializer(serializers.Serializer[Any]):
    """What is needed to file at a vendor; for staff also whom tickets can be given to. Texts are in the reader's language."""

    slug = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    time_zone = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    topics = TopicSerializer(many=True)
    priorities = PrioritySerializer(many=True)
    urgency = UrgencySerializer(allow_null=True)
    classifications = ClassSerializer(many=True)
    outcomes = OutcomeSerializer(many=True)
    cancel_reasons = serializers.ListField(child=serializers.CharField())
    intake = FormSerializer()
    colleagues = Named(many=True, help_text="Staff: to whom a ticket can be given.")
    houses = Named(many=True, help_text="Staff: to whom a ticket can be handed off.")


class OneVendor(ApiView):
    """A vendor."""

    @extend_schema(
        operation_id="vendors_read",
        parameters=[schema.VENDOR],
        responses=schema.reads(VendorSerializer),
        tags=["Vendors"],
    )
    def get(self, request: Request, vendor: str) -> Response:
        """Read what is needed to file a request at a vendor, and to work on it."""
        member = self.member(vendor)
        row = Vendor.objects.get(pk=member.vendor_id)
        language = getattr(request, "LANGUAGE_CODE", "en")
        return Response(_vendor(row, current(row.pk), member, language))


class Me(ApiView):
    """The reader."""

    @extend_schema(operation_id="me_read", responses=schema.reads(MeSerializer), tags=["Vendors"])
    def get(self, request: Request) -> Response:
        """Read who you are, and at which vendors."""
        reader, names = self.reader, {vendor.id: vendor for vendor in self.reader.vendors}
        user = reader.user
        memberships = [
            {
                "vendor": names[member.vendor_id].slug,
                "vendor_name": names[member.vendor_id].name,
                "person": member.person_id,
                "role": member.role,
                "organisation": member.organisation_id,
                "may": sorted(MAY.get(member.role, ())),
            }
            for member in reader.all_members
        ]
        me = {"email": user.email, "name": user.name, "language": user.language, "time_zone": user.time_zone}
        return Response(me | {"memberships": memberships})


def _vendor(row: Vendor, policy: PolicyFile, member: Member, language: str) -> dict[str, Any]:
    def say(text: Text | None) -> str | None:
        return policy.say(text, language) if text else None

    urgency = policy.urgency
    return {
        "slug": row.slug,
        "name": row.name,
        "country": row.country,
        "time_zone": row.time_zone,
        "languages": list(policy.vendor.languages),
        "topics": [{"key": t.key, "name": say(t.name), "says": say(t.says)} for t in policy.topics],
        "priorities": [
            {
                "key": p.key,
                "name": say(p.name),
                "description": say(p.description),
                "examples": [say(e) for e in p.examples],
            }
            for p in policy.priorities
        ],
        "urgency": urgency
        and {
            "question": say(urgency.question),
            "help": say(urgency.help),
            "reason_required": urgency.reason_required,
        },
        "classifications": [
            {"key": c.key, "name": say(c.name), "description": say(c.description)} for c in policy.classifications
        ],
        "outcomes": [
            {"key": o.key, "name": say(o.name), "description": say(o.description), "needs_date": o.needs_date}
            for o in policy.outcomes
        ],
        "cancel_reasons": ["withdrawn"] if member.is_customer else list(CANCEL_REASONS),
        "intake": _form(policy, say),
        "colleagues": [{"id": p.pk, "name": p.name} for p in filing.colleagues(member)],
        "houses": [{"id": h.pk, "name": h.name} for h in filing.houses(member)],
    }


def _form(policy: PolicyFile, say: Any) -> dict[str, Any]:
    return {
        "intro": say(policy.intake.intro),
        "questions": [
            {
                "key": row.key,
                "kind": row.kind,
                "label": say(row.label),
                "help": say(row.help),
                "required": row.required,
                "options": [{"key": option.key, "name": say(option.label)} for option in row.options],
                "pattern": row.pattern,
                "example": row.example,
                "max_length": row.max_length,
            }
            for row in asked(policy)
        ],
        "declarations": [
            {"key": row.key, "text": say(row.text), "when": row.when} for row in policy.intake.declarations
        ],
    }
