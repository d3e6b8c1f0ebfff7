"""Logs that their reader can't use to act as somebody else, and in which nobody's words stand."""

import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType

from django.db import Error

# Keys of resets, confirmations and invitations stand in paths below /accounts/, whose own words are all shorter.
_KEY = re.compile(r"(/accounts/(?:[\w.-]{1,15}/)*)[^/\s\"']{16,}")
_TOKEN = re.compile(r"\bsd_[\w-]{8,}")
_HEADER = re.compile(r"(?i)\b(authorization|cookie|x-csrftoken)(['\"]?\s*[:=]\s*)[^\r\n]+")
_ADDRESS = re.compile(r"\b(\w+://[^\s:/@]*):[^\s@/]+@")  # the password in the address of a server
_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")  # with which a line could seem to be two
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def without_secrets(text: str) -> str:
    """The text with keys, tokens, cookies and passwords in addresses as `…`."""
    text = _KEY.sub(r"\1…", text)
    text = _TOKEN.sub("sd_…", text)
    text = _HEADER.sub(r"\1\2…", text)
    return _ADDRESS.sub(r"\1:…@", text)


def in_one_line(text: str) -> str:
    """The text with line breaks and other control characters written out."""
    return _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class Discreet(logging.Formatter):
    """Says when, in UTC, in a line that no text can break. Leaves out secrets, and of what the database says of an error
    everything but the first line: below it stands the row.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record without secrets."""
        return without_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        """The line, whatever the words in it are."""
        record.message = in_one_line(record.message)
        return super().formatMessage(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  logging's own name
        """The instant in UTC, to the millisecond."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  logging's own name
        """The traceback, causes first, as Python tells it but for the words of database errors."""
        return "" if ei[1] is None else "\n".join(_told(ei[1], set()))


def _told(error: BaseException, seen: set[int]) -> list[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*_told(before, seen), "", "after which:", ""] if before is not None and id(before) not in seen else []
    lines += ["Traceback (most recent call last):", "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")]
    return [*lines, f"{type(error).__module__}.{type(error).__qualname__}: {_words(error)}"]


def _words(error: BaseException) -> str:
    return in_one_line(str(error).partition("\n")[0] if _is_databases(error) else str(error))


def _is_databases(error: BaseException) -> bool:
    return isinstance(error, Error) or type(error).__module__.startswith("psycopg")
