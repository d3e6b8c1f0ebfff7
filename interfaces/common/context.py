"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from interfaces.common.navigation import navigation


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the vendors to switch between, the chosen one, the sections, the unread notifications."""
    reader = getattr(request, "reader", None)
    prefix = settings.COOKIE_PREFIX
    looks = {"theme": request.COOKIES.get(f"{prefix}theme", "auto"), "cookie_prefix": prefix}
    if reader is None or getattr(request, "awaits_factor", False):
        return {"vendors": [], "current_vendor": None, "unread_count": 0, "nav": [], **looks}
    from tickets.queries import unread_count

    return {
        "vendors": reader.vendors,
        "current_vendor": reader.current_vendor,
        **looks,
        "unread_count": unread_count(reader.all_members),
        "nav": navigation(request, reader),
        "reader": reader,
    }
