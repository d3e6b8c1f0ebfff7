"""Application configuration of the tickets."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets."""

    name = "tickets"

    def ready(self) -> None:
        """Tell the outbox how mail is made and sent."""
        from kernel.outbox.services import register
        from tickets import announcement_mails, mails
        from tickets.queries.announcements import ANNOUNCED

        register(mails.TOPIC, mails.DELIVERY)
        register(ANNOUNCED, announcement_mails.DELIVERY)
