"""What is not there."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema

from interfaces.api.views.base import ApiView


@extend_schema(exclude=True)
class Absent(ApiView):
    """404 for every method: an address without a slash at its end is none either, rather than a redirect that loses a body."""

    permission_classes = ()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Any method at all."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = {}
        answer = self.handle_exception(Http404())
        return self.finalize_response(self.request, answer, *args, **kwargs)
