"""`load_vendor FILE…`: create or update vendors from policy files."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sla.policies import Installed, NoticeTooShort, install
from vendors.catalog.schema import PolicyFileError, load


class Command(BaseCommand):
    """Load policy files; a changed one becomes a new version that keeps the vendor's notice days (M18)."""

    help = "Create or update vendors from policy files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE… [--slug SLUG --prefix PREFIX] [--from INSTANT]."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--slug", help="the house's own short name, if not the file's")
        parser.add_argument("--prefix", help="of its ticket numbers, if not the file's")
        parser.add_argument(
            "--from", dest="valid_from", help="from when a changed policy holds, like 2027-01-01T00:00+01:00"
        )

    def handle(self, *_: Any, files: list[Path], slug: str | None, prefix: str | None, **options: Any) -> None:
        """Load each file; the first that is wrong stops it, with file, line and key of each mistake."""
        if (slug or prefix) and len(files) > 1:
            raise CommandError("--slug and --prefix go with one file.")
        for path in files:
            try:
                done = install(load(path), slug=slug, prefix=prefix, valid_from=_instant(options["valid_from"]))
            except (PolicyFileError, NoticeTooShort, OSError) as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{path.name}: {_words(done)}")


def _words(done: Installed) -> str:
    if done.created:
        return "vendor created"
    return f"policy version {done.version} stored" if done.version else "nothing changed"


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--from: {text!r} is no date and time; write it like 2027-01-01T00:00+01:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
