"""Mail addresses and domains in the one form in which they are compared and kept."""

from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_domain_name

_PUBLIC = Path(__file__).with_name("public_mail.txt")


class NotAnAddress(ValueError):
    """It is no mail address, or no domain."""


def normal(address: str) -> str:
    """A mail address in small letters, with its domain in ASCII (xn--…) and without a dot at its end. Raises NotAnAddress."""
    local, at, domain = address.strip().rpartition("@")
    found = f"{local.lower()}@{normal_domain(domain)}" if at else ""
    try:
        EmailValidator()(found)
    except ValidationError:
        raise NotAnAddress(address) from None
    if len(found) > 254:
        raise NotAnAddress(address)
    return found


def normal_domain(domain: str) -> str:
    """A domain in small letters and ASCII, without a dot at its end. Raises NotAnAddress."""
    try:
        found = domain.strip().removesuffix(".").encode("idna").decode("ascii").lower()
        validate_domain_name(found)
    except (UnicodeError, ValidationError):
        raise NotAnAddress(domain) from None
    if "." not in found or found.rpartition(".")[2].isdigit():
        raise NotAnAddress(domain)
    return found


def domain_of(address: str) -> str:
    """The domain of a normal address. What lies below a domain is another one."""
    return address.rpartition("@")[2]


def mailbox(address: str) -> str:
    """A normal address without what stands after a plus: who reads the one reads the other."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def is_public(domain: str) -> bool:
    """Whether everybody can get an address at a normal domain, or at one above it."""
    parts = domain.split(".")
    return any(".".join(parts[n:]) in _public() for n in range(len(parts) - 1))


@cache
def _public() -> frozenset[str]:
    lines = _PUBLIC.read_text().splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
