"""The vendor's form, built from its policy file: questions, declarations, self-help, files (O4, O6–O8, M3, M8, M16, I8)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from interfaces.portal.promises import promised_time
from tickets.intake import DECLARATIONS, SELF_HELP
from tickets.models import Attachment
from tickets.queries.intake import Known
from tickets.services import Request
from vendors.catalog.schema import PolicyFile, Text
from vendors.catalog.schema.intake import IntakeField
from vendors.models import InstalledItem

LANGUAGE_NAMES: Mapping[str, Any] = dict(settings.LANGUAGES)
# Questions that every vendor's form asks in its own words and that have a place of their own on the ticket.
SUBJECT, DESCRIPTION = "subject", "description"


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class SuggestingInput(forms.TextInput):
    """A line with suggestions that need not be followed; works without scripts."""

    template_name = "portal/widgets/suggesting.html"

    def __init__(self, suggestions: Sequence[str]) -> None:
        super().__init__()
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The widget's context with the list's id and its entries."""
        context = super().get_context(name, value, attrs)
        context["widget"]["suggestions"] = self.suggestions
        context["widget"]["attrs"]["list"] = f"{name}_suggestions"
        return context


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands in the form: its field, the one that says "nothing to tell", the choice of items before it."""

    field: forms.BoundField
    none: forms.BoundField | None = None
    item: forms.BoundField | None = None


def question(asked: IntakeField, policy: PolicyFile, language: str, known: Known | None = None) -> forms.Field:
    """The form field of one question; only `needed_to_send` keeps a request from being sent, what else is required for its
    information to be complete (O8, M8) is marked as wanted.
    """
    field = _question(asked, policy, language, known)
    field.wanted = asked.required  # type: ignore[attr-defined]  # read by templates/_required.html
    return field


def _question(asked: IntakeField, policy: PolicyFile, language: str, known: Known | None) -> forms.Field:
    help_text = policy.say(asked.help, language) if asked.help else ""
    if asked.pattern_help:
        help_text = f"{help_text} {policy.say(asked.pattern_help, language)}".strip()
    about: dict[str, Any] = {
        "label": policy.say(asked.label, language),
        "help_text": help_text,
        "required": asked.needed_to_send,
    }
    options = [(option.key, policy.say(option.label, language)) for option in asked.options]
    if asked.kind == "choice":
        return forms.ChoiceField(choices=[("", _("Please choose")), *options], **about)
    if asked.kind == "choices":
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **about)
    if asked.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **about)
    if asked.kind == "number":
        return forms.DecimalField(**about)
    return _text_question(asked, policy, language, known, about)


def _text_question(
    asked: IntakeField, policy: PolicyFile, language: str, known: Known | None, about: dict[str, Any]
) -> forms.CharField:
    suggestions: list[str] = []
    if known and asked.kind == "product":
        suggestions = [product.name for product in known.products]
    if known and asked.kind == "release":
        suggestions = [release.name for release in known.releases]
    widget: forms.Widget = SuggestingInput(suggestions) if suggestions else forms.TextInput()
    if asked.kind == "paragraph":
        widget = forms.Textarea(attrs={"rows": 5 if asked.key == DESCRIPTION else 3})
    if asked.example:
        widget.attrs["placeholder"] = _("for instance %(example)s") % {"example": asked.example}
    return forms.CharField(
        max_length=asked.max_length, widget=widget, validators=_validators(asked, policy, language), **about
    )


def _validators(asked: IntakeField, policy: PolicyFile, language: str) -> list[Any]:
    if not asked.pattern:
        return []
    pattern = re.compile(asked.pattern)
    says = policy.say(asked.pattern_help, language) if asked.pattern_help else _("This does not look right.")
    says += " " + _("If you do not have it at hand, leave it empty.")

    def whole(value: str) -> None:
        if not pattern.fullmatch(value):
            raise forms.ValidationError(says)

    return [whole]


def answer_text(value: Any) -> str:
    """A cleaned answer as the ticket keeps it."""
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value).strip()


class IntakeForm(forms.Form):
    """A new request at one vendor. `files` are handled beside it as drafts, so that a refused form loses none."""

    def __init__(self, policy: PolicyFile, known: Known, language: str, data: Any = None) -> None:
        super().__init__(data)
        self.policy, self.known, self.language = policy, known, language
        self._add_who_and_what()
        self._add_urgency()
        for asked in policy.intake.fields:
            if asked.kind != "files":
                self.fields[self._name(asked)] = question(asked, policy, language, known)
            if asked.kind == "item" and known.items:
                self._offer_items(asked)
            if asked.none_is_an_answer:
                self.fields[f"none_{asked.key}"] = forms.BooleanField(label=_("Nothing to tell"), required=False)
        for declaration in self.declared:
            self.fields[f"declared_{declaration.key}"] = forms.BooleanField(
                label=self.say(declaration.text), help_text=self.say(declaration.help), required=False
            )
        for step in policy.self_help.steps if policy.self_help else ():
            choices = [(answer.key, self.say(answer.label)) for answer in step.answers]
            self.fields[f"step_{step.key}"] = forms.ChoiceField(
                label=self.say(step.question),
                help_text=self.say(step.help),
                choices=choices,
                widget=forms.RadioSelect,
                required=False,
            )
        asks_files = next((asked for asked in policy.intake.fields if asked.kind == "files"), None)
        self.fields["files"] = files_field(
            self.say(asks_files.label) if asks_files else _("Files"),
            self.say(asks_files.help) if asks_files else "",
        )
        self.fields["files"].wanted = bool(asks_files and asks_files.required)  # type: ignore[attr-defined]

    def say(self, text: Text | None) -> str:
        """A text of the vendor's file in the reader's language."""
        return self.policy.say(text, self.language) if text else ""

    @property
    def declared(self) -> list[Any]:
        """What this form lets the customer declare; what belongs to a remote session is asked when one is arranged (O9)."""
        return [row for row in self.policy.intake.declarations if row.when != "remote_session"]

    # -- what the page shows ---------------------------------------------------------------------------------------

    @property
    def questions(self) -> Iterator[Asked]:
        """The vendor's questions in their order, without subject and description, which stand first."""
        for asked in self.policy.intake.fields:
            if asked.kind == "files" or asked.key in (SUBJECT, DESCRIPTION):
                continue
            none = self[f"none_{asked.key}"] if asked.none_is_an_answer else None
            item = self["item"] if asked.kind == "item" and self.known.items else None
            yield Asked(self[self._name(asked)], none, item)

    @property
    def declarations(self) -> list[tuple[forms.BoundField, bool]]:
        """The declarations' fields, each with whether it is only for who repairs it himself (O11)."""
        return [(self[f"declared_{row.key}"], row.when == "own_repair") for row in self.declared]

    @property
    def steps(self) -> list[forms.BoundField]:
        """The self-help list (O7)."""
        return [self[f"step_{step.key}"] for step in (self.policy.self_help.steps if self.policy.self_help else ())]

    @property
    def steps_answered(self) -> bool:
        """Whether any step of the list has been answered, so that the page shows it open again."""
        return any(bound.value() for bound in self.steps)

    @property
    def priority_cards(self) -> dict[str, dict[str, str]]:
        """Description, examples and promised answer of each priority (M3, M4)."""
        cards = {
            row.key: {
                "text": " ".join(
                    (self.say(row.description), _for_instance([self.say(e) for e in row.examples]))
                ).strip(),
                "note": promised_time(self.policy, self.language, priority=row.key),
            }
            for row in self.policy.priorities
        }
        if self.policy.triage:
            assumed = self.policy.priority(self.policy.triage.without_claim)
            cards[""] = {"text": _("Until we have looked at it, it counts as “%(p)s”.") % {"p": self.say(assumed.name)}}
        return cards

    @property
    def noted_topics(self) -> list[tuple[str, str]]:
        """Topics of which the vendor says something beforehand: name and words (M17, I8, O13)."""
        return [(self.say(row.name), self.say(row.says)) for row in self.policy.topics if row.says]

    # -- what was answered -----------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Urgent needs its reason only where the vendor's file says so (O6)."""
        data = super().clean() or {}
        urgency = self.policy.urgency
        if urgency and urgency.reason_required and data.get("urgent") and not data.get("urgent_reason"):
            self.add_error("urgent_reason", _("Please say what makes it urgent."))
        return data

    def missing(self, files: Sequence[Attachment]) -> list[str]:
        """Labels of the required questions that are not answered (O8, M8)."""
        return [
            self.say(row.label) for row in self.policy.intake.fields if row.required and not self._given(row, files)
        ]

    def request(self, files: Sequence[Attachment]) -> Request:
        """The request that was typed, with its files; call it on a valid form only."""
        data, item = self.cleaned_data, self._item()
        release = next((row for row in self.policy.intake.fields if row.kind == "release"), None)
        named = data.get(self._name(release), "") if release else ""
        user = next((person for person in self.known.colleagues if str(person.pk) == data["authorised_user"]), None)
        return Request(
            requester=self.known.person,
            subject=data[SUBJECT],
            body=data["body"],
            language=data["language"],
            item=item,
            release=self.known.release_named(named, item),
            authorised_user=user,
            topic=data["topic"],
            claimed_priority=data.get("claimed_priority", ""),
            urgent=data.get("urgent", False),
            urgent_reason=data.get("urgent_reason", ""),
            intake=self._intake(item),
            files=[file.key for file in files],
        )

    def _intake(self, item: InstalledItem | None) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for row in self.policy.intake.fields:
            if row.kind != "files" and row.key not in (SUBJECT, DESCRIPTION):
                answers[row.key] = self._answer(row)
        answers[DECLARATIONS] = [row.key for row in self.declared if self.cleaned_data[f"declared_{row.key}"]]
        steps = self.policy.self_help.steps if self.policy.self_help else ()
        answers[SELF_HELP] = {step.key: self.cleaned_data[f"step_{step.key}"] for step in steps}
        answers[SELF_HELP] = {key: answer for key, answer in answers[SELF_HELP].items() if answer}
        return {key: answer for key, answer in answers.items() if answer}

    def _answer(self, asked: IntakeField) -> str:
        answer = answer_text(self.cleaned_data.get(self._name(asked)))
        if not answer and self.cleaned_data.get(f"none_{asked.key}"):
            return _("Nothing")
        return answer

    def _given(self, asked: IntakeField, files: Sequence[Attachment]) -> bool:
        item = self._item()
        if asked.kind == "files":
            return bool(files)
        if asked.kind in ("item", "product") and item is not None:
            return True
        if asked.kind == "release" and item is not None and item.release_id is not None:
            return True
        return bool(self._answer(asked))

    def _item(self) -> InstalledItem | None:
        chosen = self.cleaned_data.get("item")
        if chosen:
            return next((item for item in self.known.items if str(item.pk) == chosen), None)
        row = next((row for row in self.policy.intake.fields if row.kind == "item"), None)
        return self.known.item_numbered(self.cleaned_data.get(self._name(row), "")) if row else None

    # -- its fields ------------------------------------------------------------------------------------------------

    @staticmethod
    def _name(asked: IntakeField) -> str:
        return {SUBJECT: SUBJECT, DESCRIPTION: "body"}.get(asked.key, f"answer_{asked.key}")

    def _add_who_and_what(self) -> None:
        vendor, person = self.policy.vendor, self.known.person
        preferred = person.language if person.language in vendor.languages else vendor.fallback_language
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of our answers"),
            choices=[(code, LANGUAGE_NAMES.get(code, code)) for code in vendor.languages],
            initial=preferred,
            help_text=self.say(vendor.language_note),
        )
        topics = [(row.key, self.say(row.name)) for row in self.policy.topics]
        self.fields["topic"] = forms.ChoiceField(
            label=_("Topic"), choices=[("", _("Please choose")), *topics], required=False
        )
        self.fields["authorised_user"] = forms.ChoiceField(
            label=_("Who uses it?"),
            choices=[(str(row.pk), row.name) for row in self.known.colleagues],
            initial=str(person.pk),
            help_text=_("Whose licence or workplace it is. Support hours can depend on where this person is."),
        )

    def _offer_items(self, asked: IntakeField) -> None:
        items = [(str(item.pk), _item_words(item)) for item in self.known.items]
        number = self.fields[self._name(asked)]
        self.fields["item"] = forms.ChoiceField(
            label=number.label,
            choices=[("", _("None of these")), *items],
            required=False,
            initial=items[0][0] if len(items) == 1 else "",
            help_text=number.help_text,
        )
        self.fields["item"].wanted = asked.required  # type: ignore[attr-defined]
        number.label, number.help_text = _("Another number, if it is not in the list"), ""
        number.wanted = False  # type: ignore[attr-defined]

    def _add_urgency(self) -> None:
        if self.policy.priorities and self.policy.triage:
            names = [(row.key, f"{row.key} {self.say(row.name)}") for row in self.policy.priorities]
            self.fields["claimed_priority"] = forms.ChoiceField(
                label=self.say(self.policy.triage.question),
                choices=[*names, ("", _("I am not sure"))],
                widget=forms.RadioSelect,
                required=False,
                initial="",
            )
        if self.policy.urgency:
            self.fields["urgent"] = forms.BooleanField(
                label=self.say(self.policy.urgency.question),
                help_text=self.say(self.policy.urgency.help),
                required=False,
            )
            self.fields["urgent_reason"] = forms.CharField(
                label=self.say(self.policy.urgency.reason), required=False, max_length=400
            )


def files_field(label: str, help_text: str = "") -> forms.Field:
    """The place for files. What is chosen there is kept as drafts by the view (interfaces.portal.drafts)."""
    return forms.Field(label=label, help_text=help_text, required=False, widget=FilesInput(attrs={"multiple": True}))


def _item_words(item: InstalledItem) -> str:
    release = f" {item.release.name}" if item.release else ""
    site = f" · {item.site.name}" if item.site else ""
    return f"{item.number} · {item.product.name}{release}{site}"


def _for_instance(examples: Sequence[str]) -> str:
    return _("For instance: %(examples)s") % {"examples": " ".join(examples)} if examples else ""
