"""The demo's words: requests and answers by field and language (TOML, our own), read once a process."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

Words = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Case:
    """What a request is about, told by customer and staff. `priority` is a hint (P1 … P4, or urgent), empty where none fits."""

    key: str
    topic: str
    priority: str
    subject: Words
    body: Words
    question: Words
    answer: Words
    fix: Words

    def languages(self) -> frozenset[str]:
        """The languages in which it can be told."""
        return frozenset(self.subject)


@dataclass(frozen=True, slots=True)
class Script:
    """The cases of one field, and the words that vary in them."""

    cases: tuple[Case, ...]
    vary: Mapping[str, Sequence[str]]

    def told_in(self, language: str) -> list[Case]:
        """The cases that can be told in a language."""
        return [case for case in self.cases if language in case.languages()]

    def variation(self, random: Random) -> dict[str, str]:
        """One choice of the words that vary."""
        return {name: random.choice(words) for name, words in self.vary.items()}


@cache
def script(slug: str) -> Script:
    """The script of a vendor's field."""
    data = _read(slug.replace("-", "_"))
    return Script(tuple(Case(**({"priority": ""} | case)) for case in data["cases"]), data["vary"])


def phrase(kind: str, language: str, random: Random, **values: str) -> str:
    """One of the phrases that fit anywhere. KeyError for a kind or language that is not there."""
    text: str = random.choice(_phrases()[kind][language])
    return text.format(**values)


@cache
def _phrases() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return _read("phrases")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
