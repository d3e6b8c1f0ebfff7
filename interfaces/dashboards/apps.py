"""Application configuration."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """The managers' door."""

    name = "interfaces.dashboards"
    label = "interfaces_dashboards"
