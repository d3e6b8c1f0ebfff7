"""Bodies: JSON in UTF-8, of bounded size and depth."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LARGEST = 1024 * 1024  # bytes; files don't come this way


class TooLarge(APIException):
    """413."""

    status_code = 413
    default_detail = gettext_lazy("The body is larger than 1 MB.")
    default_code = "too_large"


class StrictJSON(BaseParser):
    """A JSON body as plain data. Raises ParseError for what is not JSON, TooLarge for more than LARGEST bytes."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The data of the body; of two members with one name neither is silently dropped: that is an error."""
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise TooLarge
        try:
            return json.loads(raw.decode(), parse_constant=_refuse, object_pairs_hook=_members)
        except (ValueError, RecursionError):
            raise ParseError(_("The body is not the JSON that is expected here.")) from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is there twice")
    "".join(members).encode()  # half a surrogate pair is no text: UnicodeEncodeError is a ValueError
    return members
