"""The browser that this machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NOT_FOUND = "NO BROWSER FOUND: install chromium, or name one in CHROMIUM"


def found() -> str | None:
    """Path of a Chromium: what CHROMIUM names, else the first of the usual names; None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((path for path in map(shutil.which, NAMES) if path), None)


def launched(playwright: Playwright, path: str) -> Browser:
    """Started without a window."""
    return playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
