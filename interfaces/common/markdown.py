"""Markdown that people wrote, as HTML that can do nothing: the only place where words of people are marked safe."""

from collections.abc import Iterable
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 40_000  # characters; what is longer is cut, so that nobody can make a page slow
_SCHEMES = frozenset({"http", "https", "mailto"})
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_LISTS = ("ul", "ol", "li")
_TABLES = ("table", "thead", "tbody", "tr", "th", "td")
_WORDS = ("a", "blockquote", "br", "code", "em", "hr", "p", "pre", "s", "strong")
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_LOWEST = 6


def _allowed(url: str) -> bool:
    scheme, colon, rest = url.partition(":")
    return bool(colon and rest) and scheme.lower() in _SCHEMES


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True})
    made.enable(["table", "strikethrough"])
    # A picture from elsewhere would tell its owner who reads this.
    made.disable(["image", "html_block", "html_inline", "reference"])
    made.validateLink = _allowed  # type: ignore[method-assign]
    return made


_PARSER = _parser()


@lru_cache(maxsize=256)
def markdown(words: str, below: int = 1) -> SafeString:
    """Words in Markdown (headings, lists, tables, quotes, code, links by http, https and mailto) as safe HTML. Its headings begin
    one level under `below`, the heading beneath which it stands, and leave none out. HTML in it is shown as it was typed.
    """
    tokens = _PARSER.parse(words.replace("\0", "")[:LONGEST])
    _settle_headings(tokens, below)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return mark_safe(  # noqa: S308  nh3 has the last word  # nosec B308, B703
        nh3.clean(
            html,
            tags={*_HEADINGS, *_LISTS, *_TABLES, *_WORDS},
            attributes=_ATTRIBUTES,
            url_schemes=set(_SCHEMES),
            link_rel="noopener noreferrer nofollow",
        )
    )


def _settle_headings(tokens: Iterable[Token], below: int) -> None:
    """Give each heading the level of its place in the page."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while above and above[-1] >= level:
                above.pop()
            above.append(level)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(below + len(above), _LOWEST)}"
