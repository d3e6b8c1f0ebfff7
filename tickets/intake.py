"""What the vendor's form requires and a ticket lacks (O8, M8)."""

from collections.abc import Iterable

from tickets.models import Ticket
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField

# Beside the answers by field key, a ticket's intake holds what was declared (O4, M16: a list of the declarations' keys) and
# how the self-help list was answered (O7: answer keys by step key).
DECLARATIONS = "declarations"
SELF_HELP = "self_help"


def missing_information(
    policy: PolicyFile, ticket: Ticket, *, filed_with_files: bool | None = None
) -> list[IntakeField]:
    """The required fields of the form that neither the answers nor the ticket itself give. Of a ticket that is just being filed
    and not stored yet, say whether files come with it; a description always does.
    """
    required = [field for field in policy.intake.fields if field.required]
    if filed_with_files is not None:
        there = {"files"} if filed_with_files else set()
        required = [field for field in required if field.kind not in there and field.key != "description"]
        return [field for field in required if field.kind == "files" or not _given(field, ticket)]
    return [field for field in required if not _given(field, ticket)]


def question(policy: PolicyFile, language: str, fields: Iterable[IntakeField]) -> str:
    """The vendor's sentence that asks for these fields, in a language (O8); several of them, and what is a question itself,
    stand as a list in its middle.
    """
    asked = [policy.say(field.ask or field.label, language) for field in fields]
    sentence = policy.say(policy.intake.ask_for_missing, language)
    if len(asked) == 1 and not asked[0].endswith("?"):
        return sentence.replace("{missing}", asked[0])
    before, _, after = sentence.partition("{missing}")
    parts = (before.strip(), "\n".join(f"– {words}" for words in asked), after.lstrip(" .").strip())
    return "\n\n".join(part for part in parts if part)


def _given(field: IntakeField, ticket: Ticket) -> bool:
    if field.kind == "item":
        return ticket.item_id is not None or bool(ticket.intake.get(field.key))
    if field.kind == "product":
        return ticket.product_id is not None or bool(ticket.intake.get(field.key))
    if field.kind == "release":
        return ticket.release_id is not None or bool(ticket.intake.get(field.key))
    if field.kind == "files":
        return ticket.attachments.filter(message__by_staff=False).exists()  # what staff adds is not what was asked for
    if field.key == "description":
        return ticket.messages.exists()
    return bool(str(ticket.intake.get(field.key, "") or "").strip())
