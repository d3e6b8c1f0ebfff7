"""What a reader chooses in the bar at the top: vendor, language, theme. Each is a POST that leads back."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from interfaces.common.middleware import LANGUAGE_KEY, VENDOR_KEY
from interfaces.common.reader import reader_of
from vendors.models import User

THEMES = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600


@login_required
@require_POST
def set_vendor(request: HttpRequest) -> HttpResponse:
    """Switch to one of the reader's vendors by slug, or to all of them with an empty one."""
    slug = request.POST.get("vendor", "")
    if slug and slug not in {vendor.slug for vendor in reader_of(request).vendors}:
        raise Http404
    request.session[VENDOR_KEY] = slug
    return back(request)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Choose the language: kept in the session, and with the login of who is signed in."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise Http404
    request.session[LANGUAGE_KEY] = language
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return back(request)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Choose light, dark or the device's theme: kept in the cookie that theme.js uses as well."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        raise Http404
    answer = back(request)
    answer.set_cookie(
        f"{settings.COOKIE_PREFIX}theme", theme, max_age=_YEAR, samesite="Lax", secure=request.is_secure()
    )
    return answer


def back(request: HttpRequest, otherwise: str = "home") -> HttpResponse:
    """Redirect to the posted `next` if it is an address of this site, else to the named page."""
    url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        url = reverse(otherwise)
    return HttpResponseRedirect(url)


def zone_choices() -> list[tuple[str, str]]:
    """The time zones by name, those of places first and UTC at the end."""
    places = sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
    )
    return [(zone, zone.replace("_", " ")) for zone in (*places, "UTC")]


class ProfileForm(forms.Form):
    """Language and zone of a login."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        help_text=_("Times are shown in this zone. Deadlines are counted in the zone that the vendor's rules name."),
    )

    def save(self, user: User) -> None:
        """Keep the choice with the login."""
        User.objects.filter(pk=user.pk).update(**self.cleaned_data)
