"""Countries and subdivisions by their ISO 3166 codes. Dates of holidays are ``sla.compile``'s affair."""

from __future__ import annotations

from functools import cache

import holidays
from babel import Locale

_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@cache
def countries() -> frozenset[str]:
    """Codes of all countries and territories, two letters each."""
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NO_COUNTRY


@cache
def subdivisions(country: str) -> frozenset[str] | None:
    """Codes of a country's parts whose holidays are known; None if the country's own are not known."""
    known = holidays.list_supported_countries(include_aliases=False)
    return frozenset(known[country]) if country in known else None
