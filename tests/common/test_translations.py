"""Every text has a German and a Swedish version with the same placeholders, and pages show it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from uuid import uuid4

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.translation.template import templatize

from kernel.tenancy.scope import enter
from tests.world import World
from tickets import services
from tickets.models import Ticket
from vendors.models import User

ROOT = Path(__file__).parents[2]
LANGUAGES = ("de", "sv")
CODE = ("contracts", "interfaces", "kernel", "sla", "supportdesk", "tickets", "vendors")
TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "interfaces").rglob("templates/**/*.html")])
TEXT_TEMPLATES = sorted((ROOT / "templates").rglob("*.txt"))
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
Key = tuple[str | None, str]  # context, English text (of one, where there are two)


@cache
def catalogue(language: str) -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By context and English text: the English forms and the translated ones."""
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        found = {}
        for message in read_po(file, locale=language):
            if message.id and not message.fuzzy:
                source = (message.id,) if isinstance(message.id, str) else tuple(message.id)
                words = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
                found[(message.context, source[0])] = (source, words)
        return found


def marked_in_code() -> Iterator[tuple[Path, Key]]:
    """Each text that the code marks."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            with path.open("rb") as file:
                for _line, text, _comments, context in extract("python", file, keywords=KEYWORDS):
                    yield path, (context, text if isinstance(text, str) else text[0])


def marked_in_templates() -> Iterator[tuple[Path, Key]]:
    """Each text that the templates mark."""
    call = re.compile(r"\b(_|gettext|ngettext|pgettext|npgettext)\(")
    for path in (*TEMPLATES, *TEXT_TEMPLATES):
        words = templatize(path.read_text(), origin=str(path))
        for found in call.finditer(words):
            texts = _arguments(words, found.start())
            context = texts.pop(0) if "pgettext" in found[1] else None
            yield path, (context, texts[0])


def _arguments(words: str, start: int) -> list[str]:
    end = start
    while True:
        end = words.index(")", end) + 1
        try:
            call = ast.parse(words[start:end], mode="eval").body
        except SyntaxError:
            continue
        assert isinstance(call, ast.Call)
        return [str(one.value) for one in call.args if isinstance(one, ast.Constant)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_text_is_translated(language: str) -> None:
    known = {key for key, (_source, words) in catalogue(language).items() if all(words)}
    missing = {
        f"{path.relative_to(ROOT)}: {key[1]!r}"
        for path, key in chain(marked_in_code(), marked_in_templates())
        if key not in known
    }
    assert not missing


def test_no_text_is_marked_within_an_f_string_where_extraction_misses_it() -> None:
    hidden = []
    for path in (path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        for text in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)):
            calls = (node.func for node in ast.walk(text) if isinstance(node, ast.Call))
            if any(isinstance(call, ast.Name) and (call.id == "_" or "gettext" in call.id) for call in calls):
                hidden.append(f"{path.relative_to(ROOT)}:{text.lineno}")
    assert not hidden


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_from_a_text_that_is_gone(language: str) -> None:
    marked = {key for _path, key in chain(marked_in_code(), marked_in_templates())}
    assert not set(catalogue(language)) - marked


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_what_the_english_fills_in(language: str) -> None:
    for source, words in catalogue(language).values():
        assert len(words) == len(source)
        for english, translated in zip(source, words, strict=True):
            assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(translated)), english


@pytest.mark.parametrize(("language", "quotes"), [("de", "„“"), ("sv", "””")])
def test_quotation_marks_are_those_of_the_language(language: str, quotes: str) -> None:
    for source, words in catalogue(language).values():
        for english, translated in zip(source, words, strict=True):
            marks = "".join(sign for sign in translated if sign in '„“”"«»')
            assert marks == quotes * english.count("“"), english


# --- templates ----------------------------------------------------------------------------------------------------

BLOCKTRANS = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
COMMENT = re.compile(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}|{#.*?#}|<!--.*?-->", re.DOTALL)
CLASSES = re.compile(r"{%\s*block \w+_class\s*%}.*?{%\s*endblock.*?%}", re.DOTALL)
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SPOKEN = ("alt", "aria-label", "aria-description", "placeholder", "title", "data-hotkey-label", "data-confirm")
# Names are the same in every language, and so are keys and units.
ALLOWED = {"Supportdesk", "OpenAPI", "JSON"}
# The one stands alone and carries all three languages, the other is for who builds pages.
ENGLISH_ONLY = {"templates/500.html", "templates/styleguide.html"}


class Words(HTMLParser):
    """The words of a page that a person reads or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "svg", "code")
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "svg", "code")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def words_of(html: str) -> list[str]:
    """What a person reads or hears of it, in pieces."""
    reader = Words()
    reader.feed(html)
    reader.close()
    return [" ".join(piece.split()) for piece in reader.found if piece.strip()]


def test_templates_mark_every_word() -> None:
    unmarked = []
    for path in TEMPLATES:
        if str(path.relative_to(ROOT)) in ENGLISH_ONLY:
            continue
        text = CLASSES.sub("", BLOCKTRANS.sub("", COMMENT.sub("", path.read_text())))
        literals = re.findall(r'="([^"{}]* [^"{}]*)"', " ".join(re.findall(r"{%\s*(?:include|with)\b.*?%}", text)))
        for piece in (*words_of(TAG.sub("", text)), *literals):
            if set(re.findall(r"[^\W\d_]{3,}", piece)) - ALLOWED:
                unmarked.append(f"{path.relative_to(ROOT)}: {piece}")
    assert not unmarked


# --- pages --------------------------------------------------------------------------------------------------------

ENGLISH = re.compile(r"\b(the|and|your|you|with|from|since|left|ago|this|have|there)\b", re.IGNORECASE)


@pytest.fixture
def reading(client_of: Callable[[User], Client]) -> Callable[[User, str], Client]:
    """A client signed in as somebody who reads a language."""

    def signed_in(user: User, language: str) -> Client:
        User.objects.filter(pk=user.pk).update(language=language)
        return client_of(user)

    return signed_in


@pytest.fixture
def filed(world: World) -> Ticket:
    """A request of the customer of Mastercam, without an English word."""
    house = world.mastercam
    with enter(house.scope()):
        request = services.Request(
            requester=house.people["customer"],
            subject="Verktygsbanan",
            body="Den skär i fixturen.",
            language="sv",
            claimed_priority="P1",
        )
        return services.file_ticket(by=house.member("customer"), request=request)


def leftovers(html: str, language: str) -> set[str]:
    """English texts on a page: those of the catalogue, and everyday words."""
    own = " ".join(word for _source, words in catalogue(language).values() for word in words)
    spoken = words_of(html)
    texts = {
        source[0]
        for source, words in catalogue(language).values()
        if len(source[0]) > 4 and "%(" not in source[0] and words[0] != source[0] and source[0] not in own
    }
    texts -= {"English"}  # the choice names each language in itself
    return (texts & set(spoken)) | {piece for piece in spoken if ENGLISH.search(piece)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_not_signed_in_reads_his_browsers_language(client: Client, db: None, language: str) -> None:
    for address in ("/accounts/login/", "/accounts/password/reset/", "/nowhere/"):
        page = client.get(address, headers={"accept-language": language}).content.decode()
        assert f'lang="{language}"' in page
        assert not leftovers(page, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customers_pages_hold_no_english(
    world: World, reading: Callable[[User, str], Client], filed: Ticket, language: str
) -> None:
    reader = reading(world.mastercam.user("customer"), language)
    draft = f"/portal/new/mastercam/{uuid4()}"
    reader.post(f"{draft}/all/", {"topic": "post_processor", "subject": "Överst", "body": "Å"})
    steps = [f"{draft}/{step}/" for step in ("product", "what", "urgency", "check", "all")]
    pages = ("/portal/", "/portal/new/", f"/portal/mastercam/{filed.number}/", "/notifications/", *steps)
    for address in pages:
        assert not leftovers(reader.get(address, follow=True).content.decode(), language), address


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agents_pages_hold_no_english(
    world: World, reading: Callable[[User, str], Client], filed: Ticket, language: str
) -> None:
    user = world.mastercam.user("supervisor")
    reader = reading(user, language)
    for address in ("/desk/", f"/desk/mastercam/{filed.number}/", "/desk/new/", "/dashboards/"):
        page = reader.get(address, follow=True).content.decode().replace(user.name, "").replace("agent of", "")
        assert not leftovers(page, language), address
