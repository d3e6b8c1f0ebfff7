"""Application configuration."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """What all doors share: reader, scope, page context."""

    name = "interfaces.common"
    label = "interfaces_common"
