"""What a seal is made of: each entry as one canonical line, its digest, and the hash that chains a batch to the one before.

Nothing here may ever answer differently for the same rows: a seal made years ago must still fit. A new column of the entries
needs a new `FORM` beside this one, not another meaning of it.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256
from typing import Any

from kernel.audit.models import Seal

FORM = 1
SIZE = 32  # bytes of a digest
START = bytes(SIZE)  # what the first seal of a vendor has before it

# The columns of an entry in the order of its line, each as PostgreSQL tells it whatever the session's settings.
COLUMNS = {
    "id": "e.id",
    "vendor_id": "e.vendor_id",
    "at": "to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    "verb": "e.verb",
    "actor_id": "e.actor_id",
    "user_id": "e.user_id",
    "source": "e.source",
    "address": "host(e.address)",
    "subject_type": "e.subject_type",
    "subject_id": "e.subject_id",
    "object_type": "e.object_type",
    "object_id": "e.object_id",
    "before": "e.before::text",
    "after": "e.after::text",
    "houses": "e.houses",
}
SELECT = f"SELECT {', '.join(COLUMNS.values())} FROM audit_auditentry e"  # nosec B608
Row = Sequence[Any]  # values in the order of COLUMNS


def line(row: Row) -> bytes:
    """An entry as it is sealed: a JSON array without spaces, in ASCII, the form first."""
    return _json(FORM, *row)


def digest(row: Row) -> bytes:
    """SHA-256 of an entry's line."""
    return sha256(line(row)).digest()


def chained(seal: Seal) -> bytes:
    """SHA-256 over everything that a seal says, the hash of the one before included."""
    at = seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    digests, previous = bytes(seal.digests).hex(), bytes(seal.previous).hex()
    return sha256(_json(FORM, seal.vendor_id, seal.number, at, list(seal.entries), digests, previous)).digest()


def _json(*values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()
