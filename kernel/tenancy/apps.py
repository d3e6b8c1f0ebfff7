"""Application configuration of tenancy."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    """Grants the app's role its privileges after each migration."""

    name = "kernel.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        """Connect the grants to the end of `migrate`."""
        from kernel.tenancy.grants import grant_after_migrate

        post_migrate.connect(grant_after_migrate, sender=self)
