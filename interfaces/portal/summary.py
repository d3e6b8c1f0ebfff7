"""Everything that was typed of a request, step by step, for a last look at it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from django import forms
from django.utils.translation import gettext as _

from interfaces.portal.intake import Asked, IntakeForm, item_words
from interfaces.portal.questions import DESCRIPTION, SUBJECT
from interfaces.portal.steps import CHECK, PRODUCT, SELF_HELP, URGENCY, WHAT, Step, Way
from tickets.models import Attachment


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what was answered; `wanted` marks one that is needed and missing, `errors` what is wrong with it."""

    label: str
    text: str
    wanted: bool = False
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What was answered at one step."""

    step: Step
    answers: list[Answer] = field(default_factory=list)
    files: Sequence[Attachment] = ()


def summary(way: Way, form: IntakeForm, files: Sequence[Attachment]) -> list[Part]:
    """The answers of a validated form, a part for each step before the last."""
    missing = {form.name_of(row) for row in form.missing(files)}
    rows = {PRODUCT: _about, SELF_HELP: _tried, WHAT: _happens, URGENCY: _urgency}
    return [
        Part(step, list(rows[step.key](form, missing)), files if step.key == WHAT else ())
        for step in way.steps
        if step.key != CHECK
    ]


def _about(form: IntakeForm, missing: set[str]) -> Iterator[Answer]:
    item = form.item
    for asked in form.about:
        if asked.item is not None and item is not None:
            yield Answer(str(asked.item.label), item_words(item))
        else:
            yield from _asked(asked, missing)
    yield from _given(form["topic"])
    if len(form.known.colleagues) > 1 or form["authorised_user"].errors:
        yield from _given(form["authorised_user"])
    yield from _given(form["language"])


def _tried(form: IntakeForm, missing: set[str]) -> Iterator[Answer]:
    for _key, bound in form.steps:
        yield from _given(bound)


def _happens(form: IntakeForm, missing: set[str]) -> Iterator[Answer]:
    asked = {row.key: row for row in form.policy.intake.fields}
    for key in (SUBJECT, DESCRIPTION):
        if key in asked:
            yield _answer(form[form.name_of(asked[key])], wanted=True)
    for detail in form.details:
        yield from _asked(detail, missing)


def _urgency(form: IntakeForm, missing: set[str]) -> Iterator[Answer]:
    if form.policy.priorities and form.policy.triage:
        yield _answer(form["claimed_priority"])
    if form.policy.urgency:
        yield _answer(form["urgent"])
        yield from _given(form["urgent_reason"])
    for bound, own_repair in form.declarations:
        if bound.value() or not own_repair:
            yield Answer(str(bound.label), _("Confirmed") if bound.value() else _("Not confirmed"))


def _asked(asked: Asked, missing: set[str]) -> Iterator[Answer]:
    bound = asked.field
    if bound.name in missing and not bound.value():
        label = asked.item.label if asked.item is not None else bound.label
        yield Answer(str(label), "", wanted=True, errors=[str(error) for error in bound.errors])
    elif not bound.value() and asked.none is not None and asked.none.value():
        yield Answer(str(bound.label), str(asked.none.label))
    else:
        yield from _given(bound)


def _given(bound: forms.BoundField) -> Iterator[Answer]:
    """Only if something was answered, or is wrong."""
    if bound.value() not in (None, "", []) or bound.errors:
        yield _answer(bound)


def _answer(bound: forms.BoundField, *, wanted: bool = False) -> Answer:
    text = _text(bound)
    return Answer(str(bound.label), text, wanted=wanted and not text, errors=[str(error) for error in bound.errors])


def _text(bound: forms.BoundField) -> str:
    value = bound.value()
    if isinstance(bound.field, forms.BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(bound.field, forms.ChoiceField):
        chosen = value if isinstance(value, list) else [value or ""]
        choices = cast(Iterable[tuple[str, str]], bound.field.choices)
        return ", ".join(str(label) for key, label in choices if str(key) in chosen)
    return str(value or "")
