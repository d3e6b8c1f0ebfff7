"""Application configuration."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Mail, and in development the sink that shows it."""

    name = "interfaces.mail"
    label = "interfaces_mail"
