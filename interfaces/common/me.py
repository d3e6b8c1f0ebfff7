"""The start page, and the reader's own page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from interfaces.common.choices import ProfileForm
from interfaces.common.middleware import LANGUAGE_KEY
from interfaces.common.reader import Reader, reader_of
from vendors.access import STAFF
from vendors.models import Role

# Who looks at figures first and at single tickets afterwards.
_MANAGERS = frozenset({Role.SUPPORT_MANAGEMENT.value, Role.EXECUTIVE_SPONSOR.value})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page at which the reader's work begins; to sign-in without one."""
    if not request.user.is_authenticated:
        return redirect_to_login("/")
    place = _first_place(reader_of(request))
    return redirect(place) if place else render(request, "common/nobody.html")


def _first_place(reader: Reader) -> str | None:
    if reader.staff_members:
        managing = all(member.role in _MANAGERS for member in reader.staff_members)
        return "dashboards:home" if managing else "desk:queue"
    if reader.customer_members:
        return "portal:home"
    return "outbox" if reader.is_operator else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name and memberships, and the language and zone, which the reader changes here."""
    reader = reader_of(request)
    kept = {"language": reader.user.language, "time_zone": reader.user.time_zone}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        form.save(reader.user)
        language = form.cleaned_data["language"]
        request.session[LANGUAGE_KEY] = language
        with translation.override(language):
            messages.success(request, _("Saved. All pages use this language and zone from now on."))
        return redirect(reverse("profile"))
    names = {vendor.id: vendor.name for vendor in reader.vendors}
    roles = [
        {"label": names[m.vendor_id], "value": Role(m.role).label} for m in reader.all_members if m.vendor_id in names
    ]
    context = {"form": form, "roles": roles, "has_hours": any(m.role in STAFF for m in reader.members)}
    return render(request, "common/profile.html", context, status=422 if form.errors else 200)
