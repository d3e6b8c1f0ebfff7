"""The visual language through its public doors: tags, and what no template may contain."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django import forms
from django.template import engines
from django.utils import timezone, translation

from interfaces.common.clock_face import ClockFace, ClockState
from interfaces.common.templatetags.ui import bar_chart, clock_bar, due_chip, open_time

ROOT = Path(__file__).parents[2] / "templates"
# Mails have no style sheet to link; what they contain is pinned with them.
TEMPLATES = sorted(path for path in ROOT.rglob("*.html") if "mail" not in path.relative_to(ROOT).parts)


class Question(forms.Form):
    subject = forms.CharField(help_text="One line.")
    urgent = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect)


def render(source: str, **context: object) -> str:
    return str(engines["django"].from_string("{% load ui %}" + source).render(context))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "under 1 min"), (59, "under 1 min"), (60, "1 min"), (3600, "1 h"), (97_260, "27 h 1 min")],
)
def test_open_time_is_told_in_hours_and_never_in_days(seconds: int, words: str) -> None:
    assert open_time(seconds) == words


@pytest.mark.parametrize("state", ["running", "soon", "breached", "paused", "lifted", "met", "late", "ended", "none"])
def test_each_state_of_a_clock_has_an_icon_and_words(state: ClockState) -> None:
    html = due_chip(ClockFace(state, timezone.now() + timedelta(hours=3), 5400, "a reply"))
    assert "<svg" in html
    assert re.sub(r"<[^>]+>", "", html).strip()


def test_a_pause_says_what_it_waits_for_and_escapes_it() -> None:
    html = due_chip(ClockFace("paused", timezone.now(), reason="<b>a file</b>"))
    assert "&lt;b&gt;a file&lt;/b&gt;" in html


def test_a_ticket_without_a_promise_says_so() -> None:
    assert "No promised time" in due_chip(None)


def test_an_invalid_field_points_to_its_help_and_its_error() -> None:
    html = render("{% field form.subject %}{% error_summary form %}", form=Question({}))
    assert 'aria-describedby="id_subject_help id_subject_error"' in html
    assert 'id="id_subject_error"' in html
    assert 'href="#id_subject"' in html


def test_the_error_summary_leads_to_a_group_of_choices() -> None:
    html = render("{% field form.urgent %}{% error_summary form %}", form=Question({}))
    assert 'href="#id_urgent"' in html
    assert 'id="id_urgent"' in html


def test_bars_are_drawn_in_numbers_that_every_language_can_read() -> None:
    with translation.override("de"):
        chart = bar_chart([{"label": "A", "value": 62.5}], "Kept", limit=100)
        bar = clock_bar("running", 62.5, [{"percent": 150, "reached": False}])
    assert chart["bars"] == [{"label": "A", "text": 62.5, "url": "", "tone": "", "width": "62.50%"}]
    assert (bar["width"], bar["due"]) == ("41.67%", "66.67%")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_no_template_holds_inline_scripts_handlers_styles_or_unescaped_text(path: Path) -> None:
    source = re.sub(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\|safe\b", source)
