"""The secrets of links that are sent by mail, and the letters that carry them.

A row keeps a random seed and the hash of the secret; the secret is made of the seed with the installation's key when the mail is
written. So neither the database nor the outbox holds what opens a door.
"""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from django.utils.crypto import salted_hmac

from kernel.outbox.services import Letter
from vendors.models import Invitation, OrganisationDomain

TOPIC = "joining"  # the outbox's topic


def new() -> dict[str, str]:
    """`seed` and `digest` of a new link."""
    seed = secrets.token_hex(16)
    return {"seed": seed, "digest": digest(secret_of(seed))}


def secret_of(seed: str) -> str:
    """The secret that belongs to a seed."""
    made = salted_hmac("vendors.joining", seed, algorithm="sha256").digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def digest(secret: str) -> str:
    """The hash under which a secret is found."""
    return sha256(secret.encode(errors="replace")).hexdigest()


def invitation(row: Invitation, again: str = "") -> Letter:
    """The letter with the link of an invitation; `again` names the occasion of sending it once more."""
    return _letter(row.vendor_id, f"invitation:{row.pk}{again and f':{again}'}", "invitation", invitation=row.pk)


def proof(row: OrganisationDomain) -> Letter:
    """The letter to a domain's postmaster, whose link proves that the domain is the organisation's."""
    return _letter(row.vendor_id, f"domain:{row.pk}:{row.seed[:8]}", "domain", domain=row.pk)


def known(vendor_id: int, person_id: int, occasion: int) -> Letter:
    """The letter that tells somebody who asked to sign up that he has a login."""
    return _letter(vendor_id, f"login:{person_id}:{occasion}", "known", person=person_id)


def _letter(vendor_id: int, key: str, kind: str, **keys: Any) -> Letter:
    return Letter(vendor_id, TOPIC, key, {"kind": kind, **keys})
