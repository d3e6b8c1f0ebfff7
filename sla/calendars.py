"""Stored calendars: each version keeps its hours and dates itself; years beyond the last extend it and change none."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from kernel import clock
from kernel.tenancy import scope
from sla import compile as compiling
from sla.engine.calendar import CalendarSpec
from sla.models import CalendarVersion, PolicyVersion
from vendors.catalog.schema import PolicyFile, from_document

_YEARS_BACK, _YEARS_AHEAD = 3, 8
# With fewer years than this ahead a version is extended.
_YEARS_LEFT = 4


def store(vendor_id: int, file: PolicyFile, policy_number: int, begins: datetime | None) -> None:
    """Store a version of each calendar of the file that differs from the last one, holding from `begins` (None: always);
    inside a scope of the vendor.
    """
    year = clock.now().year
    for document in compiling.calendar_documents(file, year - _YEARS_BACK, year + _YEARS_AHEAD):
        digest = _digest(file.calendar(document["key"]).model_dump(mode="json"))
        last = CalendarVersion.objects.filter(key=document["key"]).order_by("-number").first()
        if last is None or last.digest != digest:
            CalendarVersion.objects.create(
                vendor_id=vendor_id,
                key=document["key"],
                number=last.number + 1 if last else 1,
                valid_from=begins if last else None,
                policy_number=policy_number,
                last_day=document["last_day"],
                document=document,
                digest=digest,
            )


def extend(vendor_id: int) -> int:
    """Add the coming years to the versions whose stored dates run out soon, by the policy version that they were made from;
    answers to how many. Dates that are stored stay as they are. Inside a scope of the vendor.
    """
    year = clock.now().year
    latest: dict[tuple[str, int], CalendarVersion] = {}
    for version in CalendarVersion.objects.order_by("part"):
        latest[version.key, version.number] = version
    short = [version for version in latest.values() if version.last_day.year < year + _YEARS_LEFT]
    for version in short:
        file = from_document(PolicyVersion.objects.get(number=version.policy_number).document)
        coming = compiling.calendar_documents(file, version.last_day.year + 1, year + _YEARS_AHEAD)
        document = next(found for found in coming if found["key"] == version.key)
        CalendarVersion.objects.create(
            vendor_id=vendor_id,
            key=version.key,
            number=version.number,
            part=version.part + 1,
            valid_from=version.valid_from,
            policy_number=version.policy_number,
            last_day=document["last_day"],
            document=document,
            digest=version.digest,
        )
    if short:
        scope.memory().clear()
    return len(short)


def specs(rows: Iterable[CalendarVersion]) -> list[CalendarSpec]:
    """Stored rows as the engine's calendars, the parts of a version put together."""
    parts: dict[tuple[str, int], list[CalendarVersion]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.key, row.number, row.part)):
        parts[row.key, row.number].append(row)
    return [_spec(rows) for rows in parts.values()]


def names(rows: Iterable[CalendarVersion]) -> Iterator[Mapping[str, str]]:
    """The names, each by language, of the calendars and of the days that they treat apart."""
    for row in rows:
        yield row.document["name"]
        for key in ("holidays", "closures", "openings"):
            yield from (day["name"] for day in row.document[key])


def _spec(parts: list[CalendarVersion]) -> CalendarSpec:
    first = parts[0]
    begins = None if first.valid_from is None else int(first.valid_from.timestamp())
    document: dict[str, Any] = first.document | {"version": first.number, "valid_from": begins}
    for part in parts[1:]:
        days = {key: document[key] + part.document[key] for key in ("holidays", "closures")}
        document |= days | {"last_day": part.document["last_day"]}
    return compiling.calendar_from_document(document)


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
