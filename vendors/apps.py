"""Application configuration of the vendors."""

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    """Who is who."""

    name = "vendors"
