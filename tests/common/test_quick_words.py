"""What is made by hand for speed says the same as Django's own way, but for white space."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils import dateformat, translation

from interfaces.common.dates import written
from interfaces.common.form_renderer import QuickForms


class Every(forms.Form):
    """A field of each kind."""

    line = forms.CharField(max_length=20, initial='a "quoted" <word> & more')
    empty = forms.CharField(required=False)
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), initial="<b>two\nlines</b>")
    number = forms.IntegerField(min_value=0, initial=0)
    day = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d"), initial=date(2026, 3, 2))
    mail = forms.EmailField(initial="a@b.example")
    secret = forms.CharField(widget=forms.PasswordInput, initial="hidden")
    hidden = forms.CharField(widget=forms.HiddenInput, initial="1")
    tick = forms.BooleanField(initial=True)
    untick = forms.BooleanField(initial=False)
    file = forms.FileField()
    one = forms.ChoiceField(choices=[("a", "A & B"), ("g", [("c", "C"), ("d", "<D>")])], initial="c")
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], initial=["b"], required=False)
    radios = forms.ChoiceField(choices=[("a", "A"), ("b", "<B>")], widget=forms.RadioSelect, initial="b")
    ticks = forms.MultipleChoiceField(
        choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple, initial=["a"]
    )


def bare(html: str) -> str:
    """HTML without the white space around tags."""
    return re.sub(r"\s*([<>])\s*", r"\1", html).strip()


@pytest.mark.parametrize("name", Every.base_fields)
def test_a_widget_is_written_as_django_writes_it(name: str) -> None:
    attrs: dict[str, Any] = {"data-x": 'y"<', "autofocus": True, "disabled": False}
    quick, slow = Every(renderer=QuickForms()), Every(renderer=DjangoTemplates())
    assert bare(quick[name].as_widget(attrs=attrs)) == bare(slow[name].as_widget(attrs=attrs))
    for mine, theirs in zip(quick[name].subwidgets, slow[name].subwidgets, strict=True):
        assert bare(mine.tag()) == bare(theirs.tag())
        assert bare(mine.tag(wrap_label=True)) == bare(theirs.tag(wrap_label=True))


@pytest.mark.parametrize("language", ["en", "de", "sv"])
@pytest.mark.parametrize("form", ["D j M Y, H:i", "D, j. M Y, H:i", "j M", "l jS F Y", "D j M"])
def test_a_date_is_written_as_django_writes_it(language: str, form: str) -> None:
    with translation.override(language):
        for month in range(1, 13):
            at = datetime(2026, month, month * 2, month + 9, month, tzinfo=UTC)
            assert written(at, form) == dateformat.format(at, form)
            if "H" not in form:
                assert written(at.date(), form) == dateformat.format(at.date(), form)
