"""Steps inside the application, several per process, because starting Django takes longer than most of them."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from .place import ROOT


def migrate() -> None:
    """As the owner: bring the tables to the present version."""
    call_command = _django()
    call_command("migrate", interactive=False, verbosity=0)


def fill() -> None:
    """As the app: vendors from their files, demo data into an empty database, then the logins on standard output."""
    call_command = _django()
    from django.conf import settings
    from django.core.management import get_commands

    known = get_commands()
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "vendors" / "catalog").glob("*.toml"))
    with contextlib.redirect_stdout(sys.stderr):
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["src/*"])
        if "load_vendor" in known and files:
            call_command("load_vendor", *files)
        if "load_demo" in known and settings.DEBUG and "--no-demo" not in sys.argv:
            call_command("load_demo", "--if-empty")
    if "demo_logins" in known and "--no-demo" not in sys.argv:
        call_command("demo_logins")


def _django() -> Any:
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    return call_command
