"""Application configuration."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The customers' door."""

    name = "interfaces.portal"
    label = "interfaces_portal"
