"""What the code does without: nothing that is sent here is run, nobody unknown is called, no weak hash, no luck for secrets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.walls.test_security_md import FLOORS, ROOT

PROGRAMS = {"subprocess", "pty", "commands", "code", "codeop", "runpy", "ctypes", "cffi"}
CALLERS = {"urllib.request", "http.client", "requests", "httpx", "aiohttp", "ftplib", "telnetlib", "ldap3", "socket"}
LUCK = {"random", "numpy.random"}
RUNNING = {"eval", "exec", "compile", "__import__"}
HASHES = {"sha256", "sha512", "scrypt", "blake2b"}
MADE_UP = ("demo", "volume")  # data for looking and measuring
SCRIPTS = {path.name: path.read_text() for path in (ROOT / "static" / "js").glob("*.js")}


def _trees() -> Iterator[tuple[str, ast.AST]]:
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            if not set(MADE_UP) & set(path.parts):
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def _imported(modules: set[str]) -> set[str]:
    found = set()
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            found |= {f"{path}: {name}" for name in names if name in modules}
    return found


def test_no_program_is_started_and_no_text_is_run() -> None:
    assert not _imported(PROGRAMS)
    assert not {
        f"{path}:{node.lineno}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in RUNNING)
            or (ast.unparse(node.func) in {"os.system", "os.popen"} or ast.unparse(node.func).endswith(".from_string"))
        )
    }


def test_nobody_is_called_but_the_servers_that_the_settings_name() -> None:
    # Who calls anybody else says in docs/security-decisions.md whom, and that no person names the address.
    assert {found.partition(":")[0] for found in _imported(CALLERS)} == {"interfaces/common/oidc/fetching.py"}


def test_only_hashes_that_hold_are_used() -> None:
    used = {
        (path, node.attr)
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hashlib"
    }
    assert {name for _, name in used} <= HASHES
    assert _imported({"hashlib.md5", "hashlib.sha1"}) == set()


def test_no_secret_is_left_to_luck() -> None:
    assert {found.partition(":")[0] for found in _imported(LUCK)} <= {"sla/rebuild.py"}  # which takes samples


def test_scripts_run_no_text_and_put_no_words_in_as_html() -> None:
    assert len(SCRIPTS) > 10
    dangerous = (
        r"\beval\(|new Function|document\.write|insertAdjacentHTML|outerHTML|postMessage|__proto__|\.prototype\b"
    )
    assert not {name for name, text in SCRIPTS.items() if re.search(dangerous, text)}
    # Of our own server and made by its templates, which escape; or a constant.
    assert {name: len(re.findall("innerHTML", text)) for name, text in SCRIPTS.items() if "innerHTML" in text} == {
        "queue.js": 1,
        "canned.js": 1,
        "previews.js": 1,
    }


def test_pages_load_nothing_from_elsewhere_and_escape_everything() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<(script|link|img|iframe|source|video)[^>]*(src|href)=\"(https?:)?//", text), path
        assert not re.search(r"\|safe\b|autoescape off|safeseq", text), path
