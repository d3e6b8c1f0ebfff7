"""Addresses of all doors."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("interfaces.common.urls")),
    path("desk/", include("interfaces.desk.urls")),
    path("portal/", include("interfaces.portal.urls")),
    path("dashboards/", include("interfaces.dashboards.urls")),
    path("api/v1/", include("interfaces.api.urls")),
    path("", include("interfaces.api.pages")),
    # allauth's, but for what it has for accounts elsewhere: interfaces.common.oidc
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("dev/mail/", include("interfaces.mail.sink")),
]

handler400 = "interfaces.common.errors.bad_request"
handler403 = "interfaces.common.errors.forbidden"
handler404 = "interfaces.common.errors.not_found"
handler500 = "interfaces.common.errors.failed"
