"""Pictures of all main pages as each role, wide and narrow, light and dark.

`python -m tests.browser.shots BASE_URL OUT_DIR [WORD]`, for a site with the demo data of `bin/up`; with WORD only
pages whose name contains it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.visitor import NARROW, WIDE, Visitor

PASSWORD = "demo-supportdesk"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# who: (login, {name of the page: its path, or path and the link to follow from there})
Place = str | tuple[str, str]
ROW = "[data-row-link]"
EVERYBODY: dict[str, Place] = {"notifications": "/notifications/", "profile": "/me/", "tokens": "/me/tokens/"}
PORTAL: dict[str, Place] = {
    "home": "/portal/",
    "news": "/portal/news/",
    "news-one": ("/portal/news/", ROW),
    "new": "/portal/new/",
    "ticket": ("/portal/", ROW),
    "resolved": ("/portal/?state=resolved", ROW),
}
HELP: dict[str, Place] = {"help": "/portal/help/", "article": ("/portal/help/", ".shelf-hits a")}
DESK: dict[str, Place] = {
    "queue": "/desk/",
    "ticket": ("/desk/", ROW),
    "phone": "/desk/new/",
    "phone-form": ("/desk/new/?who=a", ROW),
}
PAGES: dict[str, tuple[str, dict[str, Place]]] = {
    "nobody": (
        "",
        {
            "login": "/accounts/login/",
            "join": "/accounts/join/",
            "join-sent": "/accounts/join/sent/",
            "link-ended": "/accounts/invitation/1/x/",
            "password": "/accounts/password/reset/",
            "missing": "/nowhere/",
        },
    ),
    "customer-mastercam": (
        "nils.akerman@demo.example",
        PORTAL | HELP | EVERYBODY | {"new-all": "/portal/new/mastercam/all/"},
    ),
    "admin-mastercam": (
        "karin.lindqvist@demo.example",
        {
            "colleagues": "/portal/people/",
            "colleague": ("/portal/people/", ROW),
            "invite": "/portal/people/mastercam/invite/",
            "mail-domain": "/portal/people/mastercam/domains/new/",
        },
    ),
    "customer-optocraft": ("uwe.kessler@demo.example", PORTAL | {"new-all": "/portal/new/optocraft/all/"}),
    "customer-of-two": ("james.whitfield@demo.example", PORTAL),
    "agent-mastercam": ("daniel.brooks@demo.example", DESK | EVERYBODY),
    "agent-optocraft": (
        "katrin.vogel@demo.example",
        {"ticket": ("/desk/", ROW), "articles": "/desk/articles/", "article": ("/desk/articles/", ROW)},
    ),
    "agent-of-all": ("noor.haddad@demo.example", DESK | {"api-docs": "/api/v1/docs/"}),
    "partner-mastercam": ("lukas.ebner@demo.example", {"queue": "/desk/", "ticket": ("/desk/", ROW)}),
    "supervisor-mastercam": (
        "martha.keane@demo.example",
        {
            "ticket": ("/desk/", ROW),
            "dashboard": "/dashboards/",
            "announcements": "/desk/announcements/",
            "announcement-new": "/desk/announcements/mastercam/new/",
            "workload": "/desk/staff/",
            "workload-of": ("/desk/staff/", ROW),
            "people": "/desk/staff/people/",
            "person": ("/desk/staff/people/", ROW),
            "domains": "/desk/staff/domains/",
            "domain-new": "/desk/staff/mastercam/domains/new/",
            "teams": "/desk/staff/teams/",
            "team": ("/desk/staff/teams/", ROW),
        },
    ),
    "management-mastercam": (
        "robert.delaney@demo.example",
        {"dashboard": "/dashboards/", "list": ("/dashboards/", "a.tile")},
    ),
    "operator": (
        "olof.drift@demo.example",
        {"outbox": "/operator/outbox/", "outbox-sent": "/operator/outbox/?state=sent"},
    ),
}


def main(base: str, folder: Path, word: str = "") -> int:
    """Take all pictures; prints what browsers complained about and which pages are wider than the window."""
    path = chromium.found()
    if path is None:
        print(chromium.NOT_FOUND, file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright, path)
        for who, (login, places) in PAGES.items():
            chosen = {name: place for name, place in places.items() if word in f"{who}-{name}"}
            if chosen:
                said += _as_somebody(browser, base.rstrip("/"), folder, who, login, chosen)
        browser.close()
    print("\n".join(said) or "No complaints.")
    return 0


def _as_somebody(
    browser: Browser, base: str, folder: Path, who: str, login: str, places: dict[str, Place]
) -> Iterator[str]:
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", locale="en-GB")
    visitor = Visitor(context.new_page(), base)
    visitor.trouble.expected.add(404)
    if login:
        visitor.signs_in(login, PASSWORD)
    for name, place in places.items():
        visitor.opens(place if isinstance(place, str) else place[0])
        if isinstance(place, tuple):
            link = visitor.page.locator(place[1]).first
            if not link.count():
                yield f"{who}-{name}: nothing there to follow"
                continue
            visitor.opens(urljoin(visitor.path, link.get_attribute("href")))
        yield from _pictures(visitor, folder, f"{who}-{name}")
    yield from visitor.trouble.complaints
    context.close()


def _pictures(visitor: Visitor, folder: Path, name: str) -> Iterator[str]:
    page: Page = visitor.page
    for size, width in ((WIDE, 1440), (NARROW, 390)):
        page.set_viewport_size(size)
        for theme in THEMES:
            visitor.prefers(theme)
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
        if visitor.overflow() > 0:
            yield f"{name}: {visitor.overflow()} px wider than {width}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:4]))
