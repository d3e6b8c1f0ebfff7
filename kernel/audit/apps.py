"""Application configuration of the audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit trail."""

    name = "kernel.audit"
    label = "audit"
