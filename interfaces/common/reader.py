"""The person before the screen: his memberships, the vendor he chose, his language and zone."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from django.http import Http404, HttpRequest

from kernel.tenancy.scope import Scope
from vendors.access import Act, Member, scope_of
from vendors.models import User, Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interfaces.common.oidc.limit import Limit


@dataclass(frozen=True, slots=True)
class VendorChoice:
    """A vendor in the switcher."""

    id: int
    slug: str
    name: str


class Reader:
    """Who reads: all his memberships, and those of the vendor he has switched to (all, if none). `limit` is that of a session
    which began at an identity provider.
    """

    def __init__(
        self, user: User, members: "Iterable[Member]", chosen: str | None, limit: "Limit | None" = None
    ) -> None:
        self.user = user
        self.limit = limit
        self.all_members = tuple(members)
        self._chosen = chosen

    @property
    def is_operator(self) -> bool:
        """Whether he runs the installation, which no vendor's or organisation's provider can say of him."""
        return self.user.is_operator and self.limit is None

    @property
    def administers(self) -> bool:
        """Whether he administers a vendor, of those chosen."""
        return self.may(Act.MANAGE_VENDOR)

    @property
    def full_scope(self) -> Scope:
        """The scope of all memberships."""
        return scope_of(self.all_members, self.user.pk)

    @cached_property
    def vendors(self) -> list[VendorChoice]:
        """The vendors at which the reader is somebody, by name."""
        rows = Vendor.objects.order_by("name").values_list("vendor_id", "slug", "name")
        return [VendorChoice(*row) for row in rows]

    @cached_property
    def current_vendor(self) -> VendorChoice | None:
        """The vendor chosen in the switcher; None is all of them. The only one counts as chosen."""
        if len(self.vendors) == 1:
            return self.vendors[0]
        return next((vendor for vendor in self.vendors if vendor.slug == self._chosen), None)

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The memberships at the chosen vendor, or all."""
        chosen = self.current_vendor
        return tuple(m for m in self.all_members if chosen is None or m.vendor_id == chosen.id)

    @property
    def staff_members(self) -> tuple[Member, ...]:
        """Those of `members` on the serving side: what the desk works with."""
        return tuple(m for m in self.members if m.is_staff)

    @property
    def customer_members(self) -> tuple[Member, ...]:
        """Those of `members` on the customer's side: what the portal works with."""
        return tuple(m for m in self.members if m.is_customer)

    def may(self, act: Act) -> bool:
        """Whether any of the memberships at the chosen vendor(s) allows the act."""
        return any(member.may(act) for member in self.members)

    def member(self, vendor_id: int) -> Member:
        """Who the reader is at a vendor. Raises Http404 if nobody."""
        for member in self.all_members:
            if member.vendor_id == vendor_id:
                return member
        raise Http404

    def staff_at(self, slug: str) -> Member:
        """Who the reader is on the serving side of the vendor with that slug, whatever the switcher says: a link opens.
        Raises Http404 if nobody.
        """
        for choice in self.vendors:
            if choice.slug == slug and (member := self.member(choice.id)).is_staff:
                return member
        raise Http404


def reader_of(request: HttpRequest) -> Reader:
    """The reader of a request that needs one. Raises Http404 for anonymous requests (views ask for sign-in first)."""
    reader = getattr(request, "reader", None)
    if reader is None:
        raise Http404
    return cast(Reader, reader)
