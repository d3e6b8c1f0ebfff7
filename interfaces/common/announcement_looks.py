"""How the kinds of announcements look: the tone and the icon of their chips."""

from tickets.models import Announcement

LOOKS = {
    Announcement.Kind.PLANNED: ("plain", "calendar-clock"),
    Announcement.Kind.URGENT: ("danger", "siren"),
    Announcement.Kind.OUTAGE: ("warn", "triangle-alert"),
    Announcement.Kind.POLICY: ("outline", "scroll-text"),
}
