"""How a service refuses."""


class Refused(Exception):
    """A service refuses what was asked. `message` is for the person who asked, translated; `field` is the input it stands
    next to, or empty.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = str(message)
        self.field = field
