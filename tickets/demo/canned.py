"""Canned replies that the demo's supervisors have written, in three languages."""

from collections.abc import Mapping

from tickets import services
from tickets.demo.stage import Stage
from vendors.models import Role

_REPLIES: Mapping[str, Mapping[str, str]] = {
    "Which release?": {
        "en": "Dear {requester_name},\n\nwhich release do you use? You find it under Help, About.",
        "de": "Guten Tag {requester_name},\n\nwelche Version verwenden Sie? Sie steht unter Hilfe, Info.",
        "sv": "Hej {requester_name},\n\nvilken version använder du? Den står under Hjälp, Om.",
    },
    "Please send a picture": {
        "en": "Dear {requester_name},\n\ncould you send us a picture of what you see? You can add it to {ticket_number}.",
        "de": "Guten Tag {requester_name},\n\nkönnten Sie uns ein Bild davon senden? Sie können es an {ticket_number} anhängen.",
        "sv": "Hej {requester_name},\n\nkan du skicka en bild på det du ser? Lägg den till {ticket_number}.",
    },
    "Solved with the update": {
        "en": "Dear {requester_name},\n\nthe update of {product} mends this. Please tell us if it does not.\n\n{agent_name}",
        "de": "Guten Tag {requester_name},\n\ndas Update von {product} behebt das; sonst sagen Sie es uns.\n\n{agent_name}",
        "sv": "Hej {requester_name},\n\nuppdateringen av {product} löser detta. Hör av dig om den inte gör det.\n\n{agent_name}",
    },
}


def write(stage: Stage) -> None:
    """Keep them for everybody of the vendor; inside its scope, after its cast is there."""
    by = stage.acting(stage.staff(Role.SUPERVISOR)[0])
    for title, texts in _REPLIES.items():
        services.save_canned(by=by, title=title, texts=texts, shared=True)
