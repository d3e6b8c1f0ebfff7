"""Going through all pages by their links, and sending the forms on them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import Resolver404, ResolverMatch, URLPattern, URLResolver, get_resolver, resolve

from tests.portal.walking import PNG
from tests.walls.matrix.estate import Estate
from tests.walls.requests.heard import asked, listening
from tests.walls.requests.markup import Control, Form, read
from tests.walls.requests.scene import STATES
from tests.walls.requests.state import taken_back
from tests.world import PASSWORD
from vendors.models import User

# Those with the most to do first: what one of them has been offered need not be offered again by another.
WALKERS = ("supervisor", "customer_admin", "customer", "abroad_customer", "partner", "operator", "both", "nobody")
EACH = 2  # of one kind of address so many are looked at
TRIES = 8  # of one kind of form so many are tried until one is accepted
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Sent:
    """A request that changes something and is accepted as it stands: who sends it, where to, and what its form says."""

    who: str
    method: str
    address: str
    route: str
    kind: str  # tells apart what one route does
    data: dict[str, list[str]]
    controls: dict[str, Control] = field(default_factory=dict, compare=False)
    files: tuple[str, ...] = ()
    heard: frozenset[str] = frozenset()
    json: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.kind} ({self.who})"

    def saying(self, **values: Any) -> Sent:
        """The same with other values, each one text or several."""
        given = {name: value if isinstance(value, list) else [str(value)] for name, value in values.items()}
        return replace(self, data=self.data | given)

    def without(self, name: str) -> Sent:
        """The same, not saying something."""
        return replace(self, data={key: value for key, value in self.data.items() if key != name})


class Walker:
    """Somebody of the estate's cast with a session."""

    def __init__(self, user: User | None, **options: Any) -> None:
        self.client = Client(raise_request_exception=False, **options)
        if user is not None:
            self.client.force_login(user, backend=BACKEND)

    def sends(self, sent: Sent, **headers: Any) -> Any:
        """Send it. Nothing is taken back."""
        given = dict(sent.headers) | headers
        if sent.body is not None:
            return self.client.generic(
                sent.method, sent.address, sent.body, content_type="application/octet-stream", headers=given
            )
        if sent.json is not None:
            return self.client.generic(
                sent.method, sent.address, _json(sent.json), content_type="application/json", headers=given
            )
        files = {name: SimpleUploadedFile("picture.png", PNG, "image/png") for name in sent.files}
        return self.client.generic(
            sent.method,
            sent.address,
            *_encoded(sent.data | {name: [file] for name, file in files.items()}),
            headers=given,
        )


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


def _encoded(data: dict[str, list[Any]]) -> tuple[bytes, str]:
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    return encode_multipart(BOUNDARY, data), MULTIPART_CONTENT


def accepted(answer: Any) -> bool:
    """Whether a form was taken: led on, answered with a page or a part of one, and not back to the sign-in."""
    if answer.status_code in (301, 302, 303):
        return not str(answer["Location"]).startswith("/accounts/login/")
    return bool(answer.status_code < 300)


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """All routes with their views, as `resolve(...).route` writes them."""
    for row in (resolver or get_resolver()).url_patterns:
        if isinstance(row, URLResolver):
            yield from patterns(row, before + str(row.pattern))
        elif isinstance(row, URLPattern):
            yield before + str(row.pattern), row.callback


def placed(address: str) -> ResolverMatch | None:
    """The route of an address; None where there is none."""
    try:
        return resolve(urlsplit(address).path)
    except Resolver404:
        return None


@dataclass(frozen=True)
class Visit:
    """A page, by whom it was seen and for what of its query it asked."""

    who: str
    address: str
    kind: str
    asked: frozenset[str]


@dataclass(frozen=True)
class Gathered:
    """What was found on the way through all pages."""

    requests: list[Sent]
    visits: list[Visit]


def gather(estate: Estate) -> Gathered:
    """One accepted request of each kind that somebody is offered; those of which none was accepted too, with `kind` so marked.
    And one visit of each kind of page by each.
    """
    from tests.walls.requests.program import programs

    offered: dict[str, list[Sent]] = defaultdict(list)
    visits: dict[tuple[str, str], Visit] = {}
    for who in WALKERS:
        for page, answer in pages(estate, who):
            kind = _kind(page)
            visits.setdefault((who, kind), Visit(who, page, kind, frozenset(asked(answer.wsgi_request.GET))))
            if "html" not in answer.headers.get("Content-Type", ""):
                continue
            for form in read(answer.content.decode()).forms:
                for sent in _filled(form, page, who):
                    offered[sent.kind].append(sent)
    for sent in programs(estate):
        offered[sent.kind].insert(0, sent)
    return Gathered([_first_accepted(estate, found) for found in offered.values()], list(visits.values()))


def pages(estate: Estate, who: str, each: int = EACH) -> Iterator[tuple[str, Any]]:
    """Every answer, files apart, that somebody reaches from link to link, beginning with all addresses without arguments."""
    walker = Walker(estate.cast.logins[who])
    waiting = [f"/{pattern}" for pattern, _view in patterns() if not re.search(r"[<^(]", pattern)]
    waiting += _pages_of_tickets(estate, who)
    seen: dict[str, int] = defaultdict(int)
    first = frozenset(waiting)
    known = set(waiting)
    while waiting:
        address = waiting.pop(0)
        kind = _kind(address)
        if not kind or (seen[kind] >= each and address not in first):
            continue
        seen[kind] += 1
        match = placed(address)
        by_script = {"HX-Request": "true"} if match is not None and "deed" in match.kwargs else {}
        with taken_back(), listening():
            answer: Any = walker.client.get(address, headers=by_script)
        if not answer.streaming:
            yield address, answer
        if answer.status_code in (301, 302):
            links = [answer["Location"]]
        elif "html" in answer.headers.get("Content-Type", "") and not answer.streaming:
            links = read(answer.content.decode()).links
        else:
            for _piece in answer.streaming_content if answer.streaming else ():
                pass  # read to its end, a file is closed
            links = []
        for link in links:
            there = urljoin(address, link).partition("#")[0]
            if there.startswith("/") and not there.startswith("//") and there not in known:
                known.add(there)
                waiting.append(there)


def _pages_of_tickets(estate: Estate, who: str) -> list[str]:
    """Pages of tickets in every state: of one's own, or for the staff each deed, to which no page leads without a script."""
    from interfaces.desk.forms import DEEDS

    owner = {"customer": "customer", "abroad_customer": "abroad"}.get(who)
    if owner:
        own = [estate.things[kind][owner].args for kind in ("ticket", "resolved", *STATES)]
        return [f"/portal/{slug}/{number}/" for slug, number in own]
    served = {"supervisor": ("customer", ("ticket", "resolved")), "partner": ("stranger", ("ticket",))}.get(who)
    if not served:
        return []
    found = [estate.things[kind][served[0]].args for kind in served[1]]
    return [f"/desk/{slug}/{number}/{deed}/" for deed in DEEDS for slug, number in found]


def _kind(address: str) -> str:
    """What kind of page it is: its route, and the words in its address that are no keys."""
    match = placed(address)
    if match is None or match.view_name in ("account_logout",):
        return ""
    words = [str(match.kwargs[name]) for name in ("deed", "step", "kind") if name in match.kwargs]
    return " ".join([match.route, *words])


def _filled(form: Form, page: str, who: str) -> Iterator[Sent]:
    """The form as it stands on its page, with what is missing filled in; once for each of its buttons."""
    if form.method != "post":
        return
    address = urljoin(page, form.action or page).partition("#")[0]
    match = placed(address)
    if match is None:
        return
    data = {name: values for name, control in form.controls.items() if (values := sound(control)) is not None}
    files = tuple(name for name, control in form.controls.items() if control.kind == "file")
    for button in form.buttons or [("", "")]:
        name, value = button
        said = data | ({name: [value]} if name else {})
        said.pop("csrfmiddlewaretoken", None)
        kind = label(match, said, f"[{name}={value}]" if name and not value.isdigit() else "")
        yield Sent(who, "POST", address, match.route, kind, said, form.controls, files)


def label(match: ResolverMatch, said: Iterable[str], button: str = "") -> str:
    """What tells a kind of request from the others: its route, the deed or step, the button, and the names of what is said."""
    words = [str(match.kwargs[key]) for key in ("deed", "step") if key in match.kwargs]
    return " ".join(filter(None, [match.route, *words, button, ",".join(sorted(said))]))


WORDS = {
    "email": "new.person@nordic-tool.test",
    "login": "customer@mastercam.test",
    "domain": "other.nordic-tool.test",
    "country": "SE",
    "time_zone": "Europe/Stockholm",
    "tag": "zqtag",
    "password": PASSWORD,
    "oldpassword": PASSWORD,
    **{f"day{day}": "09:00-17:00" for day in range(7)},
    "answer_shsworks_version": "11.019.2",
    "answer_svn_number": "12345",
    "organisation": "Nordic Tool AB",
}


def sound(control: Control) -> list[str] | None:
    """Values of a control that are right: what is chosen or stands there, else the first that could be chosen, or something."""
    if control.kind in ("file", "reset"):  # files are sent beside
        return None
    if control.options or control.kind in ("select", "radio", "checkbox"):
        chosen = [option.value for option in control.options if option.chosen and option.value]
        free = [option.value for option in control.options if option.value]
        if control.kind == "checkbox":
            return chosen or ([value for value in free if value != "on"][:1] or None)
        return (chosen or free[:1] or [""])[: None if control.several else 1]
    if control.value or control.kind == "hidden":
        return [control.value]
    now = datetime.now(UTC)
    by_kind = {
        "date": f"{now + timedelta(days=7):%Y-%m-%d}",
        "datetime-local": f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M}",
        "time": "09:00",
        "number": "1",
        "email": WORDS["email"],
        "url": "https://example.test/",
        "password": "tjugotre-blanka-fräsar",
    }
    return [WORDS.get(control.name) or by_kind.get(control.kind) or "Zq words"]


def _first_accepted(estate: Estate, found: list[Sent]) -> Sent:
    for sent in found[:TRIES]:
        with taken_back(), listening():
            answer = Walker(estate.cast.logins[sent.who]).sends(sent)
            request = answer.wsgi_request
            names = asked(request.POST) | asked(request.FILES) if hasattr(request, "_post") else set()
            heard = frozenset(names - {"csrfmiddlewaretoken"})
        if accepted(answer):
            return replace(sent, heard=heard | sent.heard)
    return replace(found[0], kind=f"{REFUSED} {answer.status_code} {found[0].kind}", heard=heard)


REFUSED = "refused"
