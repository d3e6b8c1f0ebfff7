"""Tickets to search, as at the desk."""

from tests.desk.conftest import asked, file_ticket, work

__all__ = ["asked", "file_ticket", "work"]
