"""What a request is asked for: form, self-help, declarations, files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vendors.catalog.schema.base import Key, Line, Model, Rules, Size, Text


class Option(Model):
    key: Key
    label: Text


class IntakeField(Model):
    """A question of the form.

    ``required`` decides whether the request's information is complete without it (O8, M8); only
    ``needed_to_send`` keeps a request from being sent. ``pattern`` is a Python regular expression that
    the whole answer must match; ``example`` matches it and ``pattern_help`` says what is expected.
    ``none_is_an_answer`` lets the requester say that there is nothing to tell.
    """

    key: Key
    kind: Literal["line", "paragraph", "number", "date", "choice", "choices", "product", "item", "release", "files"]
    label: Text
    help: Text | None = None
    required: bool = False
    needed_to_send: bool = False
    none_is_an_answer: bool = False
    options: tuple[Option, ...] = ()
    pattern: Line | None = None
    pattern_help: Text | None = None
    example: Line | None = None
    max_length: Annotated[int, Field(ge=1, le=20000)] = 200
    ask: Text | None = None
    rules: Rules = ()


class Declaration(Model):
    """Something that the customer confirms (O4, O9, O11, M16, I8); missing, it is shown to the agent.

    ``when``: always asked, or only for ``own_repair`` or a ``remote_session``.
    """

    key: Key
    text: Text
    help: Text | None = None
    when: Literal["always", "own_repair", "remote_session"] = "always"
    missing: Text
    rules: Rules = ()


class SelfHelpStep(Model):
    """A step before asking (O7). ``question`` is what to try, ``answers`` what can come of it."""

    key: Key
    question: Text
    help: Text
    answers: tuple[Option, ...]
    rules: Rules = ()


class SelfHelp(Model):
    """The list that is gone through before a request; its answers stay on the ticket (O7)."""

    intro: Text
    solved: Text
    steps: tuple[SelfHelpStep, ...]
    rules: Rules = ()


class FileKind(Model):
    """Kinds of files that are expected; extensions in lower case with their dot."""

    key: Key
    name: Text
    extensions: tuple[Annotated[str, Field(pattern=r"^\.[a-z0-9_]+(\.[a-z0-9]+)?$")], ...]
    max_size: Size
    preview: bool = False
    rules: Rules = ()


class Files(Model):
    """What may be uploaded: known kinds, others with a word of caution, refused ones never (O8, O10)."""

    kinds: tuple[FileKind, ...]
    others: Literal["with_caution", "refused"]
    others_max_size: Size
    caution: Text
    refused: tuple[Annotated[str, Field(pattern=r"^\.[a-z0-9_]+(\.[a-z0-9]+)?$")], ...]
    refusal: Text
    max_files: Annotated[int, Field(ge=1)]
    max_total: Size
    mail_max_size: Size
    rules: Rules = ()

    def kind_of(self, name: str) -> FileKind | None:
        """The kind that a file's name belongs to by its ending, or None."""
        lower = name.lower()
        for kind in self.kinds:
            if lower.endswith(kind.extensions):
                return kind
        return None

    def is_refused(self, name: str) -> bool:
        return name.lower().rstrip(". ").endswith(self.refused)


class Intake(Model):
    """The form of a request and the sentence that asks for what is missing."""

    intro: Text
    fields: tuple[IntakeField, ...]
    declarations: tuple[Declaration, ...] = ()
    send_anyway: Text
    ask_for_missing: Text
    rules: Rules = ()

    @property
    def required_information(self) -> tuple[str, ...]:
        """Keys of the fields without which the information is not complete (O8, M8)."""
        return tuple(field.key for field in self.fields if field.required)

    def field(self, key: str) -> IntakeField:
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)
