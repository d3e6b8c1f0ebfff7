"""How the tests go the guided way through a vendor's form."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.test import Client

from kernel.tenancy.scope import enter
from tests.world import House
from tickets.models import Ticket

FAULTY = 422
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Way:
    """A person on the guided way of a house's form."""

    def __init__(self, client: Client, house: House, who: str = "customer") -> None:
        self.client, self.house, self.person = client, house, house.people[who]
        self.key = uuid4()

    def url(self, step: str) -> str:
        return f"/portal/new/{self.house.slug}/{self.key}/{step}/"

    def answers(self, step: str, **answers: Any) -> Any:
        """Send a step; where it leads to is in its Location."""
        return self.client.post(self.url(step), answers)

    def says_what_it_is_about(self, **more: Any) -> Any:
        language = "de" if self.house.slug == "optocraft" else "en"
        about = {"item": self.house.item.pk, "authorised_user": self.person.pk, "language": language}
        return self.answers("product", **about | more)

    def says_what_happens(self, **more: Any) -> Any:
        return self.answers("what", **{"subject": "No lines any more", "body": "Nothing is drawn."} | more)

    def sees(self, step: str) -> str:
        answer = self.client.get(self.url(step))
        assert answer.status_code == 200, answer
        return str(answer.content.decode())

    def sends(self, **more: Any) -> Any:
        return self.client.post(self.url("check"), more)


def tickets_of(house: House) -> list[Ticket]:
    """What was filed at a house, oldest first."""
    with enter(house.scope()):
        return list(Ticket.objects.select_related("item", "serving_house").order_by("pk"))
