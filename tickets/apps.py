"""Application configuration of the tickets."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets."""

    name = "tickets"

    def ready(self) -> None:
        """Tell the outbox how mail is made and sent."""
        from kernel.outbox.services import register
        from tickets import announcement_mails, joining_mails, mails, taking_mails
        from tickets.queries.announcements import ANNOUNCED
        from tickets.services import taking
        from vendors.joining.links import TOPIC

        register(mails.TOPIC, mails.DELIVERY)
        register(ANNOUNCED, announcement_mails.DELIVERY)
        register(TOPIC, joining_mails.DELIVERY)
        register(taking.TOPIC, taking_mails.DELIVERY)
