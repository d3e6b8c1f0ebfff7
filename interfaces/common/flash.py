"""The words that the next page says: in a cookie of this host alone where there is TLS, in the session when they are too many."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's, under a name with our prefix."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class FlashStorage(FallbackStorage):
    """Cookie first, then session."""

    storage_classes = (HostCookieStorage, SessionStorage)
