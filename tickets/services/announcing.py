"""Write and send announcements (M15, M18): drafts until they are sent, then once to each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.outbox.services import Letter, put
from kernel.rows import insert
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from sla.policies import current
from tickets.models import Announcement, AnnouncementPutAway
from tickets.nudge import nudge
from tickets.queries.announcements import ANNOUNCED, announcement_key, concerned
from tickets.queries.news import news
from tickets.times import day
from tickets.vocabulary import Refused
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Product, Release

Texts = Mapping[str, Mapping[str, str]]  # by language: subject and body
_AHEAD = timedelta(days=1)  # what is urgent goes before all that waits
_A_SECOND = 20  # letters of the others, so that answers on tickets need not wait behind them
_URGENT = frozenset({Announcement.Kind.URGENT, Announcement.Kind.OUTAGE})
_COLUMNS = {"vendor_id": "bigint", "announcement_id": "bigint", "person_id": "bigint"}


class AnnouncementVerb(StrEnum):
    """What was done to an announcement."""

    WRITTEN = "announcement.written"
    CHANGED = "announcement.changed"
    SENT = "announcement.sent"
    DISCARDED = "announcement.discarded"


def save_draft(
    *,
    by: Member,
    announcement_id: int | None,
    kind: str,
    product_id: int | None,
    releases: Sequence[int],
    languages: Sequence[str],
    texts: Texts,
    effective_on: date | None = None,
) -> Announcement:
    """Write a draft, or change one. A language may still lack its words; half a text is refused. Only a changed policy keeps the
    day from which it holds. Raises Refused.
    """
    with enter(scope.current().only(by.vendor_id)):
        draft = _draft(by, announcement_id)
        policy = current(by.vendor_id)
        _check_place(by, product_id, releases)
        draft.kind, draft.product_id = Announcement.Kind(kind), product_id
        draft.releases, draft.languages = sorted(set(releases)), sorted(set(languages) & set(policy.vendor.languages))
        draft.texts = _texts(policy, texts)
        draft.effective_on = effective_on if draft.kind == Announcement.Kind.POLICY else None
        draft.save()
        _audit(by, draft, AnnouncementVerb.CHANGED if announcement_id else AnnouncementVerb.WRITTEN)
        return draft


def send_announcement(*, by: Member, announcement_id: int) -> int:
    """Send a draft to all whom it concerns; answers how many they are. Urgent ones go before all other mail. Raises Refused."""
    with enter(scope.current().only(by.vendor_id)):
        draft = _draft(by, announcement_id)
        policy, now = current(by.vendor_id), clock.now()
        _check_words(policy, draft)
        _check_notice(policy, draft, now)
        people = dict(concerned(policy, draft).order_by("pk").values_list("pk", "email"))
        if not people:
            raise Refused(_("This would reach nobody. Choose another product, release or language."))
        # Whoever got it already, by whatever way, is left out by the database.
        got = insert(
            "tickets_announcementrecipient",
            _COLUMNS,
            [(by.vendor_id, draft.pk, person) for person in people],
            "ON CONFLICT (vendor_id, announcement_id, person_id) DO NOTHING RETURNING person_id",
        )
        reached = [person for (person,) in got if people[person]]
        put([_letter(draft, person, place) for place, person in enumerate(reached)], at=now)
        draft.sent_at = now
        draft.save(update_fields=["sent_at"])
        _audit(by, draft, AnnouncementVerb.SENT, people=len(people))
        transaction.on_commit(partial(nudge, by.vendor_id), robust=True)
        return len(people)


def discard_draft(*, by: Member, announcement_id: int) -> None:
    """Throw a draft away. Raises Refused."""
    with enter(scope.current().only(by.vendor_id)):
        draft = _draft(by, announcement_id)
        _audit(by, draft, AnnouncementVerb.DISCARDED)
        draft.delete()


def put_away(*, by: Member, announcement_id: int) -> None:
    """Take a pressing announcement from the top of one's requests. Raises Refused for one that he does not see."""
    with enter(scope.current().only(by.vendor_id)):
        if not news([by]).filter(pk=announcement_id).exists():
            raise Refused(_("There is no such announcement."))
        AnnouncementPutAway.objects.get_or_create(
            vendor_id=by.vendor_id, announcement_id=announcement_id, person_id=by.person, defaults={"at": clock.now()}
        )


def _draft(by: Member, announcement_id: int | None) -> Announcement:
    if not by.may(Act.ANNOUNCE):
        raise Refused(_("Your role does not include this."))
    if announcement_id is None:
        return Announcement(vendor_id=by.vendor_id, author_id=by.person, created_at=clock.now())
    found = Announcement.objects.select_for_update().filter(pk=announcement_id, vendor_id=by.vendor_id).first()
    if found is None:
        raise Refused(_("There is no such announcement."))
    if found.sent_at is not None:
        raise Refused(_("This has been sent and can't be changed any more."))
    return found


def _check_place(by: Member, product_id: int | None, releases: Sequence[int]) -> None:
    if product_id is not None and not Product.objects.filter(pk=product_id, vendor_id=by.vendor_id).exists():
        raise Refused(_("Choose one of the products."), "product")
    if releases and product_id is None:
        raise Refused(_("Choose the product of these releases."), "product")
    known = Release.objects.filter(pk__in=releases, product=product_id, vendor_id=by.vendor_id)
    if known.count() != len(set(releases)):
        raise Refused(_("Choose releases of this product."), "releases")


def _texts(policy: PolicyFile, texts: Texts) -> dict[str, dict[str, str]]:
    kept = {}
    for language in policy.vendor.languages:
        words = texts.get(language) or {}
        subject, body = words.get("subject", "").strip(), words.get("body", "").strip()
        if bool(subject) != bool(body):
            missing = "body" if subject else "subject"
            raise Refused(_("A text needs a subject and its words."), f"{missing}_{language}")
        if subject:
            kept[language] = {"subject": subject, "body": body}
    return kept


def _check_words(policy: PolicyFile, draft: Announcement) -> None:
    fallback = policy.vendor.fallback_language
    chosen = [] if draft.kind == Announcement.Kind.POLICY else draft.languages
    if fallback not in draft.texts and set(chosen or [fallback]) - set(draft.texts):
        words = _("Write it in the vendor's main language first; whoever reads another gets that one.")
        raise Refused(words, f"subject_{fallback}")


def _check_notice(policy: PolicyFile, draft: Announcement, now: datetime) -> None:
    """A changed policy holds at the earliest when the notice that the vendor promises has passed since dispatch (M18)."""
    if draft.kind != Announcement.Kind.POLICY or not policy.changes.notice_days:
        return
    earliest = now.astimezone(ZoneInfo(policy.vendor.time_zone)).date() + timedelta(days=policy.changes.notice_days)
    if draft.effective_on is None or draft.effective_on < earliest:
        words = _("A changed policy holds at least %(days)d days after it is sent: from %(day)s on.")
        raise Refused(words % {"days": policy.changes.notice_days, "day": day(earliest)}, "effective_on")


def _letter(draft: Announcement, person: int, place: int) -> Letter:
    urgent = draft.kind in _URGENT
    delay = -_AHEAD if urgent else timedelta(seconds=place // _A_SECOND)
    payload = {"announcement": draft.pk, "person": person}
    return Letter(draft.vendor_id, ANNOUNCED, announcement_key(draft.pk, person), payload, delay)


def _audit(by: Member, draft: Announcement, verb: AnnouncementVerb, **after: int) -> None:
    about = ("announcement", draft.pk)
    facts = {"kind": str(draft.kind), "product": draft.product_id, "releases": draft.releases, **after}
    record([Entry(by.vendor_id, clock.now(), verb, by.actor, about, about, after=facts)])
