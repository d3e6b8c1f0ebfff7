"""The page about signing in, and allauth's pages where ours differ."""

from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.mfa.adapter import get_adapter
from allauth.mfa.app_settings import RECOVERY_CODE_COUNT
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interfaces.common.reader import reader_of
from interfaces.common.second_factor.rules import FACTORS, must_have_factor

_GOING = "second_factor_next"  # in the session: where somebody wanted to go who has to set up a second factor first


@login_required
@never_cache
@require_safe
def signing_in(request: HttpRequest) -> HttpResponse:
    """How the reader proves who he is: password, authenticator app, passkeys, recovery codes; and, where a second factor is
    required, that he has to set one up, on his way to `next`.
    """
    reader = reader_of(request)
    mine = list(Authenticator.objects.filter(user_id=reader.user.pk).order_by("pk"))
    has = any(one.type in FACTORS for one in mine)
    if not has and account_adapter().is_safe_url(request.GET.get("next", "")):
        request.session[_GOING] = request.GET["next"]
    context = {
        "app": _first(mine, Authenticator.Type.TOTP),
        "passkeys": [one for one in mine if one.type == Authenticator.Type.WEBAUTHN],
        "codes": _codes(_first(mine, Authenticator.Type.RECOVERY_CODES)),
        "has_factor": has,
        "required": must_have_factor(reader.user, reader.all_members),
        "onward": request.session.pop(_GOING, "") if has else "",
    }
    return render(request, "mfa/index.html", context)


class AddPasskey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    """A new passkey: on a device that asks for its owner, and that can name him at sign-in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The options that the browser makes it from."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["js_data"] = {"creation_options": auth.begin_registration(self.request.user, passwordless=True)}
        return context


class RemovePasskey(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    """Remove a passkey, unless it is the last factor of somebody who has to have one."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Removed, or told why not."""
        if not get_adapter().can_delete_authenticator(self.object):
            refusal = get_adapter().validation_error("cannot_delete_authenticator")
            messages.error(self.request, refusal.messages[0])
            return HttpResponseRedirect(reverse("mfa_index"))
        answer: HttpResponse = super().form_valid(form)
        return answer


def _first(rows: list[Authenticator], kind: str) -> Authenticator | None:
    return next((row for row in rows if row.type == kind), None)


def _codes(row: Authenticator | None) -> dict[str, Any] | None:
    if row is None:
        return None
    left = RECOVERY_CODE_COUNT - int(row.data["used_mask"]).bit_count()
    return {"left": left, "total": RECOVERY_CODE_COUNT, "few": left <= 2, "at": row.created_at}
