"""The pages of the customers' door and of the account, in one list: a sweep goes through them, and a route that is missing here
fails (tests/common/test_every_page.py). In a browser: tests/browser/test_every_page.py.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kernel.tenancy.scope import enter
from tests.portal.joining import invited
from tests.second_factor import Key, with_app, with_codes
from tests.world import House, read_house
from tickets import services
from tickets.models import Ticket
from vendors import identity
from vendors.joining import domains, links
from vendors.models import User

LANGUAGES = ("en", "de", "sv")
CUSTOMER, ADMIN = "customer@mastercam.test", "customer_admin@mastercam.test"
NOBODY = ""
GUARDED = "neighbour@mastercam.test"  # has an app, a passkey and recovery codes
# No letter of these is a word of the interface, in any language.
SUBJECT, BODY = "Verktygsbanan 4711", "Fräsen skär i fixturen.\n\n> 4711"


@dataclass(frozen=True)
class Scenery:
    """What there is to look at, by name: the arguments of addresses."""

    given: Mapping[str, tuple[Any, ...]]

    def address(self, page: Page) -> str:
        """Where a page is."""
        return reverse(page.route, args=self.given[page.shows] if page.shows else ()) + page.query


@dataclass(frozen=True)
class Page:
    """A page by its route, who looks at it (a login, or nobody), and which of the scenery it shows."""

    route: str
    who: str = CUSTOMER
    shows: str = ""
    query: str = ""

    def __str__(self) -> str:
        return f"{self.route}{self.query} {self.shows} ({self.who or 'nobody'})"


STEPS = ("product", "self-help", "what", "urgency", "all")
PAGES = (
    Page("account_login", NOBODY),
    Page("account_reset_password", NOBODY),
    Page("account_reset_password_done", NOBODY),
    Page("account_reset_password_from_key", NOBODY, "bad key"),
    Page("account_reset_password_from_key_done", NOBODY),
    Page("account_inactive", NOBODY),
    Page("account_email_verification_sent", NOBODY),
    Page("account_confirm_email", NOBODY, "bad confirmation"),
    Page("join", NOBODY),
    Page("join_sent", NOBODY),
    Page("invitation", NOBODY, "invitation"),
    Page("domain_proof", NOBODY, "domain"),
    Page("provider_search", NOBODY),
    Page("provider", NOBODY, "provider"),
    Page("account_logout"),
    Page("account_email"),
    Page("account_change_password"),
    Page("usersessions_list"),
    Page("account_reauthenticate"),
    Page("mfa_index"),
    Page("mfa_activate_totp"),
    Page("mfa_add_webauthn"),
    Page("mfa_index", GUARDED),
    Page("mfa_deactivate_totp", GUARDED),
    Page("mfa_view_recovery_codes", GUARDED),
    Page("mfa_view_recovery_codes", GUARDED),  # they are shown once
    Page("mfa_generate_recovery_codes", GUARDED),
    Page("mfa_edit_webauthn", GUARDED, "passkey"),
    Page("mfa_remove_webauthn", GUARDED, "passkey"),
    Page("mfa_reauthenticate", GUARDED),
    Page("mfa_reauthenticate_webauthn", GUARDED),
    Page("profile"),
    Page("tokens"),
    Page("notifications"),
    Page("portal:home"),
    Page("portal:home", ADMIN),
    Page("portal:home", "stranger@optocraft.test"),  # nothing there yet
    Page("portal:home", query="?q=zzzz"),
    Page("portal:new"),
    Page("portal:begin", shows="house"),
    Page("portal:one_page", shows="house"),
    Page("portal:one_page", "customer@optocraft.test", "other house"),
    *(Page("portal:step", "customer@optocraft.test", f"draft at {step}") for step in STEPS),
    Page("portal:step", shows="draft for another at urgency"),
    Page("portal:check", shows="draft for another"),
    Page("portal:check", "customer@optocraft.test", "draft"),
    Page("portal:check", "customer@image-instruments.test", "draft for partners"),
    Page("portal:solved", "customer@optocraft.test", "solved draft"),
    Page("portal:ticket", shows="open"),
    Page("portal:ticket", shows="asked"),
    Page("portal:ticket", shows="resolved"),
    Page("portal:ticket", shows="withdrawn"),
    Page("portal:ticket", "customer@optocraft.test", "urgent"),
    Page("portal:ticket", "customer@image-instruments.test", "no promise"),
    Page("portal:news", "customer@image-instruments.test"),
    Page("portal:announcement", "customer@image-instruments.test", "announcement"),
    Page("portal:people", ADMIN),
    Page("portal:invite", ADMIN, "house"),
    Page("portal:claim", ADMIN, "house"),
    Page("portal:colleague", ADMIN, "colleague"),
    Page("portal:help"),
    Page("portal:help", query="?q=4711"),
    Page("portal:help", query="?q=zzzz"),
    Page("portal:article", shows="article"),
)
_FORM = "takes a form and leads on"
_PART = "a part of a page, for scripts"
_FILE = "a file, or an answer for scripts"
_OWN = "not of the customers' door"
NO_PAGES = {
    "home": "leads to one's own door",
    "healthz": _FILE,
    "set_vendor": _FORM,
    "set_language": _FORM,
    "set_theme": _FORM,
    "notifications_read": _FORM,
    "notification": "leads to what happened",
    "attachment": _FILE,
    "attachment_preview": _FILE,
    "upload_begin": _FILE,
    "upload": _FILE,
    "token_revoke": _FORM,
    "account_signup": "leads to joining",
    "None": "the same, by allauth's address",
    "provider_callback": "leads in, from an identity provider",
    "account_set_password": "leads to the change, for who has a password",
    "mfa_authenticate": "only after the password: tests/browser/test_passkeys.py looks at it",
    "mfa_login_webauthn": _FILE,
    "mfa_list_webauthn": "leads to the page about signing in",
    "mfa_download_recovery_codes": "leads to the codes, whose page has the file in it",
    "account_confirm_login_code": "sign-in by code is not offered",
    "outbox": _OWN,
    "outbox_retry": _OWN,
    "styleguide": _OWN,
    "portal:article_vote": _FORM,
    "portal:article_solved": _FORM,
    "portal:suggest": _PART,
    "portal:expect": _PART,
    "portal:item": _PART,
    "portal:go_on": "leads to a step",
    "portal:announcement-put-away": _FORM,
    **{
        f"portal:{deed}": _FORM
        for deed in (
            "discard", "export", "take_up",
            "write", "pass-on", "complete", "review", "urgent", "confirm", "rate", "reopen", "withdraw", "participants",
            "participant-remove", "domain_forget", "invitation_resend", "invitation_withdraw", "colleague_remove",
        )
    },
}  # fmt: skip


def routes(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The names of all routes, with their namespace, outside staff's doors."""
    for row in (resolver or get_resolver()).url_patterns:
        if isinstance(row, URLPattern):
            yield f"{space}:{row.name}" if space else str(row.name)
        elif row.namespace not in {"desk", "dashboards", "api", "mail_sink"}:
            yield from routes(row, row.namespace or space)


def scenery() -> Scenery:
    """Make what there is to look at; everything that people typed is in no language's dictionary."""
    house = read_house("mastercam")
    given: dict[str, tuple[Any, ...]] = {
        "bad key": ("1", "set-password"),
        "bad confirmation": ("none",),
        "passkey": _guarded(),
        "article": (house.slug, _article(house)),
        "announcement": _announced(read_house("image-instruments")),
        "house": (house.slug,),
        "other house": ("optocraft",),
        **_drafts(),
        "colleague": (house.slug, house.people["customer"].pk),
        "invitation": (house.id, links.secret_of(invited(house, "ny@nordic-tool.test", name="4711").seed)),
        "provider": _provider(house),
        "domain": (house.id, links.secret_of(_claimed(house))),
    }
    for name, (where, act) in _TICKETS.items():
        given[name] = act(read_house(where))
    return Scenery(given)


def proved(session: Any, user: User) -> None:
    """Let it be just now that a session's person signed in: pages about signing in ask for that."""
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)


def _guarded() -> tuple[int]:
    user = User.objects.get(email=GUARDED)
    with_app(user)
    with_codes(user)
    asked = {"user": {"id": "MQ"}, "challenge": "AAAA"}
    said = json.loads(Key().made({"publicKey": asked}))
    data = {"name": "4711", "credential": said}
    return (Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data).pk,)


def _filed(house: House, **words: Any) -> Ticket:
    asked: dict[str, Any] = {
        "requester": house.people["customer"],
        "subject": SUBJECT,
        "body": BODY,
        "language": "en",
    } | words
    with enter(house.scope()):
        return services.file_ticket(by=house.member("customer"), request=services.Request(**asked))


def _drafts() -> dict[str, tuple[Any, ...]]:
    """Requests that are still being typed: one that nothing is wrong with but what is missing, some that others serve."""
    optocraft, mastercam, onyx = (read_house(slug) for slug in ("optocraft", "mastercam", "image-instruments"))
    draft = _typed(optocraft, answer_shsworks_version="11.019.2", step_power="sound", urgent="on")
    other, partners = _typed(mastercam, topic="post_processor"), _typed(onyx, topic="training")
    solved = _typed(optocraft)
    with enter(optocraft.scope()):
        services.solve_by_self_help(by=optocraft.member("customer"), key=solved[1], step="power")
    return {
        "draft": draft,
        "solved draft": solved,
        "draft for another": other,
        "draft for another at urgency": (*other, "urgency"),
        "draft for partners": partners,
        **{f"draft at {step}": (*draft, step) for step in STEPS},
    }


def _typed(house: House, **more: str) -> tuple[str, UUID]:
    person, key = house.people["customer"], uuid4()
    words = {"subject": SUBJECT, "body": BODY, "language": "en", "authorised_user": str(person.pk)} | more
    values = {name: [text] for name, text in {"item": str(house.item.pk), **words}.items()}
    with enter(house.scope()):
        services.save_request_draft(by=house.member("customer"), key=key, values=values, step="check")
    return house.slug, key


def _with(deed: Callable[..., object] | None = None, who: str = "agent", words: Any = None, **filed: Any) -> Any:
    def make(house: House) -> tuple[str, str]:
        ticket = _filed(house, **filed)
        if deed is not None:
            with enter(house.scope()):
                deed(by=house.member(who), ticket_id=ticket.pk, **(words or {}))
        return house.slug, ticket.number

    return make


def _announced(house: House) -> tuple[str, int]:
    texts = {language: {"subject": SUBJECT, "body": BODY} for language in LANGUAGES}
    by = house.member("supervisor")
    with enter(house.scope()):
        draft = services.save_draft(
            by=by, announcement_id=None, kind="planned", product_id=house.item.product_id, releases=[], languages=[],
            texts=texts,
        )  # fmt: skip
        services.send_announcement(by=by, announcement_id=draft.pk)
    return house.slug, draft.pk


def _claimed(house: House) -> str:
    with enter(house.scope()):
        return domains.claim(
            by=house.member("customer_admin"), domain="nordic-tool.test", asked=domains.POSTMASTERS[0]
        ).seed


def _provider(house: House) -> tuple[int, str]:
    # Not to be found by a mail address: other tests have providers of this house.
    terms = identity.Terms("4711", None, "https://login.example", "4711", domains=["mastercam.test"], by_address=False)
    with enter(house.scope()):
        row = identity.save(by=house.member("admin"), provider_id=None, terms=terms)
    return house.id, row.key


def _article(house: House) -> str:
    texts = {language: {"title": SUBJECT, "body": f"# 4711\n\n{BODY}\n\n- 4711\n- 4712"} for language in LANGUAGES}
    with enter(house.scope()):
        article = services.save_article(
            by=house.member("agent"), article_id=None, product_id=None, topics=(), texts=texts, publish=True
        )
    return str(article.slug)


_TICKETS: dict[str, tuple[str, Callable[[House], tuple[str, str]]]] = {
    "open": ("mastercam", _with(services.reply, words={"body": BODY}, claimed_priority="P1")),
    "asked": ("mastercam", _with(services.reply, words={"body": BODY, "ask": True})),
    "resolved": ("mastercam", _with(services.resolve, words={"outcome": "fixed", "body": BODY})),
    "withdrawn": ("mastercam", _with(services.cancel, "customer", {"reason": "withdrawn"})),
    "urgent": ("optocraft", _with(urgent=True, urgent_reason="4711")),
    "no promise": ("image-instruments", _with()),
}
