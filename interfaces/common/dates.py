"""Dates in words as Django's `dateformat` writes them, from names that are looked up once a language: a page holds hundreds."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache

from django.utils import dateformat
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import get_language

_Piece = Callable[[datetime], str]


def written(at: date, form: str) -> str:
    """A date, or an instant in its zone, in the active language; `form` as Django's date formats have it ("D j M Y, H:i")."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001  # a day, no instant
    pieces = _pieces(form, get_language())
    if pieces is None:
        return dateformat.format(moment, form)
    return "".join([piece if isinstance(piece, str) else piece(moment) for piece in pieces])


@lru_cache(maxsize=128)
def _pieces(form: str, language: str | None) -> tuple[str | _Piece, ...] | None:
    """The format taken apart for a language; None for one with letters that are not known here."""
    months = ["", *(str(MONTHS_3[n]).title() for n in range(1, 13))]
    days = [str(WEEKDAYS_ABBR[n]) for n in range(7)]
    known: dict[str, _Piece] = {
        "D": lambda at: days[at.weekday()],
        "j": lambda at: str(at.day),
        "M": lambda at: months[at.month],
        "Y": lambda at: str(at.year),
        "H": lambda at: f"{at.hour:02d}",
        "i": lambda at: f"{at.minute:02d}",
    }
    if any(letter.isalpha() and letter not in known for letter in form) or "\\" in form:
        return None
    return tuple(known.get(letter, letter) for letter in form)
