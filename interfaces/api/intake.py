"""Answers to a vendor's form as programs give them: texts by the key of the field (O8, M8)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tickets.intake import DECLARATIONS
from tickets.vocabulary import Refused
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField

# What has a place of its own on the ticket.
OWN_PLACE = frozenset({"subject", "description"})


def asked(policy: PolicyFile) -> list[IntakeField]:
    """The fields of the form that `answers` can hold."""
    return [row for row in policy.intake.fields if row.key not in OWN_PLACE and row.kind != "files"]


def checked_answers(policy: PolicyFile, answers: Mapping[str, str]) -> dict[str, Any]:
    """The answers by key. Raises Refused next to one that the form does not know or that is not of its kind."""
    fields = {row.key: row for row in asked(policy)}
    for key, answer in answers.items():
        if key not in fields:
            raise Refused(_("This vendor's form does not ask this."), f"answers.{key}")
        _check(policy, fields[key], answer)
    return dict(answers)


def checked_declarations(policy: PolicyFile, keys: Sequence[str]) -> dict[str, Any]:
    """The confirmed declarations (O4, M16) as a ticket keeps them. Raises Refused for one that the form does not know."""
    known = {row.key for row in policy.intake.declarations}
    for key in keys:
        if key not in known:
            raise Refused(_("This vendor's form does not ask for this declaration."), "declarations")
    return {DECLARATIONS: list(dict.fromkeys(keys))} if keys else {}


def _check(policy: PolicyFile, row: IntakeField, answer: str) -> None:
    place = f"answers.{row.key}"
    if len(answer) > row.max_length:
        raise Refused(_("At most %(count)d characters fit here.") % {"count": row.max_length}, place)
    options = {option.key for option in row.options}
    chosen = {part.strip() for part in answer.split(",")} if row.kind == "choices" else {answer}
    if row.kind in ("choice", "choices") and not chosen <= options:
        raise Refused(_("Choose from: %(options)s.") % {"options": ", ".join(sorted(options))}, place)
    if row.kind == "number" and not _is_number(answer):
        raise Refused(_("Write a number."), place)
    if row.kind == "date" and not _is_date(answer):
        raise Refused(_("Write a date like 2026-03-05."), place)
    if row.pattern and not re.fullmatch(row.pattern, answer):
        said = policy.say(row.pattern_help, get_language() or "en") if row.pattern_help else ""
        raise Refused(said or _("This does not look right."), place)


def _is_number(answer: str) -> bool:
    try:
        return Decimal(answer).is_finite()
    except InvalidOperation:
        return False


def _is_date(answer: str) -> bool:
    try:
        date.fromisoformat(answer)
    except ValueError:
        return False
    return True
