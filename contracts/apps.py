"""Application configuration of the contracts."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """What a customer is entitled to."""

    name = "contracts"
