"""What each route is about, a line a route: its door (who has business there at all), the kind of object that its path names, and
the methods that it takes. A route that is new is classified here: until then `test_every_route_is_classified` fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.walls.matrix import bodies as say
from tests.walls.matrix import law
from tests.walls.matrix.law import (
    ADMINS,
    CUSTOMER_ADMINS,
    CUSTOMERS,
    DESK,
    EVERYBODY,
    LOGINS,
    MANAGERS,
    MEMBERS,
    OPERATORS,
    READERS,
    STAFF,
    Table,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OK, FOUND, CREATED, EMPTY, REFUSED, FORBIDDEN, GONE = 200, 302, 201, 204, 422, 403, 404
Body = Mapping[str, Any] | Callable[..., Any] | None


@dataclass(frozen=True)
class Kind:
    """A kind of object: its name in the estate, and who sees whose."""

    things: str
    seen: Table


@dataclass(frozen=True)
class Route:
    """A route. `doers` are those who may write, of all that see the object (none given: all); `shows` and `done` are the statuses
    of reading and writing, `denied` those for who sees and may not write. `more` ends the address (a deed, a step), `inside`
    says that the object is named in the query or the body and not in the path. `every` is the one answer to everything,
    `leaves` why reading may write, `still` why nothing needs to be written, `quiet` that the page does not name its object,
    `hidden` that outsiders are not told which methods there are, `absent` the status for what is not there, `anew` that what is
    not there is begun.
    """

    name: str
    door: frozenset[str]
    kind: Kind
    reads: str = ""
    writes: str = ""
    body: Body = None
    doers: frozenset[str] | None = None
    shows: frozenset[int] = frozenset({OK})
    done: frozenset[int] = frozenset({FOUND})
    denied: frozenset[int] = frozenset({FORBIDDEN, REFUSED})
    more: tuple[Any, ...] = ()
    inside: bool = False
    every: int = 0
    leaves: str = ""
    still: str = ""
    quiet: bool = False
    hidden: bool = False
    query: str = ""
    absent: int = 404
    anew: bool = False

    @property
    def takes(self) -> frozenset[str]:
        """The methods that the route knows."""
        return frozenset(f"{self.reads} {self.writes}".split())

    @property
    def title(self) -> str:
        """What tells a line from others."""
        return f"{self.name}{'/' + '/'.join(self.more) if self.more else ''}"


def _of(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


NOTHING, VENDOR = Kind("nothing", law.NOTHING), Kind("vendor", law.VENDOR)
TICKET, RESOLVED, CLOCK = Kind("ticket", law.TICKET), Kind("resolved", law.TICKET), Kind("clock", law.CLOCK)
MESSAGE, FILE = Kind("message", law.TICKET), Kind("file", law.FILE)
ARTICLE, ARTICLE_KEY = Kind("article", law.ARTICLE), Kind("article by key", law.ARTICLE_AT_DESK)
NEWS, NEWS_DESK = Kind("announcement", law.ANNOUNCEMENT), Kind("announcement", law.ANNOUNCEMENT_AT_DESK)
DRAFT, SOLVED, UPLOAD = Kind("draft", law.DRAFT), Kind("solved draft", law.DRAFT), Kind("upload", law.UPLOAD)
BEGUN = Kind("draft", law.BEGUN)
PERSON, COLLEAGUE = Kind("person", law.PERSON), Kind("person", law.COLLEAGUE)
TEAM, ABSENCE, CANNED, VIEW = (
    Kind("team", law.TEAM), Kind("absence", law.ABSENCE), Kind("canned", law.CANNED), Kind("view", law.VIEW)
)  # fmt: skip
DOMAIN, DOMAIN_DESK = Kind("domain", law.OF_CUSTOMER), Kind("domain", law.DOMAIN_AT_DESK)
INVITED = Kind("invitation", law.OF_CUSTOMER)
INVITATION_LINK, DOMAIN_LINK = Kind("invitation by link", law.INVITATION), Kind("domain by link", law.LINK)
NOTE, TOKEN, LETTER = Kind("notification", law.NOTIFICATION), Kind("token", law.TOKEN), Kind("letter", law.LETTER)
MAIL = Kind("mail", law.MAIL)
PROVIDER, PROVIDER_LINK = Kind("provider", law.PROVIDER), Kind("provider by link", law.PROVIDER_LINK)
IDENTITY = Kind("identity", law.PROVIDER)

_R: dict[str, Any] = {"reads": "GET HEAD"}
_RW: dict[str, Any] = {"reads": "GET HEAD", "writes": "POST"}
_W: dict[str, Any] = {"writes": "POST"}
_EITHER = _of(FOUND, REFUSED)  # done, or refused for the state that the object is in
_JSON = _of(OK, REFUSED)
_COMMON = (
    Route("home", EVERYBODY, NOTHING, **_R, shows=_of(OK, FOUND)),
    Route("healthz", EVERYBODY, NOTHING, **_R),
    Route("profile", LOGINS, NOTHING, **_RW, body={"language": "sv", "time_zone": "Europe/Stockholm"}),
    Route("set_vendor", LOGINS, VENDOR, **_W, body=say.vendor, inside=True, still="kept in the session"),
    Route("set_language", EVERYBODY, NOTHING, **_W, body={"language": "sv"}),
    Route("set_theme", EVERYBODY, NOTHING, **_W, body={"theme": "dark"}, still="kept in a cookie"),
    Route("notifications", LOGINS, NOTHING, **_R),
    Route("notifications_read", LOGINS, NOTHING, **_W),
    Route("notification", LOGINS, NOTE, **_R, shows=_of(FOUND), leaves="following it is reading it"),
    Route("attachment", LOGINS, FILE, **_R, leaves="each download is in the audit"),
    Route("attachment_preview", LOGINS, FILE, **_R),
    Route("upload_begin", LOGINS, VENDOR, **_W, body={"name": "new.png", "size": "8"}, done=_of(CREATED)),
    Route("upload", LOGINS, UPLOAD, reads="GET HEAD", writes="PATCH DELETE", body=say.piece, done=_of(OK, EMPTY)),
    Route("join", EVERYBODY, NOTHING, **_RW, body={"email": "somebody@else.test"}),
    Route("join_sent", EVERYBODY, NOTHING, **_R),
    Route("None", EVERYBODY, NOTHING, every=FOUND),
    Route("account_signup", EVERYBODY, NOTHING, every=FOUND),
    Route("invitation", EVERYBODY, INVITATION_LINK, **_RW, body=say.new_login, quiet=True),
    Route("domain_proof", EVERYBODY, DOMAIN_LINK, **_RW, done=_of(OK)),
    Route("outbox", OPERATORS, NOTHING, **_R, hidden=True),
    Route("outbox_retry", OPERATORS, LETTER, **_W, body=say.letter, inside=True, hidden=True, absent=FOUND),
    Route("tokens", LOGINS, NOTHING, **_RW, body={"name": "new"}, done=_of(OK)),
    Route("token_revoke", LOGINS, TOKEN, **_W),
)
# One's own second factors: nobody of the cast has any, so pages lead to where one begins, or are not there.
_ANY_WAY = _of(OK, FOUND, 400, FORBIDDEN, GONE, 405, REFUSED)
_FACTORS: dict[str, Any] = {"shows": _ANY_WAY, "done": _ANY_WAY}
_OF_FACTORS: dict[str, tuple[str, ...]] = {
    "mfa_reauthenticate": (), "mfa_activate_totp": (), "mfa_deactivate_totp": (), "mfa_view_recovery_codes": (),
    "mfa_generate_recovery_codes": (), "mfa_add_webauthn": (), "mfa_reauthenticate_webauthn": (),
    "mfa_remove_webauthn": ("4000000000",), "mfa_edit_webauthn": ("4000000000",),
}  # fmt: skip
_MAYBE: dict[str, Any] = {"shows": _of(OK, FOUND), "done": _of(OK, FOUND)}
_ACCOUNT = (
    Route("account_login", EVERYBODY, NOTHING, **_RW, shows=_of(OK, FOUND), done=_of(OK, FOUND), still="a wrong password"),
    Route("account_logout", EVERYBODY, NOTHING, **_RW, shows=_of(OK, FOUND), still="ends the session alone"),
    Route("account_inactive", EVERYBODY, NOTHING, **_R),
    Route("account_reauthenticate", LOGINS, NOTHING, **_RW, shows=_of(OK, FOUND), done=_of(OK), still="a wrong password"),
    Route("account_email", LOGINS, NOTHING, **_RW, done=_of(OK, FOUND), still="names no address"),
    Route("account_email_verification_sent", EVERYBODY, NOTHING, **_R),
    Route("account_change_password", LOGINS, NOTHING, **_RW, **_MAYBE, still="names no password"),
    Route("account_set_password", LOGINS, NOTHING, **_RW, **_MAYBE, still="names no password"),
    Route("account_reset_password", EVERYBODY, NOTHING, **_RW, done=_of(OK, FOUND), still="names no address"),
    Route("account_reset_password_done", EVERYBODY, NOTHING, **_R),
    Route("account_reset_password_from_key", EVERYBODY, NOTHING, **_RW, done=_of(OK), more=("1", "ab-c"), still="nobody's key"),
    Route("account_reset_password_from_key_done", EVERYBODY, NOTHING, **_R),
    Route("account_confirm_email", EVERYBODY, NOTHING, **_RW, done=_of(GONE), more=("none",), still="a key of nobody's"),
    Route("account_confirm_login_code", EVERYBODY, NOTHING, **_RW, shows=_of(FOUND), still="sign-in by code is not offered"),
    Route("provider_search", EVERYBODY, NOTHING, **_RW, body={"who": "mastercam"}, done=_EITHER, still="finds a page"),
    Route("provider", EVERYBODY, PROVIDER_LINK, **_RW, done=_of(FORBIDDEN, 502, 503), still="nobody answers there", quiet=True),
    Route("provider_callback", EVERYBODY, PROVIDER_LINK, **_R, shows=_of(OK, FOUND, 400, 401, 403, 502), quiet=True),
    Route("mfa_index", LOGINS, NOTHING, **_R, **_FACTORS),
    Route("mfa_download_recovery_codes", EVERYBODY, NOTHING, every=FOUND),
    Route("mfa_list_webauthn", EVERYBODY, NOTHING, every=FOUND),
    *(
        Route(name, LOGINS, NOTHING, **_RW, **_FACTORS, still="nobody has a second factor", more=more)
        for name, more in _OF_FACTORS.items()
    ),
    *(
        Route(name, EVERYBODY, NOTHING, **_RW, **_FACTORS, still="nobody is on his way in")
        for name in ("mfa_authenticate", "mfa_login_webauthn")
    ),
    Route("usersessions_list", LOGINS, NOTHING, **_RW, **_MAYBE, still="one proves oneself first"),
    Route("mail_sink:listing", EVERYBODY, NOTHING, **_R),
    Route("mail_sink:message", EVERYBODY, MAIL, **_R),
    Route("mail_sink:html", EVERYBODY, MAIL, **_R),
)  # fmt: skip
_DESK = (
    Route("desk:queue", DESK, NOTHING, **_R),
    Route("desk:live", DESK, NOTHING, **_R, query="?since=2026-01-01T00:00Z"),
    Route("desk:export", DESK, NOTHING, **_RW, shows=_of(FOUND), done=_of(OK)),
    Route("desk:providers", ADMINS, NOTHING, **_R),
    Route("desk:provider_new", ADMINS, VENDOR, **_RW, body=say.provider, done=_EITHER, still="its host is asked", quiet=True),
    Route("desk:provider", ADMINS, PROVIDER, **_RW, body=say.provider, done=_EITHER, still="its host is asked"),
    Route("desk:provider_remove", ADMINS, PROVIDER, **_W),
    Route("desk:identity_unlink", ADMINS, IDENTITY, **_W),
    Route("desk:complete", DESK, NOTHING, **_R),
    Route("desk:bulk", DESK, NOTHING, reads="GET", **_W, body=say.bulk, shows=_of(FOUND), done=_EITHER),
    Route("desk:palette", DESK, NOTHING, **_R, query="?q=It"),
    Route("desk:looks", DESK, NOTHING, **_W, body={"density": "compact"}),
    Route("desk:view_keep", DESK, NOTHING, reads="GET", **_W, body={"name": "Mine", "q": ""}, shows=_of(FOUND)),
    Route("desk:view_change", DESK, VIEW, reads="GET", **_W, body={"name": "Renamed"}, shows=_of(FOUND), done=_EITHER),
    Route("desk:new", DESK, NOTHING, **_RW, done=_of(OK, REFUSED), still="nobody is named"),
    Route("desk:new_caller", DESK, VENDOR, **_RW, inside=True, query="?vendor={0}", done=_of(REFUSED), still="nobody is named"),
    Route("desk:undo", LOGINS, NOTHING, **_W, body={"batch": "0" * 32}, done=_of(GONE), still="a batch of nobody's"),
    Route("desk:next", DESK, NOTHING, **_RW, shows=_of(OK, FOUND), done=_of(OK, FOUND), still="kept in the session"),
    Route("desk:announcements", MANAGERS, NOTHING, **_R),
    Route("desk:announcement_new", MANAGERS, VENDOR, **_RW, body=say.announcement, quiet=True),
    Route("desk:announcement", MANAGERS, NEWS_DESK, **_RW, body=say.announcement),
    Route("desk:announcement_send", MANAGERS, NEWS_DESK, **_W),
    Route("desk:announcement_discard", MANAGERS, NEWS_DESK, **_W),
    Route("desk:articles", STAFF, NOTHING, **_R),
    Route("desk:article_new", STAFF, VENDOR, **_RW, body=say.article, quiet=True),
    Route("desk:article", STAFF, ARTICLE_KEY, **_RW, body=say.article, done=_EITHER),
    Route("desk:article_withdraw", STAFF, ARTICLE_KEY, **_W),
    Route("desk:article_discard", STAFF, ARTICLE_KEY, **_W),
    Route("desk:canned", DESK, NOTHING, **_R),
    Route("desk:canned_new", DESK, VENDOR, **_RW, body=say.canned, quiet=True),
    Route("desk:canned_edit", DESK, CANNED, **_RW, body=say.canned),
    Route("desk:canned_delete", DESK, CANNED, **_W),
    Route("desk:workload", STAFF, NOTHING, **_R, shows=_of(OK, FOUND)),
    Route("desk:staff", STAFF, NOTHING, **_R),
    Route("desk:teams", MANAGERS, NOTHING, **_R),
    Route("desk:domains", MANAGERS, NOTHING, **_R),
    Route("desk:domain_new", MANAGERS, VENDOR, **_RW, body=say.domain, quiet=True),
    Route("desk:domain_remove", MANAGERS, DOMAIN_DESK, **_W),
    Route("desk:workload_of", MANAGERS, PERSON, **_RW, body=say.share, done=_EITHER),
    Route("desk:team_new", MANAGERS, VENDOR, **_RW, body=say.team, quiet=True),
    Route("desk:team", MANAGERS, TEAM, **_RW, body=say.team),
    Route("desk:team_remove", MANAGERS, TEAM, **_W),
    Route("desk:person", STAFF, PERSON, **_R),
    Route("desk:person_skills", MANAGERS, PERSON, **_RW, body={"languages": ["en"], "work_limit": "3"}, shows=_of(FOUND)),
    Route("desk:person_shifts", STAFF, PERSON, **_RW, body={"day0": "9:00-12:00"}, shows=_of(FOUND)),
    Route("desk:person_absences", STAFF, PERSON, **_RW, body=say.absence, shows=_of(FOUND)),
    Route("desk:absence_remove", STAFF, ABSENCE, **_W),
    Route("desk:ticket", DESK, TICKET, **_R),
    Route("desk:message", DESK, TICKET, **_RW, body=say.composed, shows=_of(FOUND), done=_EITHER),
    Route("desk:canned_choose", DESK, TICKET, **_R, quiet=True),
    Route("desk:split", DESK, MESSAGE, **_RW, body={"subject": "Apart"}, done=_EITHER, quiet=True),
    Route("desk:draft", DESK, TICKET, **_W, body={"body": "Half a sentence", "kind": "internal"}),
    Route("desk:presence", DESK, TICKET, **_W, body={"mode": "viewing"}, done=_of(OK, EMPTY), still="kept in Redis"),
    Route("desk:asked", DESK, TICKET, **_R, quiet=True),
    Route("desk:why", DESK, CLOCK, **_R, quiet=True),
    Route("desk:act", DESK, TICKET, **_R, shows=_of(FOUND), more=("assign",)),
    *(
        Route(
            "desk:act", DESK, RESOLVED if deed == "reopen" else TICKET, **_W, body=body, done=_EITHER, more=(deed,),
            still=say.IDLE.get(deed, ""),
        )
        for deed, body in say.DEEDS.items()
    ),
)  # fmt: skip
_PORTAL = (
    Route("portal:home", CUSTOMERS, NOTHING, **_R),
    Route("portal:export", CUSTOMER_ADMINS, NOTHING, **_RW, shows=_of(FOUND), done=_of(OK)),
    Route("portal:help", MEMBERS, NOTHING, **_R, query="?q=Told"),
    Route("portal:article", MEMBERS, ARTICLE, **_R),
    Route("portal:article_vote", MEMBERS, ARTICLE, **_W, body={"helpful": "yes"}, doers=READERS, denied=_of(GONE)),
    Route("portal:article_solved", MEMBERS, ARTICLE, **_W, doers=READERS, denied=_of(GONE)),
    Route("portal:news", READERS, NOTHING, **_R),
    Route("portal:announcement", READERS, NEWS, **_R),
    Route("portal:announcement-put-away", READERS, NEWS, **_W),
    Route("portal:suggest", LOGINS, VENDOR, **_R, inside=True, query="?vendor={0}&subject=Told", quiet=True),
    Route("portal:people", CUSTOMER_ADMINS, NOTHING, **_R),
    Route("portal:invite", CUSTOMER_ADMINS, VENDOR, **_RW, body=say.invited, quiet=True),
    Route("portal:claim", CUSTOMER_ADMINS, VENDOR, **_RW, body={"domain": "claimed.test", "asked": "postmaster"}, quiet=True),
    Route("portal:domain_forget", CUSTOMER_ADMINS, DOMAIN, **_W),
    Route("portal:invitation_resend", CUSTOMER_ADMINS, INVITED, **_W),
    Route("portal:invitation_withdraw", CUSTOMER_ADMINS, INVITED, **_W),
    Route("portal:colleague", CUSTOMER_ADMINS, COLLEAGUE, **_RW, body={"role": "customer_admin", "site": ""}),
    Route("portal:colleague_remove", CUSTOMER_ADMINS, COLLEAGUE, **_W),
    Route("portal:new", CUSTOMERS, NOTHING, **_R, shows=_of(OK, FOUND)),
    Route("portal:begin", CUSTOMERS, VENDOR, **_R, quiet=True),
    Route("portal:one_page", CUSTOMERS, VENDOR, **_R, quiet=True),
    Route("portal:expect", CUSTOMERS, VENDOR, **_W, body={"subject": "x"}, done=_of(OK), still="nothing is kept"),
    Route("portal:item", CUSTOMERS, VENDOR, **_R, quiet=True),
    Route("portal:go_on", CUSTOMERS, DRAFT, **_R, shows=_of(FOUND)),
    Route("portal:discard", CUSTOMERS, DRAFT, **_W),
    Route("portal:check", CUSTOMERS, DRAFT, **_RW, done=_EITHER, quiet=True),
    Route("portal:solved", CUSTOMERS, SOLVED, **_R, shows=_of(OK, FOUND), quiet=True),
    Route("portal:take_up", CUSTOMERS, SOLVED, **_W),
    Route("portal:step", CUSTOMERS, DRAFT, **_R, more=("what",), quiet=True),
    # A key that is not known begins a draft of one's own, and so does somebody else's: it tells and changes nothing of his.
    Route("portal:step", CUSTOMERS, BEGUN, **_W, body=say.typed, done=_EITHER, more=("what",), anew=True),
    Route("portal:ticket", CUSTOMERS, TICKET, **_R),
    Route("portal:write", CUSTOMERS, TICKET, **_W, body={"body": "Again"}),
    Route("portal:complete", CUSTOMERS, TICKET, **_W, body=say.completed, done=_EITHER),
    Route("portal:review", CUSTOMERS, TICKET, **_W, body={"reason": "Too slow"}, done=_EITHER),
    Route("portal:urgent", CUSTOMERS, TICKET, **_W, body={"urgent_reason": "Down"}, done=_EITHER),
    Route("portal:confirm", CUSTOMERS, RESOLVED, **_W),
    Route("portal:rate", CUSTOMERS, RESOLVED, **_W, body={"grade": "well", "comment": "Good"}),
    Route("portal:reopen", CUSTOMERS, RESOLVED, **_W),
    Route("portal:participants", CUSTOMERS, TICKET, **_W, body=say.colleague, done=_EITHER),
    Route("portal:participant-remove", CUSTOMERS, TICKET, **_W, body=say.participant),
    Route("portal:pass-on", CUSTOMERS, TICKET, **_W, still="each is where it belongs"),
    Route("portal:withdraw", CUSTOMERS, TICKET, **_W),
    Route("dashboards:home", MANAGERS, NOTHING, **_R),
    Route(
        "dashboards:export", MANAGERS, NOTHING, **_RW, query="?figure=breached", shows=_of(FOUND), done=_of(OK, FOUND, GONE),
        still="no clock is breached",
    ),
    Route("dashboards:list", MANAGERS, NOTHING, **_R, query="?figure=breached", shows=_of(OK, REFUSED)),
)  # fmt: skip
_WORKS: dict[str, Any] = {"doers": DESK, "denied": _of(FORBIDDEN)}
_API = (
    Route("api:tickets", LOGINS, NOTHING, **_R),
    Route("api:tickets", LOGINS, VENDOR, **_W, body=say.api_request, inside=True, done=_of(CREATED, REFUSED), absent=REFUSED),
    Route(
        "api:outlook", LOGINS, VENDOR, **_W, body=say.api_request, inside=True, done=_of(OK, REFUSED), absent=REFUSED,
        still="stores nothing",
    ),
    Route("api:ticket", MEMBERS, TICKET, **_R),
    Route("api:messages", MEMBERS, TICKET, **_R, quiet=True),
    Route("api:replies", MEMBERS, TICKET, **_W, body={"body": "Said"}, done=_of(CREATED, REFUSED)),
    Route("api:notes", MEMBERS, TICKET, **_W, body={"body": "Noted"}, done=_of(CREATED), **_WORKS),
    Route("api:entitlement", MEMBERS, TICKET, **_R, quiet=True),
    Route("api:clocks", MEMBERS, TICKET, **_R, quiet=True),
    Route("api:action-assign", MEMBERS, TICKET, **_W, body=say.assigned, done=_JSON, **_WORKS),
    Route("api:action-set-priority", MEMBERS, TICKET, **_W, body={"priority": "P3"}, done=_JSON, **_WORKS),
    Route("api:action-declare-urgent", MEMBERS, TICKET, **_W, body={"reason": "Down"}, done=_JSON),
    Route("api:action-declare-information-complete", MEMBERS, TICKET, **_W, done=_JSON, **_WORKS),
    Route("api:action-classify", MEMBERS, TICKET, **_W, body={"classification": "bug"}, done=_JSON, **_WORKS),
    Route("api:action-settle-zone", MEMBERS, TICKET, **_W, body=say.ZONE, done=_JSON, **_WORKS),
    Route("api:action-ask", MEMBERS, TICKET, **_W, body={"body": "Which?"}, done=_JSON, **_WORKS),
    Route("api:action-wait-for-third-party", MEMBERS, TICKET, **_W, done=_JSON, **_WORKS),
    Route("api:action-go-on", MEMBERS, TICKET, **_W, done=_JSON, still="nothing waits", **_WORKS),
    Route("api:action-hand-off", MEMBERS, TICKET, **_W, body=say.api_handed, done=_JSON, **_WORKS),
    Route("api:action-resolve", MEMBERS, TICKET, **_W, body=say.resolved, done=_JSON, **_WORKS),
    Route("api:action-reopen", MEMBERS, RESOLVED, **_W, done=_JSON),
    Route("api:action-close", MEMBERS, RESOLVED, **_W, done=_JSON),
    Route("api:action-cancel", MEMBERS, TICKET, **_W, body={"reason": "withdrawn"}, done=_JSON),
    Route("api:action-request-review", MEMBERS, TICKET, **_W, body={"reason": "Slow"}, done=_JSON),
    Route(
        "api:action-review", MEMBERS, TICKET, **_W, body={"accept": True, "answer": "Yes"}, done=_JSON, doers=MANAGERS,
        denied=_of(FORBIDDEN),
    ),
    Route("api:file", MEMBERS, FILE, **_R, leaves="each download is in the audit"),
    Route("api:vendor", MEMBERS, VENDOR, **_R),
    Route("api:me", LOGINS, NOTHING, **_R),
    Route("api:schema", EVERYBODY, NOTHING, reads="GET HEAD OPTIONS"),
    Route("api:docs", EVERYBODY, NOTHING, reads="GET HEAD OPTIONS"),
    Route("api:absent", EVERYBODY, NOTHING, every=GONE),
)  # fmt: skip
ROUTES = (*_COMMON, *_ACCOUNT, *_DESK, *_PORTAL, *_API)
