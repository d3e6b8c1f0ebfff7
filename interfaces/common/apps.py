"""Application configuration."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """What all doors share: reader, scope, page context."""

    name = "interfaces.common"
    label = "interfaces_common"

    def ready(self) -> None:
        """Begin to listen to what happens at sign-in, and to the ways in."""
        from interfaces.common import security_log  # noqa: F401
        from interfaces.common.second_factor import events  # noqa: F401
