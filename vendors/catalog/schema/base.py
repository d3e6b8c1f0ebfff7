"""Small immutable types that the whole policy file is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    RootModel,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
PriorityKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}[1-9][0-9]*$")]
Rules = tuple[RuleId, ...]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Subdivision = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Role = Literal["assignee", "supervisor", "management", "executive_sponsor"]
House = Literal["vendor", "distributor", "support_partner", "channel_partner", "sales"]


class Model(BaseModel):
    """Frozen, closed to unknown keys, and strict: no text is taken for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Text(RootModel[Mapping[Language, Line]]):
    """A text for people: language code to words. The file's fallback language is always there."""

    model_config = ConfigDict(frozen=True, strict=True)

    def __getitem__(self, language: str) -> str:
        return self.root[language]

    def languages(self) -> Iterator[str]:
        return iter(self.root)

    def say(self, language: str, fallback: str) -> str:
        """The words in ``language``, else in ``fallback``."""
        return self.root.get(language) or self.root[fallback]


_UNITS = {
    "s": ("s", 1),
    "min": ("min", 60),
    "h": ("h", 3600),
    "work day": ("work day", 0),
    "work days": ("work day", 0),
    "week": ("week", 0),
    "weeks": ("week", 0),
}
_PERIOD = re.compile(r"^([1-9][0-9]*) (s|min|h|work days?|weeks?)$")
WORK_DAYS_A_WEEK = 5


@dataclass(frozen=True)
class Period:
    """A length of open time as written: ``2 h``, ``30 min``, ``90 s``, ``2 work days``, ``2 weeks``."""

    amount: int
    unit: Literal["s", "min", "h", "work day", "week"]

    @classmethod
    def parse(cls, text: str) -> Period:
        found = _PERIOD.match(text)
        if not found:
            raise ValueError('write an amount and a unit, such as "2 h", "30 min", "2 work days" or "1 week"')
        unit: Any = _UNITS[found[2]][0]
        return cls(int(found[1]), unit)

    def __str__(self) -> str:
        plural = "s" if self.unit in ("work day", "week") and self.amount != 1 else ""
        return f"{self.amount} {self.unit}{plural}"

    @property
    def needs_standard_day(self) -> bool:
        return self.unit in ("work day", "week")

    def seconds(self, standard_day: int) -> int:
        """Open seconds; ``standard_day`` is the calendar's work day in seconds, a week is five of them."""
        if self.unit == "week":
            return self.amount * WORK_DAYS_A_WEEK * standard_day
        if self.unit == "work day":
            return self.amount * standard_day
        return self.amount * _UNITS[self.unit][1]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _written_as_text(cls.parse)


_SIZE = re.compile(r"^([1-9][0-9]*) (KB|MB|GB)$")
_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True)
class Size:
    """An amount of data as written, decimal units: ``25 MB``, ``2 GB``."""

    amount: int
    unit: Literal["KB", "MB", "GB"]

    @classmethod
    def parse(cls, text: str) -> Size:
        found = _SIZE.match(text)
        if not found:
            raise ValueError('write an amount and KB, MB or GB, such as "25 MB"')
        unit: Any = found[2]
        return cls(int(found[1]), unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    @property
    def bytes(self) -> int:
        return self.amount * _BYTES[self.unit]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _written_as_text(cls.parse)


_SHIFT = re.compile(r"^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])$")


@dataclass(frozen=True)
class Shift:
    """Minutes after local midnight, half-open. ``closes`` over 1440 runs into the next day."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> Shift:
        """``09:00-17:00``; ``22:00-06:00`` ends the next morning, ``18:00-24:00`` at midnight."""
        found = _SHIFT.match(text)
        if not found or (found[3] == "24" and found[4] != "00"):
            raise ValueError('write opening and closing time, such as "09:00-17:00" or "18:00-24:00"')
        opens = int(found[1]) * 60 + int(found[2])
        closes = int(found[3]) * 60 + int(found[4])
        if closes == opens:
            raise ValueError('a shift that opens and closes at once holds no time; a whole day is "00:00-24:00"')
        return cls(opens, closes if closes > opens else closes + 1440)

    def __str__(self) -> str:
        closes = self.closes if self.closes <= 1440 else self.closes - 1440
        return f"{self.opens // 60:02}:{self.opens % 60:02}-{closes // 60:02}:{closes % 60:02}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _written_as_text(cls.parse)


def _written_as_text(parse: Any) -> CoreSchema:
    return core_schema.no_info_after_validator_function(
        parse,
        core_schema.str_schema(),
        serialization=core_schema.plain_serializer_function_ser_schema(str),
    )


def _every_year(text: str) -> str:
    month, day = int(text[:2]), int(text[3:])
    days = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= month <= 12 or not 1 <= day <= days[month - 1]:
        raise ValueError("there is no such day; write month and day, such as 12-24")
    return text


YearlyDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_every_year)]
"""A day of each year as ``MM-DD``."""

NOTHING: Mapping[str, Any] = MappingProxyType({})
