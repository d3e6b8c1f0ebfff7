"""Hold a vendor's audit against its seals, and say where it was tampered with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection

from kernel.audit import proof
from kernel.audit.models import Seal, Unsealed
from kernel.tenancy.scope import Scope, enter

_ENTRIES = f"{proof.SELECT} WHERE e.vendor_id = %s AND e.id = ANY (%s) ORDER BY e.id"
# One statement sees one moment: a sealing at the same time is in it whole or not at all.
_STRAYS = """
SELECT e.id, (SELECT min(s.number) FROM audit_seal s WHERE s.vendor_id = %(vendor)s AND s.entries[cardinality(s.entries)] > e.id)
FROM audit_auditentry e
WHERE e.vendor_id = %(vendor)s AND e.id IN (
  SELECT id FROM audit_auditentry WHERE vendor_id = %(vendor)s
  EXCEPT SELECT unnest(entries) FROM audit_seal WHERE vendor_id = %(vendor)s
  EXCEPT SELECT id FROM audit_unsealed WHERE vendor_id = %(vendor)s
) ORDER BY e.id
"""
_LOST = """
SELECT u.id FROM audit_unsealed u WHERE u.vendor_id = %s
AND NOT EXISTS (SELECT 1 FROM audit_auditentry e WHERE e.id = u.id AND e.vendor_id = u.vendor_id) ORDER BY u.id
"""
_EXCHANGES = 50  # changed entries of a batch, up to which it is asked whether they changed places


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the audit is not what was sealed: the batch and the entry, as far as there is one, and what is wrong in words."""

    seal: int | None
    entry: int | None
    what: str

    def __str__(self) -> str:
        places = (("batch", self.seal), ("entry", self.entry))
        where = ", ".join(f"{name} {number}" for name, number in places if number is not None)
        return f"{where or 'chain'}: {self.what}"


@dataclass(slots=True)
class Chain:
    """What a walk along a vendor's seals has seen: how many, how many entries in them, how many more await one, and the last
    one's hash (hexadecimal).
    """

    seals: int = 0
    entries: int = 0
    waiting: int = 0
    head: str = proof.START.hex()


def verify(vendor_id: int, chain: Chain, anchors: Mapping[int, str]) -> Iterator[Fault]:
    """Every fault of a vendor's audit, in the order of the chain, then what was never sealed. `anchors` are hashes by the seal's
    number, kept where whoever can change the database can't: without one a chain that was cut off or made anew at its end
    looks whole. `chain` is filled on the way.
    """
    with enter(Scope.of(vendor_id)):
        kept = dict(anchors)
        for seal in Seal.objects.filter(vendor_id=vendor_id).order_by("number").iterator(chunk_size=50):
            yield from _links(seal, chain)
            if kept.pop(seal.number, chain.head) != chain.head:
                yield Fault(seal.number, None, "the seal is another one than the head that was kept")
            yield from _entries(seal)
        for number in sorted(kept):
            yield Fault(number, None, f"the chain was cut off: it ends at batch {chain.seals}, and this head was kept")
        yield from _unsealed(vendor_id)
        chain.waiting = Unsealed.objects.filter(vendor_id=vendor_id).count()


def _links(seal: Seal, chain: Chain) -> Iterator[Fault]:
    if seal.number != chain.seals + 1:
        yield Fault(chain.seals + 1, None, "the seal is missing")
    elif bytes(seal.previous).hex() != chain.head:
        yield Fault(seal.number, None, "the seal does not continue the one before")
    if proof.chained(seal) != bytes(seal.hash) or len(seal.digests) != proof.SIZE * len(seal.entries):
        yield Fault(seal.number, None, "the seal itself was changed")
    chain.seals, chain.head = seal.number, bytes(seal.hash).hex()
    chain.entries += len(seal.entries)


def _entries(seal: Seal) -> Iterator[Fault]:
    sealed = {
        key: bytes(seal.digests[place * proof.SIZE : (place + 1) * proof.SIZE])
        for place, key in enumerate(seal.entries)
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [seal.vendor_id, seal.entries])
        rows = {row[0]: row for row in cursor.fetchall()}
    changed = {key: row for key, row in rows.items() if proof.digest(row) != sealed[key]}
    for key in seal.entries:
        if key not in rows:
            yield Fault(seal.number, key, "the entry was deleted after it had been sealed")
        elif key in changed:
            yield Fault(seal.number, key, _change(key, changed, sealed))


def _change(key: int, changed: Mapping[int, proof.Row], sealed: Mapping[int, bytes]) -> str:
    others = [other for other in changed if other != key] if len(changed) <= _EXCHANGES else []
    for other in others:
        if proof.digest((other, *changed[key][1:])) == sealed[other]:
            return f"the order was changed: here stands what was sealed as entry {other}"
    return "the entry was changed after it had been sealed"


def _unsealed(vendor_id: int) -> Iterator[Fault]:
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS, {"vendor": vendor_id})
        for entry, number in cursor.fetchall():
            yield Fault(number, entry, "the entry was inserted afterwards: no seal holds it, and none was going to")
        cursor.execute(_LOST, [vendor_id])
        for (entry,) in cursor.fetchall():
            yield Fault(None, entry, "the entry was deleted before it was sealed")
