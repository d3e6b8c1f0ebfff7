"""Application configuration of the service levels."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    """Clocks and their rules."""

    name = "sla"
