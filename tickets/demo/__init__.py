"""Demo data: a cast at three vendors, and sixty days of their tickets, played through the services with a moving clock."""

from tickets.demo.load import is_there, load
from tickets.demo.logins import PASSWORD, Login, logins

__all__ = ["PASSWORD", "Login", "is_there", "load", "logins"]
