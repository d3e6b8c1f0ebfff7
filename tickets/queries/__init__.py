"""Reads: each function asks the database a fixed number of questions, whatever the number of rows."""

from tickets.queries.people import unread_count

__all__ = ["unread_count"]
