"""Addresses that belong to no door; they have no namespace, for every page names them."""

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.views import list_usersessions
from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from interfaces.common import choices, files, joining, me, notifications, operator, uploads
from interfaces.common.health import healthz
from interfaces.common.oidc import views as oidc
from interfaces.common.second_factor.views import AddPasskey, RemovePasskey, signing_in
from interfaces.common.styleguide import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", me.home, name="home"),
    path("healthz/", healthz, name="healthz"),
    path("me/", me.profile, name="profile"),
    path("choose/vendor/", choices.set_vendor, name="set_vendor"),
    path("choose/language/", choices.set_language, name="set_language"),
    path("choose/theme/", choices.set_theme, name="set_theme"),
    path("notifications/", notifications.listing, name="notifications"),
    path("notifications/read/", notifications.mark_read, name="notifications_read"),
    path("notifications/<int:key>/", notifications.follow, name="notification"),
    path("files/<uuid:key>/", files.attachment, name="attachment"),
    path("files/uploads/<slug:vendor>/", uploads.begin, name="upload_begin"),
    path("files/uploads/<slug:vendor>/<uuid:key>/", uploads.upload, name="upload"),
    path("files/<uuid:key>/preview/", files.attachment_preview, name="attachment_preview"),
    path("accounts/join/", joining.join, name="join"),
    path("accounts/join/sent/", joining.join_sent, name="join_sent"),
    path("accounts/signup/", RedirectView.as_view(pattern_name="join")),  # in place of allauth's
    path("accounts/invitation/<int:vendor>/<str:secret>/", joining.invitation, name="invitation"),
    path("accounts/domain/<int:vendor>/<str:secret>/", joining.domain_proof, name="domain_proof"),
    path("accounts/organisation/", oidc.search, name="provider_search"),
    path("accounts/organisation/<int:vendor>/<slug:key>/", oidc.provider, name="provider"),
    path("accounts/organisation/<int:vendor>/<slug:key>/back/", oidc.callback, name="provider_callback"),
    # Who signs others out proves himself, unless he has signed in just now.
    path("accounts/sessions/", reauthentication_required(allow_get=True)(list_usersessions), name="usersessions_list"),
    # In place of allauth's: one page about signing in, and passkeys that stand for both factors.
    path("accounts/2fa/", signing_in, name="mfa_index"),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/add/", AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path(
        "accounts/2fa/recovery-codes/download/", RedirectView.as_view(pattern_name="mfa_view_recovery_codes")
    ),  # the page has the file in it, for it shows the codes once
    path("operator/outbox/", operator.outbox, name="outbox"),
    path("operator/outbox/retry/", operator.retry, name="outbox_retry"),
]
if settings.DEBUG:
    urlpatterns += [path("styleguide/", styleguide, name="styleguide")]
