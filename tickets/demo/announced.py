"""What the demo's vendors have announced, and what they are about to (M15, M18)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from tickets import services
from tickets.demo.stage import Stage
from tickets.models import Announcement
from tickets.services.announcing import Texts
from vendors.models import Role


@dataclass(frozen=True, slots=True)
class _Told:
    """An announcement so many days ago; about a product of the stage by key, or all. Not `sent`, it is still a draft."""

    days_ago: int
    kind: str
    product: str
    texts: Texts
    sent: bool = True
    notice: int = 0  # a changed policy holds so many days after it was written


def _words(subject: str, body: str) -> dict[str, str]:
    return {"subject": subject, "body": body}


_TOLD: dict[str, list[_Told]] = {
    "mastercam": [
        _Told(
            9,
            Announcement.Kind.PLANNED,
            "mastercam-mill",
            {
                "en": _words(
                    "An update for Mastercam Mill is ready",
                    "It speeds up simulation of large parts.\n\nInstall it when your machines are idle; we gladly help.",
                ),
                "de": _words(
                    "Ein Update für Mastercam Mill ist da",
                    "Es beschleunigt die Simulation großer Teile.\n\nWir helfen gern beim Installieren.",
                ),
                "sv": _words(
                    "En uppdatering för Mastercam Mill är klar",
                    "Den gör simulering av stora detaljer snabbare.\n\nVi hjälper gärna till att installera den.",
                ),
            },
        ),
        _Told(
            3,
            Announcement.Kind.OUTAGE,
            "",
            {
                "en": _words(
                    "Licence activation may be slow this week",
                    "Activation of new licences can take up to an hour. Licences in use are not affected.",
                ),
                "de": _words(
                    "Die Lizenzaktivierung kann diese Woche langsam sein",
                    "Neue Lizenzen zu aktivieren kann bis zu einer Stunde dauern. Laufende Lizenzen sind nicht betroffen.",
                ),
                "sv": _words(
                    "Licensaktiveringen kan vara långsam den här veckan",
                    "Att aktivera nya licenser kan ta upp till en timme. Licenser i bruk påverkas inte.",
                ),
            },
        ),
        _Told(
            20,
            Announcement.Kind.POLICY,
            "",
            {
                "en": _words(
                    "Our support hours from next quarter",
                    "Hours stay as they are. The list of days on which we are closed comes with your contract from then on.",
                ),
                "de": _words(
                    "Unsere Supportzeiten ab dem nächsten Quartal",
                    "Die Zeiten bleiben, wie sie sind. Die Liste der Schließtage kommt dann mit Ihrem Vertrag.",
                ),
                "sv": _words(
                    "Våra supporttider från nästa kvartal",
                    "Tiderna är desamma. Listan över stängda dagar kommer då med ditt avtal.",
                ),
            },
            notice=60,
        ),
        _Told(
            1,
            Announcement.Kind.POLICY,
            "",
            {
                "en": _words(
                    "Our support hours from next year",
                    "Hours stay as they are. What changes are the days on which we are closed; the list is with your contract.",
                )
            },
            sent=False,
        ),
    ],
    "optocraft": [
        _Told(
            4,
            Announcement.Kind.URGENT,
            "shsinspect",
            {
                "en": _words(
                    "SHSInspect: please don't record over midnight",
                    "A recording that runs over midnight can lose its last minutes. An update follows this week.",
                ),
                "de": _words(
                    "SHSInspect: bitte nicht über Mitternacht aufzeichnen",
                    "Eine Aufzeichnung über Mitternacht kann ihre letzten Minuten verlieren. Ein Update folgt diese Woche.",
                ),
            },
        )
    ],
}


def tell(stage: Stage, moment: datetime) -> None:
    """Write the announcements of a vendor, and send those that were sent, each at its time before `moment`."""
    with enter(Scope.of(stage.vendor_id)):
        by = stage.acting(stage.staff(Role.SUPERVISOR)[0])
        for told in _TOLD.get(stage.slug, ()):
            product = stage.products.get(told.product)
            with clock.moved_to(moment - timedelta(days=told.days_ago)):
                draft = services.save_draft(
                    by=by,
                    announcement_id=None,
                    kind=told.kind,
                    product_id=product.pk if product else None,
                    releases=[],
                    languages=[],
                    texts=told.texts,
                    effective_on=clock.now().date() + timedelta(days=told.notice) if told.notice else None,
                )
                if told.sent:
                    services.send_announcement(by=by, announcement_id=draft.pk)
