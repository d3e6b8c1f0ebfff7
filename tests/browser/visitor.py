"""Somebody before a browser: what he does and sees reads like a sentence; what goes wrong behind the page is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
    expect,
)

WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Trouble:
    """What a browser complained about: the console, scripts, requests that failed or were refused unexpectedly."""

    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def watch(self, context: BrowserContext) -> None:
        """Listen to everything in this context."""
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    @contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """Answers of this status are wanted for a while."""
        self.expected.add(status)
        yield
        self.expected.discard(status)

    def _console(self, message: ConsoleMessage) -> None:
        # What could not be loaded is noted by `_failed` and `_answered`, which know whether it was expected.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _script(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that was left while it loaded, or a download
            self.complaints.append(f"{request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.url}: status {response.status}")


class Visitor:
    """A person with a window of his own, signed in (or nobody yet)."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.trouble = Trouble()
        self.trouble.watch(page.context)

    # -- where he goes

    def opens(self, path: str) -> None:
        """Go to a path, or to a whole address as it stands in a mail."""
        self.page.goto(path if path.startswith("http") else self.address + path)

    def reloads(self) -> None:
        """Look again."""
        self.page.goto(self.path)

    @property
    def path(self) -> str:
        """The whole address of the page, without a fragment."""
        return self.page.url.partition("#")[0]

    def signs_in(self, email: str, password: str) -> None:
        """Through the page for it."""
        self.opens("/accounts/login/")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("main form button[type=submit]").first.click()
        expect(self.page).not_to_have_url(re.compile("/accounts/login/"))

    # -- what he does

    def part(self, name: str) -> Locator:
        """The section, form or other part of the page with this text or label; the innermost."""
        return self.page.locator("section, fieldset, details, table, form").filter(has_text=name).last

    def follows(self, link: str) -> None:
        """Click a link."""
        self.page.get_by_role("link", name=link).first.click()

    def presses(self, button: str, *, inside: Locator | None = None) -> None:
        """Click a button."""
        (inside or self.page).get_by_role("button", name=button, exact=True).first.click()

    def unfolds(self, summary: str) -> Locator:
        """Open what is folded, if it is not open yet; answers it."""
        fold = self.page.locator("details").filter(
            has=self.page.locator("summary", has_text=re.compile(rf"^\s*(\d+\s+)?{re.escape(summary)}"))
        )
        chosen = fold.last
        if chosen.get_attribute("open") is None:
            chosen.locator("summary").first.click()
        link = chosen.get_by_role("link", name="Show the form")
        if link.count() and not self.page.evaluate("'htmx' in window"):
            link.click()
        expect(link).to_have_count(0)
        return chosen

    def writes(self, label: str, text: str, *, inside: Locator | None = None) -> None:
        """Fill in a field."""
        (inside or self.page.locator("main")).get_by_label(label).first.fill(text)

    def selects(self, label: str, option: str, *, inside: Locator | None = None) -> None:
        """Choose from a list by the words shown."""
        (inside or self.page.locator("main")).get_by_label(label).first.select_option(label=option)

    def ticks(self, label: str, *, inside: Locator | None = None) -> None:
        """Tick a box or pick a radio button."""
        (inside or self.page.locator("main")).get_by_label(label).first.check()

    def adds_file(self, path: Path) -> None:
        """Choose a file in the first place for files."""
        self.page.locator("main input[type=file]").first.set_input_files(path)

    # -- what he sees

    def sees(self, *texts: str, within: str = "body", seconds: float = 5) -> None:
        """Each of these is on the page."""
        for text in texts:
            expect(self.page.locator(within).first).to_contain_text(text, timeout=seconds * 1000)

    def sees_nothing_of(self, *texts: str, within: str = "body") -> None:
        """None of these is on the page."""
        for text in texts:
            expect(self.page.locator(within).first).not_to_contain_text(text)

    def sees_sooner_or_later(self, text: str, *, within: float, where: str = "main") -> None:
        """The text appears within so many seconds while he keeps looking at the page."""
        waited = 0.0
        while text not in self.page.locator(where).first.inner_text():
            assert waited < within, f"no “{text}” on {self.path} within {within} s"
            self.page.wait_for_timeout(150)
            waited += 0.15
            self.reloads()

    def finds_no_page_at(self, path: str) -> None:
        """What is not his looks as if it were not there."""
        with self.trouble.expecting(404):
            answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 404

    # -- how the page is

    def prefers(self, theme: Literal["light", "dark"]) -> None:
        """Change the device's theme."""
        self.page.emulate_media(color_scheme=theme)
        self.page.wait_for_timeout(100)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate(OVERFLOW))

    def barriers(self, *only: str, mild: bool = False) -> list[str]:
        """What axe-core finds serious or critical on this page, or anything at all (`mild`), by all its rules or only some."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        options = {"resultTypes": ["violations"]} | ({"runOnly": list(only)} if only else {})
        found = self.page.evaluate(
            "async options => ({violations: (await axe.run(document, options)).violations})", options
        )
        return [
            f"{violation['id']} at {', '.join(str(node['target'][0]) for node in violation['nodes'][:4])}: "
            f"{violation['nodes'][0]['failureSummary'].splitlines()[-1].strip()}"
            for violation in found["violations"]
            if mild or violation["impact"] in ("serious", "critical")
        ]
