"""What a person can name in a request: the items of his organisation, his colleagues, products and releases; and what he has
typed so far.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import Q

from tickets.models import Attachment, RequestDraft
from vendors.access import Member
from vendors.models import InstalledItem, Person, Product, Release, Vendor


@dataclass(frozen=True, slots=True)
class Known:
    """A customer's person with what his form offers; all of one vendor."""

    vendor: Vendor
    person: Person
    items: Sequence[InstalledItem]
    colleagues: Sequence[Person]
    products: Sequence[Product]
    releases: Sequence[Release]

    def item_numbered(self, number: str) -> InstalledItem | None:
        """The item with this serial or licence number, however it is capitalised or spaced."""
        wanted = _plain(number)
        return next((item for item in self.items if wanted and _plain(item.number) == wanted), None)

    def release_named(self, name: str, item: InstalledItem | None) -> Release | None:
        """The release with this name, of the item's product if an item is named, else if only one product has it."""
        wanted = _plain(name)
        found = [
            r for r in self.releases if wanted and wanted in {_plain(r.name), _plain(f"{r.product.name} {r.name}")}
        ]
        found = [r for r in found if item is None or r.product_id == item.product_id]
        return found[0] if len(found) == 1 else None


def known_to(member: Member) -> Known:
    """What the form of a customer's person offers, in a fixed number of queries; the member is a customer, so he is a person."""
    items = InstalledItem.objects.filter(
        vendor_id=member.vendor_id, organisation=member.organisation_id, state=InstalledItem.State.ACTIVE
    )
    people = Person.objects.filter(vendor_id=member.vendor_id, organisation=member.organisation_id, active=True)
    releases = Release.objects.filter(vendor_id=member.vendor_id).select_related("product")
    return Known(
        vendor=Vendor.objects.get(pk=member.vendor_id),
        person=Person.objects.select_related("organisation", "site").get(pk=cast(int, member.person_id)),
        items=list(items.select_related("product", "release", "site", "authorised_user", "sold_by").order_by("number")),
        colleagues=list(people.order_by("name")),
        products=list(Product.objects.filter(vendor_id=member.vendor_id).order_by("name")),
        releases=list(releases.order_by("-released_on", "pk")),
    )


def request_drafts(members: Iterable[Member]) -> list[RequestDraft]:
    """What a person has typed for new requests at these memberships, the latest first."""
    own = Q(pk__in=())
    for member in members:
        own |= Q(vendor_id=member.vendor_id, person=member.person_id)
    return list(RequestDraft.objects.filter(own, solved_by="").order_by("-changed_at", "-pk"))


def request_draft(member: Member, key: UUID) -> RequestDraft | None:
    """The draft of that key, if it is the member's own."""
    own = RequestDraft.objects.filter(vendor_id=member.vendor_id, person=member.person_id, key=key)
    found: RequestDraft | None = own.first()
    return found


def files_of(draft: RequestDraft) -> list[Attachment]:
    """The whole files that belong to a draft, in the order in which they came."""
    return list(draft.files.filter(state=Attachment.State.DRAFT).order_by("pk"))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
