"""The browsable page of the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularSwaggerSplitView


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own files, inside the page's frame; its script is a file of its own, as the strict policy wants."""

    url_name = "api:schema"
    template_name = "api/docs.html"
    title: Any = _("API")
