"""What the search finds tickets by. Nobody reads or writes it but through the functions of the migration (ADR 0010)."""

from typing import ClassVar

from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchDocument(models.Model):
    """The words of a ticket as one house may read them; `house_id` 0 is the vendor's own staff."""

    # The application's role may do nothing with it: an operator that row-level security lets through late would hide the index
    # from it, and one that it lets through early could tell of other tenants' words.
    app_privileges: ClassVar[tuple[str, ...]] = ()

    id = models.BigAutoField(primary_key=True)
    vendor_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField()
    house_id = models.BigIntegerField(default=0)
    words = SearchVectorField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["vendor_id", "house_id", "ticket_id"], name="tickets_search_once"),
        ]

    def __str__(self) -> str:
        return f"words of {self.ticket_id} for {self.house_id}"
