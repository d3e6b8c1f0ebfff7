"""Template tags of the visual language (docs/visual-language.md): `{% load ui %}`.

Chips, icons and times are made in Python and not by includes, since lists show hundreds of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from lucide.templatetags.lucide import lucide

from interfaces.common.browsers import browser_name
from interfaces.common.clock_face import ClockFace
from interfaces.common.dates import written

register = template.Library()

# state: (icon, tone)
CLOCK_LOOKS: Mapping[str, tuple[str, str]] = {
    "running": ("clock", "plain"),
    "soon": ("hourglass", "warn"),
    "breached": ("triangle-alert", "danger"),
    "overdue": ("hourglass", "warn"),
    "paused": ("circle-pause", "dashed"),
    "lifted": ("circle-off", "dashed"),
    "met": ("circle-check", "good"),
    "late": ("circle-x", "danger"),
    "ended": ("circle-stop", "muted"),
    "none": ("circle-minus", "muted"),
}
TICKET_LOOKS: Mapping[str, tuple[str, str]] = {
    "new": ("sparkles", "fresh"),
    "open": ("circle-dot", "plain"),
    "waiting_for_customer": ("message-circle", "plain"),
    "waiting_for_third_party": ("building-2", "plain"),
    "resolved": ("circle-check", "plain"),
    "closed": ("lock", "muted"),
    "cancelled": ("circle-slash", "muted"),
}
# rank 1 is the most urgent: (icon, tone)
PRIORITY_LOOKS: Mapping[int, tuple[str, str]] = {
    1: ("chevrons-up", "alert"),
    2: ("chevron-up", "plain"),
    3: ("equal", "plain"),
    4: ("chevron-down", "plain"),
}
FLASH_ICONS: Mapping[str, str] = {
    "success": "circle-check",
    "warning": "triangle-alert",
    "error": "circle-alert",
}


# --- icons and small pieces -------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _icon(name: str, css: str) -> SafeString:
    svg = lucide(name, size=16, **{"class": css, "aria-hidden": "true", "focusable": "false"})
    return mark_safe("".join(line.strip() for line in svg.splitlines()))  # noqa: S308  # nosec B308, B703


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A decorative Lucide icon as inline SVG, hidden from screen readers: words must stand beside it."""
    return _icon(name, f"icon {css}".rstrip())


@register.simple_tag
def chip(tone: str, icon_name: str, text: object, title: str = "") -> SafeString:
    """A chip with icon and words. ``tone``: filled accent, good, warn, danger; outline, dashed; without a
    box plain, muted, alert, fresh."""
    hint = format_html(' title="{}"', title) if title else ""
    return format_html(
        '<span class="chip chip-{} chip-clip"{}>{}<span>{}</span></span>', tone, hint, icon(icon_name), text
    )


@register.simple_tag
def priority_chip(rank: int, label: str, claimed: bool = False) -> SafeString:
    """``rank`` 1 (most urgent) to 4, ``label`` as the vendor names it. ``claimed``: not confirmed by staff."""
    icon_name, tone = PRIORITY_LOOKS[min(max(rank, 1), 4)]
    text = _("%(priority)s, claimed") % {"priority": label} if claimed else label
    return chip(tone, icon_name, text)


@register.simple_tag
def state_chip(state: str, label: str) -> SafeString:
    """A ticket's state. ``label`` is the state's translated name; an unknown state gets a plain circle."""
    icon_name, tone = TICKET_LOOKS.get(state, ("circle", "plain"))
    return chip(tone, icon_name, label)


@register.simple_tag
def avatar(name: str, css: str = "") -> SafeString:
    """Initials in a circle, hidden from screen readers: the name stands beside it."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"
    return format_html('<span class="avatar {}" aria-hidden="true">{}</span>', css, initials)


register.filter(browser_name)


@register.filter
def flash_icon(tags: str) -> str:
    """The icon's name for a Django message's tags."""
    return next((FLASH_ICONS[tag] for tag in tags.split() if tag in FLASH_ICONS), "info")


@register.filter
def undo_offer(tags: str | None) -> dict[str, str] | None:
    """What an Undo button needs, if a Django message's extra tags offer one: `batch` and `seconds`."""
    parts = (tags or "").split()
    return {"batch": parts[1], "seconds": parts[2]} if len(parts) == 3 and parts[0] == "undo" else None


@register.filter
def as_json(value: object) -> str:
    """What a script reads from an attribute: JSON, escaped as every text is."""
    return json.dumps(value)


@register.filter
def as_text_file(lines: Iterable[str]) -> str:
    """The address of a text file that is in the page itself: a download of what is nowhere kept."""
    return "data:text/plain;charset=utf-8," + quote("".join(f"{line}\r\n" for line in lines))


# --- time ---------------------------------------------------------------------------------------------------------


@register.filter
def open_time(seconds: int | None) -> str:
    """Seconds of open time as hours and minutes; never as days, since a work day differs by calendar."""
    if seconds is None:
        return ""
    minutes = max(0, int(seconds)) // 60
    if minutes == 0:
        return _("under 1 min")
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return _("%(minutes)d min") % {"minutes": rest}
    if rest == 0:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def _absolute(local: datetime) -> str:
    stamp = written(local, pgettext("date format", "D j M Y, H:i"))
    return f"{stamp} {local.tzname()}"


def _short(local: datetime) -> str:
    today = timezone.localdate()
    days = abs((local.date() - today).days)
    clock = f"{local:%H:%M}"
    if days == 0:
        return clock
    if days < 7:
        return f"{WEEKDAYS_ABBR[local.weekday()]} {clock}"
    if local.year == today.year:
        return written(local, pgettext("date format", "j M, H:i"))
    return written(local, pgettext("date format", "j M Y, H:i"))


@register.filter
def absolute(at: datetime | None) -> str:
    """Weekday, date, time and zone in the reader's zone, as "Tue 24 Nov 2026, 10:30 CET"."""
    return "" if at is None else _absolute(timezone.localtime(at))


@register.filter
def short(at: datetime | None) -> str:
    """The time, with the weekday within six days, else with the date, and the year if it is another; reader's zone."""
    return "" if at is None else _short(timezone.localtime(at))


@register.filter
def day(on: date | None, style: str = "") -> str:
    """A date as "Tue 24 Nov 2026". ``style``: "no_year" leaves out the year, "short" the weekday too."""
    if on is None:
        return ""
    forms = {
        "": pgettext("date format", "D j M Y"),
        "no_year": pgettext("date format", "D j M"),
        "short": pgettext("date format", "j M"),
    }
    return written(on, forms[style])


@register.filter
def relative(at: datetime | None) -> str:
    """How long ago, or until, in the largest whole unit up to days; static/js/times.js keeps it fresh."""
    if at is None:
        return ""
    seconds = int((at - timezone.now()).total_seconds())
    amount = abs(seconds)
    if amount < 60:
        return _("now")
    if amount < 3600:
        n = amount // 60
        ahead = ngettext("in %(n)d minute", "in %(n)d minutes", n)
        past = ngettext("%(n)d minute ago", "%(n)d minutes ago", n)
    elif amount < 86400:
        n = amount // 3600
        ahead = ngettext("in %(n)d hour", "in %(n)d hours", n)
        past = ngettext("%(n)d hour ago", "%(n)d hours ago", n)
    else:
        n = amount // 86400
        ahead = ngettext("in %(n)d day", "in %(n)d days", n)
        past = ngettext("%(n)d day ago", "%(n)d days ago", n)
    return (ahead if seconds > 0 else past) % {"n": n}


@register.simple_tag
def when(at: datetime | None, style: str = "relative") -> SafeString:
    """A `<time>` in the reader's zone. ``style``: relative, short, absolute, both (absolute and relative)."""
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    full, stamp = _absolute(local), at.astimezone(UTC).isoformat(timespec="seconds")
    if style == "absolute":
        return format_html('<time datetime="{}">{}</time>', stamp, full)
    if style == "short":
        return format_html('<time datetime="{}" title="{}">{}</time>', stamp, full, _short(local))
    fresh = format_html('<time datetime="{}" title="{}" data-relative>{}</time>', stamp, full, relative(at))
    if style == "both":
        return format_html('<span class="nowrap">{}</span> <span class="muted nowrap">({})</span>', full, fresh)
    return fresh


# --- clocks -------------------------------------------------------------------------------------------------------


def _clock_words(face: ClockFace, at: str, left: str) -> str:
    names = {"at": at, "left": left, "reason": face.reason}
    if face.state == "running":
        return _("%(left)s left") % names if left else _("Due %(at)s") % names
    if face.state == "soon":
        return _("Due soon, %(left)s left") % names if left else _("Due soon, %(at)s") % names
    if face.state == "breached":
        return _("Breached since %(at)s") % names
    if face.state == "overdue":
        return _("Overdue since %(at)s") % names
    if face.state == "paused":
        return (_("Paused since %(at)s: %(reason)s") if face.reason else _("Paused since %(at)s")) % names
    if face.state == "lifted":
        return (_("Lifted: %(reason)s") if face.reason else _("Lifted")) % names
    if face.state == "met":
        return _("Met %(at)s") % names
    if face.state == "late":
        return _("Missed, ended %(at)s") % names
    if face.state == "ended":
        return _("Ended %(at)s") % names
    return _("No promised time")


@register.simple_tag
def due_chip(face: ClockFace | None) -> SafeString:
    """The state of a clock by icon and words; None is shown as "No promised time"."""
    face = face or ClockFace("none")
    icon_name, tone = CLOCK_LOOKS[face.state]
    local = None if face.at is None else timezone.localtime(face.at)
    left = open_time(face.left_seconds)
    words = _clock_words(face, "" if local is None else _short(local), left)
    details = [
        words,
        _absolute(local) if local else "",
        _("%(left)s of open time left") % {"left": left} if left else "",
    ]
    name = format_html('<b class="chip-clock">{}:</b> ', face.clock) if face.clock else ""
    title = " · ".join(detail for detail in details if detail)
    return chip(tone, icon_name, format_html("{}{}", name, words), title=title)


@register.inclusion_tag("_clock_bar.html")
def clock_bar(state: str, percent: float, rungs: Iterable[Mapping[str, Any]] = ()) -> dict[str, object]:
    """A bar in open time up to the due time (100 %) or the last rung, a mark at each rung.

    ``percent``: open time used, of the target. ``rungs``: mappings with ``percent`` and ``reached``.
    """
    marks = [(float(rung["percent"]), bool(rung["reached"])) for rung in rungs]
    scale = max([100.0, float(percent), *(at for at, _reached in marks)])
    place = [{"x": f"{at / scale * 100:.2f}%", "reached": reached} for at, reached in marks if at != 100.0]
    return {
        "state": state,
        "width": f"{max(0.0, percent) / scale * 100:.2f}%",
        "due": f"{10000 / scale:.2f}%",
        "marks": place,
        "label": _("%(percent)d %% of the open time used") % {"percent": round(percent)},
    }


@register.inclusion_tag("_bar_chart.html")
def bar_chart(
    rows: Sequence[Mapping[str, Any]], caption: str, limit: float | None = None, mark: float | None = None
) -> dict[str, object]:
    """A table whose middle column is a bar.

    ``rows``: mappings with ``label``, ``value`` and optionally ``text`` (shown for the value), ``url``,
    ``tone`` (danger, warn, good). ``limit``: the full width, else the largest value; ``mark``: a goal's place.
    """
    top = float(limit or max((row["value"] for row in rows), default=0) or 1)
    bars = [
        {
            "label": row["label"],
            "text": row.get("text", row["value"]),
            "url": row.get("url", ""),
            "tone": row.get("tone", ""),
            "width": f"{min(100.0, row['value'] / top * 100):.2f}%",
        }
        for row in rows
    ]
    place = None if mark is None else f"{min(99.5, mark / top * 100):.2f}%"
    return {"bars": bars, "caption": caption, "mark": place}


# --- forms --------------------------------------------------------------------------------------------------------


def _field_context(bound: BoundField, css: str = "") -> dict[str, object]:
    ids = [f"{bound.auto_id}_help"] if bound.help_text else []
    ids += [f"{bound.auto_id}_error"] if bound.errors else []
    return {
        "field": bound,
        "css": css,
        "describedby": " ".join(ids),
        "help_id": f"{bound.auto_id}_help",
        "error_id": f"{bound.auto_id}_error",
    }


@register.inclusion_tag("_field.html")
def field(bound: BoundField, css: str = "", label_hidden: bool = False) -> dict[str, object]:
    """A form field with label, help and errors, tied together for screen readers.

    ``css``: further classes of the wrapper; ``label_hidden``: the label is for screen readers only.
    """
    context = _field_context(bound, css)
    widget = bound.field.widget
    grouped = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    attrs: dict[str, str | bool] = {"aria-describedby": str(context["describedby"])} if context["describedby"] else {}
    return context | {
        "kind": "group" if grouped else "check" if isinstance(widget, CheckboxInput) else "plain",
        "widget": "" if grouped else bound.as_widget(attrs=attrs),
        "label_hidden": label_hidden,
    }


@register.inclusion_tag("_radio_cards.html")
def radio_cards(bound: BoundField, descriptions: Mapping[str, Any] | None = None, css: str = "") -> dict[str, object]:
    """A RadioSelect whose choices carry a description.

    ``descriptions``: by the choice's value, a text or a mapping with ``text``, ``note`` (a second line) and ``notes``
    (times that the choice would bring, a line each).
    """
    known = {str(key): text for key, text in (descriptions or {}).items()}
    cards = []
    for radio in bound.subwidgets:
        about = known.get(str(radio.data["value"]), "")
        parts = about if isinstance(about, Mapping) else {"text": about}
        cards.append(
            {
                "radio": radio,
                "text": parts.get("text", ""),
                "note": parts.get("note", ""),
                "notes": parts.get("notes", ()),
            }
        )
    return _field_context(bound, css) | {"cards": cards}


@register.inclusion_tag("_composer_tabs.html")
def composer_tabs(bound: BoundField) -> dict[str, object]:
    """The choice between a public reply and an internal note. The choice "internal" (or "note") tints the composer."""
    return {"field": bound, "note_values": ("internal", "note")}


@register.inclusion_tag("_error_summary.html")
def error_summary(form: Any) -> dict[str, object]:
    """All errors of a form or formset's form at its top, each linking to its field; nothing without errors."""
    return {"form": form, "faulty": [bound for bound in form if bound.errors] if form.errors else []}
