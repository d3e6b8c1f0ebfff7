"""What the desk's tests have, too."""

from tests.desk.conftest import asked, file_ticket

__all__ = ["asked", "file_ticket"]
