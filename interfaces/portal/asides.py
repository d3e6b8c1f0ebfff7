"""What changes on a page while one chooses; each is a part of the page that comes by htmx and stands there without it too."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from interfaces.portal.counter import open_counter
from interfaces.portal.expectations import foreseen
from interfaces.portal.steps import PRODUCT


@login_required
@require_POST
def expect(request: HttpRequest, vendor: str) -> HttpResponse:
    """What to expect of the form as it stands; nothing is kept."""
    counter = open_counter(request, vendor)
    form = counter.form(request.POST)
    form.is_valid()
    return render(request, "portal/_expected.html", {"expected": foreseen(counter, form, []), "vendor": counter.vendor})


@login_required
@require_safe
def item(request: HttpRequest, vendor: str) -> HttpResponse:
    """The item that was chosen or whose number was typed, as it is on record."""
    counter = open_counter(request, vendor)
    return render(
        request, "portal/_item.html", {"form": counter.form(request.GET, step=PRODUCT), "vendor": counter.vendor}
    )
