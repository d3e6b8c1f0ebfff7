"""Markdown of people becomes HTML that can do nothing."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from interfaces.common.markdown import markdown

ROOT = Path(__file__).parents[2]


def test_what_an_article_needs_is_there() -> None:
    html = markdown(
        "Do **this**:\n\n1. First\n2. Then `that`\n\n> Quoted\n\n|a|b|\n|-|-|\n|1|2|\n\n[the page](https://x.test/?a=1&b=2)"
    )
    for piece in ("<strong>this</strong>", "<ol>", "<code>that</code>", "<blockquote>", "<td>2</td>"):
        assert piece in html
    assert 'href="https://x.test/?a=1&amp;b=2"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_a_line_stays_a_line() -> None:
    assert "one<br>" in markdown("one\ntwo")


@pytest.mark.parametrize(
    ("words", "below", "levels"),
    [
        ("# A\n## B\n# C", 1, ["h2", "h3", "h2"]),
        ("### A\n##### B\n# C\n## D", 1, ["h2", "h3", "h2", "h3"]),
        ("A\n=\n\nB\n-", 3, ["h4", "h5"]),
        ("# A\n## B\n### C\n#### D\n##### E\n###### F", 3, ["h4", "h5", "h6", "h6", "h6", "h6"]),
    ],
)
def test_headings_stand_under_the_pages_and_leave_no_level_out(words: str, below: int, levels: list[str]) -> None:
    assert re.findall(r"<(h\d)>", markdown(words, below)) == levels


EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x]( \u0001javascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.test/)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](https://evil.test/track.png)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://ok.test "\\" onmouseover=alert(1) x=\\"")',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "`<img src=x onerror=alert(1)>`",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "|a|\n|-|\n|<iframe src=https://evil.test>|",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "a\0<scr\0ipt>alert(1)</scr\0ipt>",
]
_SAFE = re.compile(
    r"<(?:/?(?:h[2-6]|p|ul|ol|li|table|thead|tbody|tr|th|td|blockquote|br|code|em|hr|pre|s|strong)"
    r'|a href="(?:https?|mailto):[^"<>]*"(?: title="[^"<>]*")? rel="noopener noreferrer nofollow"|/a)>'
)


@pytest.mark.parametrize("words", EVIL)
def test_nothing_that_is_written_runs_or_is_fetched(words: str) -> None:
    left = _SAFE.sub("", markdown(words))
    assert "<" not in left
    assert ">" not in left


@pytest.mark.parametrize("words", ["<https://ok.test/a?b=c>", "<someone@ok.test>"])
def test_what_is_an_address_is_a_link(words: str) -> None:
    assert re.search(r'<a href="(https://ok\.test/a\?b=c|mailto:someone@ok\.test)"', markdown(words))


@pytest.mark.parametrize(
    "sign", ["[", "![", "](", "> ", ">", "*a_ ", "`", "- ", "<", "[[a](", "((", "|x", "~~a", "&#", "# a\n"]
)
def test_a_hundred_thousand_signs_are_looked_at_in_less_than_a_second(sign: str) -> None:
    began = time.process_time()
    markdown(sign * (100_000 // len(sign)))
    assert time.process_time() - began < 1


def test_no_other_place_marks_words_of_people_safe() -> None:
    marking = {
        str(path.relative_to(ROOT))
        for folder in ("interfaces", "tickets", "vendors", "kernel", "sla", "contracts")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bmark_safe\(", path.read_text())
    }
    assert marking == {"interfaces/common/markdown.py", "interfaces/common/templatetags/ui.py"}  # ui: its own icons
