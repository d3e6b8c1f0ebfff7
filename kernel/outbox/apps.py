"""Application configuration of the outbox."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """The outbox."""

    name = "kernel.outbox"
    label = "outbox"
