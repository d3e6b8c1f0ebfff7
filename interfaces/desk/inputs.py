"""Inputs of the desk's forms, and the languages they speak of."""

from typing import Any

from django import forms
from django.utils.translation import get_language, get_language_info

from vendors.catalog.schema import PolicyFile


class DateInput(forms.DateInput):
    """A date picker of the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """Date and time, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class KeysInput(forms.HiddenInput):
    """Keys that are sent once or several times under one name, as one text."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """All of them, with spaces between."""
        return " ".join(data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""])


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Uploads, as a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The uploads that are there."""
        clean = super().clean
        return [clean(upload, initial) for upload in data or ()]


def language_of(file: PolicyFile) -> str:
    """The reader's language if the vendor corresponds in it, else the vendor's fallback."""
    return file.spoken((get_language() or "en")[:2])


def language_name(code: str) -> str:
    """A language by its own name."""
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code
