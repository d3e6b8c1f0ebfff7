"""Application configuration of the tickets."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets."""

    name = "tickets"

    def ready(self) -> None:
        """Tell the outbox how mail is made and sent."""
        from kernel.outbox.services import register
        from tickets import mails

        register(mails.TOPIC, mails.DELIVERY)
