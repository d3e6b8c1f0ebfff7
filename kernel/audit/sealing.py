"""Seal what has been written: afterwards, in batches, so that writing an entry never waits for another (ADR 0011)."""

import logging
from collections.abc import Sequence

from django.db import connection

from kernel import clock
from kernel.audit import proof
from kernel.audit.models import Seal, Unsealed
from kernel.tenancy.scope import Scope, enter

log = logging.getLogger(__name__)
BATCH = 1_000
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('audit.seal', %s))"
# Of transactions that have committed, and no others: what is still under way is taken by a later batch, whatever its keys.
# First the keys: the planner, which can't know how short this table is, would begin with all entries.
_KEYS = "SELECT id FROM audit_unsealed WHERE vendor_id = %s AND id > %s ORDER BY id LIMIT %s"
_ROWS = f"{proof.SELECT} WHERE e.id = ANY (%s) AND e.vendor_id = %s ORDER BY e.id"


def seal(vendor_id: int, limit: int = BATCH) -> int:
    """Seal up to `limit` settled entries of a vendor in one transaction; answers how many. None are left to a second worker while
    another one seals here.
    """
    with enter(Scope.of(vendor_id)):
        if not _alone(vendor_id):
            return 0
        rows = _settled(vendor_id, limit)
        if rows:
            made = _sealed(vendor_id, rows)
            Unsealed.objects.filter(vendor_id=vendor_id, pk__in=made.entries).delete()
            # Whoever keeps the log elsewhere has heads to hold the chain against (audit_verify --head).
            log.info("audit of vendor %s sealed: %s:%s", vendor_id, made.number, made.hash.hex())
        return len(rows)


def _alone(vendor_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [vendor_id])
        return bool(cursor.fetchone()[0])


def _settled(vendor_id: int, limit: int) -> list[proof.Row]:
    """The next entries to be sealed. Keys whose entry is gone stay behind as evidence and keep nothing waiting."""
    after = -1
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_KEYS, [vendor_id, after, limit])
            keys = [key for (key,) in cursor.fetchall()]
            cursor.execute(_ROWS, [keys, vendor_id])
            rows: list[proof.Row] = cursor.fetchall()
            if rows or not keys:
                return rows
            after = keys[-1]


def _sealed(vendor_id: int, rows: Sequence[proof.Row]) -> Seal:
    last = Seal.objects.filter(vendor_id=vendor_id).order_by("-number").values_list("number", "hash").first()
    number, previous = (last[0] + 1, bytes(last[1])) if last else (1, proof.START)
    made = Seal(
        vendor_id=vendor_id,
        number=number,
        sealed_at=clock.now(),
        entries=[row[0] for row in rows],
        digests=b"".join(map(proof.digest, rows)),
        previous=previous,
    )
    made.hash = proof.chained(made)
    made.save(force_insert=True)
    return made
