"""Keys of rows as they come from outside: in addresses, forms and what a page has kept."""

from collections.abc import Iterable

LARGEST = 2**63 - 1  # what a bigint holds; a filter by a larger key finds nothing, plain SQL fails
_LONGEST = 18  # digits, which a bigint holds


def key_in(text: str) -> int | None:
    """The key that a text names; None for anything but plain digits within the database's range."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None


def keys_in(texts: Iterable[str]) -> list[int]:
    """The keys among some texts, in their order."""
    return [key for text in texts if (key := key_in(text)) is not None]
