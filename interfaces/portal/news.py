"""What the reader's vendors announce (M15, M18): the list, one of them, and putting a pressing one away."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from interfaces.common.announcement_looks import LOOKS
from interfaces.common.reader import Reader, VendorChoice, reader_of
from kernel import clock
from sla.policies import current
from tickets import services
from tickets.announcement_mails import words_for
from tickets.models import Announcement
from tickets.queries.news import news, pressing
from tickets.vocabulary import Refused
from vendors.access import Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Release

_LISTED = 100


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What concerns the reader, of one product with `?product=`, the latest first."""
    reader = reader_of(request)
    members = _readers(reader.members)
    if not members:
        raise Http404
    found = list(news(members)[:_LISTED])
    products = {str(one.product_id): one.product.name for one in found if one.product}
    chosen = request.GET.get("product", "")
    shown = [one for one in found if chosen not in products or str(one.product_id) == chosen]
    context = {
        "rows": told(reader, shown),
        "products": sorted(products.items(), key=lambda row: row[1]) if len(products) > 1 else [],
        "chosen": chosen,
        "several_vendors": len({member.vendor_id for member in members}) > 1,
    }
    return render(request, "portal/news.html", context)


@login_required
@require_safe
def show(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """One announcement, in the reader's language or the vendor's main one."""
    reader = reader_of(request)
    one = news([_reader_at(reader, vendor)]).filter(pk=key).first()
    if one is None:
        raise Http404
    return render(request, "portal/news_one.html", {"row": told(reader, [one])[0]})


@login_required
@require_POST
def put_away(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Take it from the top of one's requests."""
    member = _reader_at(reader_of(request), vendor)
    try:
        services.put_away(by=member, announcement_id=key)
    except Refused:
        raise Http404 from None
    return redirect("portal:home" if member.is_customer else "portal:news")


def pressing_for(reader: Reader) -> list[dict[str, Any]]:
    """The urgent updates and outages that stand at the top of the reader's requests."""
    return told(reader, pressing(_readers(reader.members), clock.now()))


def told(reader: Reader, found: list[Announcement]) -> list[dict[str, Any]]:
    """Announcements as the pages show them; a question for the names of their releases, one a vendor for its file."""
    vendors = {vendor.id: vendor for vendor in reader.vendors}
    keys = {key for one in found for key in one.releases}
    releases = dict(Release.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    policies = {key: current(key) for key in {one.vendor_id for one in found}}
    return [_told(one, vendors[one.vendor_id], policies[one.vendor_id], releases) for one in found]


def _told(one: Announcement, vendor: VendorChoice, policy: PolicyFile, releases: dict[int, str]) -> dict[str, Any]:
    kind = Announcement.Kind(one.kind)
    tone, icon = LOOKS[kind]
    language, words = words_for(one, policy, (get_language() or "en")[:2])
    named = ", ".join(releases[key] for key in one.releases if key in releases)
    product = one.product.name if one.product else _("All products")
    return {
        "key": one.pk,
        "vendor": vendor,
        "kind": str(kind.label),
        "tone": tone,
        "icon": icon,
        "about": f"{product} {named}".strip(),
        "language": language,
        "subject": words["subject"],
        "body": words["body"],
        "sent_at": one.sent_at,
        "effective_on": one.effective_on,
        "put_away": getattr(one, "put_away", False),
        "pressing": kind in (Announcement.Kind.URGENT, Announcement.Kind.OUTAGE),
    }


def _readers(members: tuple[Member, ...]) -> list[Member]:
    """Customers and partners: whom vendors write to."""
    return [member for member in members if member.is_customer or member.house is not None]


def _reader_at(reader: Reader, slug: str) -> Member:
    for vendor in reader.vendors:
        if vendor.slug == slug and (members := _readers((reader.member(vendor.id),))):
            return members[0]
    raise Http404
