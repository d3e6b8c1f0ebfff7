"""Application configuration."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The staff's door: queue and ticket pages."""

    name = "interfaces.desk"
    label = "interfaces_desk"
