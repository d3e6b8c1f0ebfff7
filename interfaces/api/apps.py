"""Application configuration."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST door."""

    name = "interfaces.api"
    label = "interfaces_api"
