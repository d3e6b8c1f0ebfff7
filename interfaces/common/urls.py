"""Addresses that belong to no door; they have no namespace, for every page names them."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from interfaces.common import choices, files, me, notifications, operator, uploads
from interfaces.common.health import healthz
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
    path("operator/outbox/", operator.outbox, name="outbox"),
    path("operator/outbox/retry/", operator.retry, name="outbox_retry"),
]
if settings.DEBUG:
    urlpatterns += [path("styleguide/", styleguide, name="styleguide")]
