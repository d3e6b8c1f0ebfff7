"""django-allauth's OpenID flow (state, PKCE, the code for a token) for one provider of a vendor's, with what it leaves open: the
issuer is the one that was written down, the ID token's signature and nonce are always checked, and nothing of the request goes
along to the provider.
"""

import secrets
from collections.abc import Mapping
from typing import Any, NoReturn, cast
from urllib.parse import quote, urlencode

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from interfaces.common.oidc import limit
from interfaces.common.oidc.discovery import Metadata, discover
from interfaces.common.oidc.fetching import GuardedSession, ProviderFailed, fetch
from interfaces.common.oidc.tokens import verified
from interfaces.common.security_log import tell
from vendors import identity
from vendors.identity import NotAdmitted
from vendors.models import IdentityProvider


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """No sign-up and no apps of allauth's own; errors become our page."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Closed: who is to come in is invited."""
        return False

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """None: a provider is found by its address alone."""
        return []

    def get_requests_session(self) -> GuardedSession:
        """The one way out."""
        return GuardedSession()

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> NoReturn:
        """A page that says what to do."""
        if exception is not None:
            why = exception.why if isinstance(exception, ProviderFailed) else "unreachable"
        elif extra_context and extra_context.get("state") is None:
            why = "no_state"
        else:
            why = "cancelled" if error == AuthError.CANCELLED else "refused"
        raise ImmediateHttpResponse(failed(request, provider.row, why, exception))


class Client(OAuth2Client):  # type: ignore[misc]
    """For providers whose own address has a query already."""

    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: Mapping[str, str]) -> str:
        """Where the browser goes."""
        asked = {
            "client_id": self.consumer_key,
            "redirect_uri": self.callback_url,
            "scope": " ".join(scope),
            "response_type": "code",
            "state": self.state,
            **extra_params,
        }
        return f"{authorization_url}{'&' if '?' in authorization_url else '?'}{urlencode(asked)}"


class Flow(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """One sign-in at one provider."""

    client_class = Client

    def __init__(self, request: HttpRequest, row: IdentityProvider) -> None:
        super().__init__(request, row.key)
        self.row = row
        self.state: Mapping[str, Any] = {}  # what was put aside when it began

    def get_provider(self) -> "Provider":
        """The provider in allauth's shape; nothing of it is saved."""
        return Provider(self.request, self.row, self)

    @property
    def metadata(self) -> Metadata:
        """What the provider tells about itself. Raises ProviderFailed."""
        return discover(self.row.issuer)

    @property
    def authorize_url(self) -> str:
        """Where the browser goes."""
        return self.metadata.authorization

    @property
    def access_token_url(self) -> str:
        """Where the code becomes a token."""
        return self.metadata.token

    @property
    def basic_auth(self) -> bool:
        """Unused: `get_access_token_data` knows."""
        return False

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The one address to which the provider may send the browser back: of the site, not of the request."""
        return str(settings.BASE_URL) + reverse("provider_callback", args=[self.row.vendor_id, self.row.key])

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: OAuth2Client, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """The token answer for the code. Raises ProviderFailed."""
        if request.GET.get("iss", self.row.issuer) != self.row.issuer:
            raise ProviderFailed("other_issuer", "another issuer answers")
        asked = {
            "grant_type": "authorization_code",
            "code": request.GET["code"],
            "redirect_uri": client.callback_url,
            "client_id": self.row.client_id,
            "code_verifier": pkce_code_verifier,
        }
        secret, basic = identity.secret_of(self.row), None
        if secret and self.metadata.posts_secret:
            asked["client_secret"] = secret
        elif secret:
            basic = (quote(self.row.client_id, safe=""), quote(secret, safe=""))
        return fetch("POST", self.metadata.token, data=asked, auth=basic)

    def parse_token(self, data: Mapping[str, Any]) -> SocialToken:
        """Nothing is asked for with it, so nothing is kept."""
        return SocialToken()

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> NoReturn:
        """Sign in whom the ID token names, in our own way: allauth's would look for its own accounts and sign up the others."""
        id_token = kwargs["response"].get("id_token")
        claims = verified(id_token, self.metadata, self.row.client_id, self.state["nonce"])
        raise ImmediateHttpResponse(_sign_in(request, self.row, claims, self.state.get("next")))


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """One of the vendors' providers, as allauth wants it."""

    pkce_enabled_default = True

    def __init__(self, request: HttpRequest, row: IdentityProvider, flow: Flow) -> None:
        self.row, self._flow = row, flow
        app = SocialApp(provider=self.id, provider_id=row.key, name=row.name, client_id=row.client_id)
        super().__init__(request, app=app)

    def get_oauth2_adapter(self, request: HttpRequest) -> Flow:
        """The flow that is under way."""
        return self._flow

    def begin(self) -> HttpResponse:
        """Send the browser to the provider, with a nonce of this sign-in. Raises ProviderFailed."""
        nonce, onward = secrets.token_urlsafe(24), get_next_redirect_url(self.request)
        asked = {"auth_params": {"nonce": nonce}, "nonce": nonce}
        return cast(HttpResponse, self.redirect(self.request, AuthProcess.LOGIN, onward, **asked))


class CallbackView(OAuth2CallbackView):  # type: ignore[misc]
    """The browser comes back."""

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[Any, Any]:
        state, answer = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, answer


def failed(request: HttpRequest, row: IdentityProvider, why: str, exception: Exception | None = None) -> HttpResponse:
    """The page for a sign-in that did not work: what happened, and what to do."""
    told = exception if isinstance(exception, ProviderFailed) else type(exception).__name__ if exception else "-"
    tell(
        "sign-in by provider refused",
        request,
        provider=row.pk,
        vendor=row.vendor_id,
        why=str(why),
        more=told,
    )
    return render(request, "account/provider_failed.html", {"provider": row, "why": str(why)}, status=403)


def _sign_in(
    request: HttpRequest, row: IdentityProvider, claims: Mapping[str, Any], onward: str | None
) -> HttpResponse:
    said = identity.Identity(
        claims["sub"],
        _text(claims.get("email")),
        claims.get("email_verified") is True,
        _text(claims.get("name")),
    )
    address = request.META.get("REMOTE_ADDR") or None
    try:
        user = identity.admit(vendor_id=row.vendor_id, provider_id=row.pk, identity=said, address=address)
    except NotAdmitted as refusal:
        return failed(request, row, refusal.why)
    if request.user.is_authenticated:
        account_adapter(request).logout(request)
    record_authentication(request, user, method="identity_provider", provider=row.key)
    signal = {"through": limit.passport(row, claims)}
    return cast(HttpResponse, perform_login(request, user, redirect_url=onward, signal_kwargs=signal))


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 254 and "\x00" not in value else ""
