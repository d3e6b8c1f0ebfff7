"""A vendor's policy and calendars, version by version, and the engine's rules made of them."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla import calendars
from sla import compile as compiling
from sla.engine.policy import Rules
from sla.models import CalendarVersion, PolicyVersion
from vendors.catalog.schema import PolicyFile, from_document
from vendors.models import Vendor


class NoticeTooShort(ValueError):
    """A changed policy was to hold before the vendor's notice days have passed (M18)."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What `install` did: the vendor's key, whether it is new, and the number of a new policy version, if there is one."""

    vendor_id: int
    created: bool
    version: int | None


def install(
    file: PolicyFile, *, slug: str | None = None, prefix: str | None = None, valid_from: datetime | None = None
) -> Installed:
    """Create or update the vendor of a policy file; two houses can run one file under two slugs.

    The first version holds from the beginning of time. A changed file becomes a new version from `valid_from` (aware;
    default: now plus the notice days of the version in force); earlier raises NoticeTooShort (M18). The same file again
    changes nothing.
    """
    slug, prefix = slug or file.vendor.slug, prefix or file.vendor.prefix
    document = file.document()
    digest = _digest(document)
    vendor_id = _vendor_of(slug)
    created = vendor_id is None
    if vendor_id is None:
        vendor_id = _create(file, slug, prefix)
    with enter(Scope.of(vendor_id)):
        versions = list(PolicyVersion.objects.order_by("number"))
        if versions and versions[-1].digest == digest:
            calendars.extend(vendor_id)
            return Installed(vendor_id, created, None)
        now = clock.now()
        begins = _begin(versions, now, valid_from)
        number = versions[-1].number + 1 if versions else 1
        PolicyVersion.objects.create(
            vendor_id=vendor_id, number=number, valid_from=begins, announced_at=now, document=document, digest=digest
        )
        calendars.store(vendor_id, file, number, begins)
        scope.memory().clear()
        Vendor.objects.filter(pk=vendor_id).update(
            name=file.vendor.name, country=file.vendor.country, time_zone=file.vendor.time_zone
        )
        return Installed(vendor_id, created, number)


def current(vendor_id: int, at: datetime | None = None) -> PolicyFile:
    """The policy file that holds at `at` (aware; default now), inside a scope of the vendor. LookupError without one."""
    at = at or clock.now()
    policies, _ = _versions([vendor_id])
    holding = [pk for pk, _number, begins in policies[vendor_id] if begins is None or begins <= at]
    if not holding:
        raise LookupError(f"vendor {vendor_id} has no policy")
    return _file(holding[-1])


@dataclass(frozen=True, slots=True)
class Book:
    """What holds for a vendor: the policy file in force, and the engine's rules of all versions."""

    file: PolicyFile
    rules: Rules


def rules(vendor_id: int) -> Rules:
    """All versions of a vendor's policy and calendars as the engine's rules, inside a scope of the vendor; made once a
    process for each set of versions.
    """
    policies, stored = _versions([vendor_id])
    return _made(vendor_id, policies[vendor_id], stored[vendor_id])


def calendar_names(vendor_id: int, language: str) -> Mapping[str, str]:
    """What the rules name in English, calendars and their days, in `language` as far as it is known there."""
    if vendor_id not in _names:
        rules(vendor_id)
    return {names["en"]: names[language] for names in _names[vendor_id] if "en" in names and language in names}


def books(vendor_ids: Iterable[int], at: datetime) -> dict[int, Book]:
    """What holds at `at` (aware) for each of the vendors that has a policy, in one query whatever their number."""
    policies, stored = _versions(vendor_ids)
    held = {}
    for vendor_id, versions in policies.items():
        holding = [pk for pk, _number, begins in versions if begins is None or begins <= at]
        if holding:
            held[vendor_id] = Book(_file(holding[-1]), _made(vendor_id, versions, stored[vendor_id]))
    return held


_Policies = dict[int, list[tuple[int, int, datetime | None]]]
_Calendars = dict[int, list[int]]


_VERSIONS = (
    "SELECT true, vendor_id, id, number, valid_from FROM sla_policyversion WHERE vendor_id = ANY(%s)"
    " UNION ALL SELECT false, vendor_id, id, NULL, NULL FROM sla_calendarversion WHERE vendor_id = ANY(%s)"
    " ORDER BY 1, 4, 3"
)


def _versions(vendor_ids: Iterable[int]) -> tuple[_Policies, _Calendars]:
    """The keys of the versions, asked for once a transaction, in one query; documents are parsed once a process."""
    wanted, kept = set(vendor_ids), scope.memory()
    if missing := [vendor_id for vendor_id in wanted if ("versions", vendor_id) not in kept]:
        kept |= _asked(missing)
    found = {vendor_id: kept[key] for vendor_id in wanted if (key := ("versions", vendor_id)) in kept}
    policies: _Policies = defaultdict(list, {vendor_id: held for vendor_id, (held, _) in found.items() if held})
    return policies, defaultdict(list, {vendor_id: held for vendor_id, (_, held) in found.items()})


def _asked(vendor_ids: list[int]) -> dict[tuple[str, int], tuple[list[tuple[int, int, datetime | None]], list[int]]]:
    found: dict[tuple[str, int], tuple[list[tuple[int, int, datetime | None]], list[int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [vendor_ids, vendor_ids])
        for is_policy, vendor_id, pk, number, begins in cursor:
            policies, stored = found.setdefault(("versions", vendor_id), ([], []))
            if is_policy:
                policies.append((pk, number, begins))
            else:
                stored.append(pk)
    return found


def _made(vendor_id: int, policies: list[tuple[int, int, datetime | None]], stored: list[int]) -> Rules:
    key = (tuple(policies), tuple(stored))
    held = _rules.get(vendor_id)
    if held is None or held[0] != key:
        rows = CalendarVersion.objects.filter(pk__in=stored)
        made = compiling.rules_from_versions(
            [(number, _epoch(begins), _file(pk)) for pk, number, begins in policies],
            calendars.specs(rows),
        )
        held = _rules[vendor_id] = (key, made)
        _names[vendor_id] = list(calendars.names(rows))
    return held[1]


_rules: dict[int, tuple[Any, Rules]] = {}
_names: dict[int, list[Mapping[str, str]]] = {}
_files: dict[int, PolicyFile] = {}


def _file(pk: int) -> PolicyFile:
    held = _files.get(pk)
    if held is None:
        held = _files[pk] = from_document(PolicyVersion.objects.get(pk=pk).document)
    return held


def _begin(versions: list[PolicyVersion], now: datetime, valid_from: datetime | None) -> datetime | None:
    if not versions:
        return None
    notice = timedelta(days=from_document(versions[-1].document).changes.notice_days)
    begins = valid_from or now + notice
    if begins < now + notice:
        raise NoticeTooShort(
            f"This vendor gives {notice.days} days' notice: the new policy can hold from {now + notice:%Y-%m-%d %H:%M %Z}."
        )
    return begins


def _vendor_of(slug: str) -> int | None:
    for key in Tenant.objects.values_list("pk", flat=True):
        with enter(Scope.of(key)):
            if Vendor.objects.filter(slug=slug).exists():
                return key
    return None


def _create(file: PolicyFile, slug: str, prefix: str) -> int:
    tenant = Tenant.objects.create()
    with enter(Scope.of(tenant.pk)):
        Vendor.objects.create(
            vendor=tenant,
            slug=slug,
            prefix=prefix,
            name=file.vendor.name,
            country=file.vendor.country,
            time_zone=file.vendor.time_zone,
        )
    return tenant.pk


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def _epoch(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())
