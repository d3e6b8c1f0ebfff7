"""The vendor's form, built from its policy file: questions, declarations, self-help, files (O4, O6–O8, M3, M8, M16, I8).

Every field has its place at a step of the guided way; a form of one step holds just those, a form without step all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from interfaces.portal.questions import DESCRIPTION, SUBJECT, answer_text, files_field, question
from interfaces.portal.steps import PRODUCT, SELF_HELP, URGENCY, WHAT, step_of
from tickets import intake
from tickets.models import Attachment
from tickets.queries.intake import Known
from tickets.services import Request
from vendors.catalog.schema import PolicyFile, Text
from vendors.catalog.schema.intake import Declaration, IntakeField, SelfHelpStep
from vendors.models import InstalledItem

LANGUAGE_NAMES: Mapping[str, Any] = dict(settings.LANGUAGES)
Values = Mapping[str, Sequence[str]]  # what was typed, by field name, as a draft keeps it


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands in the form: its kind, its field, the one that says "nothing to tell", the choice of items before
    it.
    """

    kind: str
    field: forms.BoundField
    none: forms.BoundField | None = None
    item: forms.BoundField | None = None


class IntakeForm(forms.Form):
    """A new request at one vendor. `files` are handled beside it as drafts, so that a refused form loses none.

    `typed` is what a draft holds: shown in the fields, or, with `judged`, checked as if it had just been sent.
    """

    def __init__(
        self,
        policy: PolicyFile,
        known: Known,
        language: str,
        data: Any = None,
        *,
        step: str = "",
        typed: Values | None = None,
        judged: bool = False,
    ) -> None:
        typed = typed or {}
        super().__init__(MultiValueDict({k: list(v) for k, v in typed.items() if v}) if judged else data)
        self.policy, self.known, self.language, self.step = policy, known, language, step
        self.places: dict[str, str] = {}
        self._add_what_it_is_about()
        self._add_self_help()
        self._add_what_happens()
        self._add_urgency()
        if step:
            self.fields = {name: field for name, field in self.fields.items() if self.places[name] == step}
        self.initial = {name: _shown(field, typed[name]) for name, field in self.fields.items() if name in typed}

    def say(self, text: Text | None) -> str:
        """A text of the vendor's file in the reader's language."""
        return self.policy.say(text, self.language) if text else ""

    @property
    def typed(self) -> dict[str, list[str]]:
        """What was sent, valid or not, as a draft keeps it: every field of this form, also those that were left empty."""
        sent = self.data if isinstance(self.data, MultiValueDict) else MultiValueDict()
        names = (name for name in self.fields if name != "files")
        # The database holds no zero characters; nobody types any.
        return {name: [str(text).replace("\0", "") for text in sent.getlist(name)] for name in names}

    # -- what the page shows ---------------------------------------------------------------------------------------

    def questions(self, place: str) -> Iterator[Asked]:
        """The vendor's questions of a step in their order, without subject and description, which stand first."""
        for asked in self.policy.intake.fields:
            if asked.kind == "files" or asked.key in (SUBJECT, DESCRIPTION) or step_of(asked) != place:
                continue
            none = self[f"none_{asked.key}"] if asked.none_is_an_answer else None
            item = self["item"] if asked.kind == "item" and "item" in self.fields else None
            yield Asked(asked.kind, self[self.name_of(asked)], none, item)

    @property
    def about(self) -> Iterator[Asked]:
        """What the request is about: item, product, release."""
        return self.questions(PRODUCT)

    @property
    def any_step_answered(self) -> bool:
        """Whether any step of that list has been answered, so that the page shows it open again."""
        return any(bound.value() for _key, bound in self.steps)

    @property
    def number_field(self) -> forms.BoundField | None:
        """The field for a serial or licence number."""
        row = next((row for row in self.policy.intake.fields if row.kind == "item"), None)
        return self[self.name_of(row)] if row else None

    @property
    def number_typed(self) -> str:
        """The number that stands in it."""
        return str(self.number_field.value() or "").strip() if self.number_field else ""

    @property
    def recognised(self) -> InstalledItem | None:
        """The item that is chosen or whose number is typed, as the fields stand, checked or not."""
        chosen = str(self["item"].value() or "") if "item" in self.fields else ""
        found = next((item for item in self.known.items if str(item.pk) == chosen), None)
        return found or self.known.item_numbered(self.number_typed)

    @property
    def details(self) -> Iterator[Asked]:
        """What else the vendor asks (O8)."""
        return self.questions(WHAT)

    @property
    def declarations(self) -> list[tuple[forms.BoundField, bool]]:
        """The declarations' fields, each with whether it is only for who repairs it himself (O11)."""
        return [(self[f"declared_{row.key}"], row.when == "own_repair") for row in self.declared]

    @property
    def steps(self) -> list[tuple[str, forms.BoundField]]:
        """The self-help list (O7): the key of each step and its field."""
        return [(step.key, self[f"step_{step.key}"]) for step in self._listed]

    @property
    def noted_topics(self) -> list[tuple[str, str]]:
        """Topics of which the vendor says something beforehand: name and words (M17, I8, O13)."""
        return [(self.say(row.name), self.say(row.says)) for row in self.policy.topics if row.says]

    @property
    def declared(self) -> list[Declaration]:
        """What this form lets the customer declare; what belongs to a remote session is asked when one is arranged (O9)."""
        return [row for row in self.policy.intake.declarations if row.when != "remote_session"]

    # -- what was answered -----------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Urgent needs its reason only where the vendor's file says so (O6)."""
        data = super().clean() or {}
        urgency = self.policy.urgency
        if urgency and urgency.reason_required and data.get("urgent") and not data.get("urgent_reason"):
            self.add_error("urgent_reason", _("Please say what makes it urgent."))
        return data

    def missing(self, files: Sequence[Attachment]) -> list[IntakeField]:
        """The required questions that are not answered (O8, M8)."""
        return [row for row in self.policy.intake.fields if row.required and not self._given(row, files)]

    def request(self, files: Sequence[Attachment]) -> Request:
        """The request that was typed so far, with its files: what was answered validly; only a valid form's can be filed."""
        data, item = self.cleaned_data, self.item
        release = next((row for row in self.policy.intake.fields if row.kind == "release"), None)
        named = data.get(self.name_of(release), "") if release else ""
        chosen = data.get("authorised_user")
        return Request(
            requester=self.known.person,
            subject=data.get(SUBJECT, ""),
            body=data.get("body", ""),
            language=data.get("language", ""),
            item=item,
            release=self.known.release_named(named, item),
            authorised_user=next((person for person in self.known.colleagues if str(person.pk) == chosen), None),
            topic=data.get("topic", ""),
            claimed_priority=data.get("claimed_priority", ""),
            urgent=data.get("urgent", False),
            urgent_reason=data.get("urgent_reason", ""),
            intake=self._intake(),
            files=[file.key for file in files],
        )

    @property
    def item(self) -> InstalledItem | None:
        """The item that was chosen, or whose number was typed."""
        chosen = self.cleaned_data.get("item")
        if chosen:
            return next((item for item in self.known.items if str(item.pk) == chosen), None)
        row = next((row for row in self.policy.intake.fields if row.kind == "item"), None)
        return self.known.item_numbered(self.cleaned_data.get(self.name_of(row), "")) if row else None

    def answer(self, asked: IntakeField) -> str:
        """The answer to a question, as the ticket keeps it."""
        answer = answer_text(self.cleaned_data.get(self.name_of(asked)))
        if not answer and self.cleaned_data.get(f"none_{asked.key}"):
            return _("Nothing")
        return answer

    @staticmethod
    def name_of(asked: IntakeField) -> str:
        """The name of a question's field."""
        return {SUBJECT: SUBJECT, DESCRIPTION: "body"}.get(asked.key, f"answer_{asked.key}")

    def _intake(self) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for row in self.policy.intake.fields:
            if row.kind != "files" and row.key not in (SUBJECT, DESCRIPTION):
                answers[row.key] = self.answer(row)
        data = self.cleaned_data
        answers[intake.DECLARATIONS] = [row.key for row in self.declared if data.get(f"declared_{row.key}")]
        tried = {step.key: data.get(f"step_{step.key}") for step in self._listed}
        answers[intake.SELF_HELP] = {key: answer for key, answer in tried.items() if answer}
        return {key: answer for key, answer in answers.items() if answer}

    def _given(self, asked: IntakeField, files: Sequence[Attachment]) -> bool:
        item = self.item
        if asked.kind == "files":
            return bool(files)
        if asked.kind in ("item", "product") and item is not None:
            return True
        if asked.kind == "release" and item is not None and item.release_id is not None:
            return True
        return bool(self.answer(asked))

    # -- its fields ------------------------------------------------------------------------------------------------

    @property
    def _listed(self) -> Sequence[SelfHelpStep]:
        return self.policy.self_help.steps if self.policy.self_help else ()

    def _add(self, place: str, name: str, field: forms.Field) -> None:
        self.fields[name], self.places[name] = field, place

    def _add_what_it_is_about(self) -> None:
        for asked in self.policy.intake.fields:
            if step_of(asked) == PRODUCT:
                self._ask(asked)
        topics = [(row.key, self.say(row.name)) for row in self.policy.topics]
        choices = [("", _("Please choose")), *topics]
        self._add(PRODUCT, "topic", forms.ChoiceField(label=_("Topic"), choices=choices, required=False))
        user = forms.ChoiceField(
            label=_("Who uses it?"),
            choices=[(str(row.pk), row.name) for row in self.known.colleagues],
            initial=str(self.known.person.pk),
            help_text=_("Whose licence or workplace it is. Support hours can depend on where this person is."),
        )
        self._add(PRODUCT, "authorised_user", user)
        vendor = self.policy.vendor
        language = forms.ChoiceField(
            label=_("Language of our answers"),
            choices=[(code, LANGUAGE_NAMES.get(code, code)) for code in vendor.languages],
            initial=self.policy.spoken(self.known.person.language),
            help_text=self.say(vendor.language_note),
        )
        self._add(PRODUCT, "language", language)

    def _add_self_help(self) -> None:
        for step in self._listed:
            field = forms.ChoiceField(
                label=self.say(step.question),
                help_text=self.say(step.help),
                choices=[(answer.key, self.say(answer.label)) for answer in step.answers],
                widget=forms.RadioSelect,
                required=False,
            )
            self._add(SELF_HELP, f"step_{step.key}", field)

    def _add_what_happens(self) -> None:
        for asked in self.policy.intake.fields:
            if step_of(asked) == WHAT and asked.kind != "files":
                self._ask(asked)
        asks_files = next((asked for asked in self.policy.intake.fields if asked.kind == "files"), None)
        files = files_field(
            self.say(asks_files.label) if asks_files else _("Files"),
            self.say(asks_files.help) if asks_files else "",
        )
        files.wanted = bool(asks_files and asks_files.required)  # type: ignore[attr-defined]
        self._add(WHAT, "files", files)

    def _add_urgency(self) -> None:
        if self.policy.priorities and self.policy.triage:
            names = [(row.key, f"{row.key} {self.say(row.name)}") for row in self.policy.priorities]
            priority = forms.ChoiceField(
                label=self.say(self.policy.triage.question),
                choices=[*names, ("", _("I am not sure"))],
                widget=forms.RadioSelect,
                required=False,
                initial="",
            )
            self._add(URGENCY, "claimed_priority", priority)
        if self.policy.urgency:
            says = self.policy.urgency
            urgent = forms.BooleanField(label=self.say(says.question), help_text=self.say(says.help), required=False)
            reason = forms.CharField(label=self.say(says.reason), required=False, max_length=400)
            self._add(URGENCY, "urgent", urgent)
            self._add(URGENCY, "urgent_reason", reason)
        for row in self.declared:
            confirmed = forms.BooleanField(label=self.say(row.text), help_text=self.say(row.help), required=False)
            self._add(URGENCY, f"declared_{row.key}", confirmed)

    def _ask(self, asked: IntakeField) -> None:
        place, field = step_of(asked), question(asked, self.policy, self.language, self.known)
        if asked.kind == "item" and self.known.items:
            self._add(place, "item", self._choice_of_items(asked, field))
            field.label, field.help_text = _("Another number, if it is not in the list"), ""
            field.wanted = False  # type: ignore[attr-defined]
        self._add(place, self.name_of(asked), field)
        if asked.none_is_an_answer:
            self._add(place, f"none_{asked.key}", forms.BooleanField(label=_("Nothing to tell"), required=False))

    def _choice_of_items(self, asked: IntakeField, number: forms.Field) -> forms.Field:
        items = [(str(item.pk), item_words(item)) for item in self.known.items]
        choice = forms.ChoiceField(
            label=number.label,
            choices=[("", _("None of these")), *items],
            required=False,
            initial=items[0][0] if len(items) == 1 else "",
            help_text=number.help_text,
        )
        choice.wanted = asked.required  # type: ignore[attr-defined]
        return choice


def item_words(item: InstalledItem) -> str:
    """An item in a line: number, product, release, site."""
    release = f" {item.release.name}" if item.release else ""
    site = f" · {item.site.name}" if item.site else ""
    return f"{item.number} · {item.product.name}{release}{site}"


def _shown(field: forms.Field, texts: Sequence[str]) -> Any:
    """What was typed, as the field shows it."""
    if isinstance(field, forms.MultipleChoiceField):
        return list(texts)
    return texts[-1] if texts else ""
