"""The columns of the queue: what each shows of a row, and which of them, in which density, a person has chosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from interfaces.common.choices import back
from interfaces.common.clock_face import ClockFace
from interfaces.common.clock_words import face_of
from interfaces.common.presence import Present
from interfaces.common.reader import VendorChoice, reader_of
from interfaces.common.templatetags.ui import due_chip, icon, priority_chip, state_chip, when
from interfaces.desk.inputs import language_name
from interfaces.desk.looks import STATE_LOOKS, priority_of
from sla.models import Clock
from sla.policies import Book
from tickets.models import State
from tickets.queries.queue import Row
from tickets.search.fulltext import Piece, Snippet
from vendors.models import User

DENSITIES: Mapping[str, Promise] = {"compact": _("Compact"), "comfortable": _("Comfortable")}
_NOTHING = SafeString("")
# In a list there is no room for whole sentences.
_BRIEF: Mapping[str, Promise] = {State.WAITING: _("Waiting"), State.THIRD_PARTY: _("Third party")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with what is needed to show it."""

    row: Row
    book: Book
    vendor: VendorChoice
    several: bool = False  # vendors
    present: Sequence[Present] = ()
    snippet: Snippet | None = None

    @property
    def url(self) -> str:
        """Of the ticket's page."""
        return reverse("desk:ticket", args=[self.vendor.slug, self.row.number])

    @property
    def face(self) -> ClockFace | None:
        """The most urgent clock."""
        waits = self.row.paused_for
        return face_of(
            self.row.clock, self.book.file, classification=self.row.classification, named=False, brief=not waits
        )


def _due(shown: Shown) -> SafeString:
    row = shown.row
    kind = format_html('<span class="due-of">{}</span>', Clock.Kind(row.clock.kind).label) if row.clock else _NOTHING
    rung = _NOTHING
    if row.rung:
        told = gettext("%(percent)d %% of its time was reached") % {"percent": row.rung}
        rung = format_html('<span class="rung-mark" title="{}">{}&nbsp;%</span>', told, row.rung)
    return format_html('{} <span class="due-line">{}{}</span>', due_chip(shown.face), kind, rung)


def _customer(shown: Shown) -> SafeString:
    if not shown.several:
        return format_html("{}", shown.row.customer)
    return format_html('<span class="two">{} </span><span class="two">{}</span>', shown.row.customer, shown.vendor.name)


def _subject(shown: Shown) -> SafeString:
    row, found = shown.row, shown.snippet
    subject = _marked(found.subject) if found else row.subject
    said = format_html('<span class="snippet">{}</span>', _marked(found.said)) if found and found.said else _NOTHING
    link = format_html('<a href="{}" title="{}" data-row-link>{}</a>', shown.url, row.subject, subject)
    return format_html("{}{}{}", link, _present(shown.present), said)


def _marked(pieces: Sequence[Piece]) -> SafeString:
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", p.text) if p.marked else p.text,) for p in pieces)
    )


def _present(present: Sequence[Present]) -> SafeString:
    if not present:
        return _NOTHING
    names = ", ".join(one.name for one in present)
    replying = any(one.replying for one in present)
    words = gettext("%(names)s: replying") if replying else gettext("%(names)s: looking at it")
    told = words % {"names": names}
    return format_html(
        '<span class="present" title="{}">{}<span class="sr-only">{}</span></span>',
        told,
        icon("pencil-line" if replying else "eye"),
        told,
    )


def _priority(shown: Shown) -> SafeString:
    row = shown.row
    key = row.priority or row.claimed_priority
    rank, words, claimed = priority_of(shown.book, key, claimed=not row.priority, urgent=row.urgent)
    chip = priority_chip(rank, words, claimed) if words else _NOTHING
    if not row.zone_assumed:
        return chip
    told = gettext("Zone assumed")
    mark = format_html(' <span title="{}">{}<span class="sr-only">{}</span></span>', told, icon("map-pin-off"), told)
    return format_html("{}{}", chip, mark)


def _state(shown: Shown) -> SafeString:
    state = shown.row.state
    return state_chip(STATE_LOOKS.get(state, state), str(_BRIEF.get(state) or State(state).label))


def _assignee(shown: Shown) -> SafeString:
    row = shown.row
    who = (
        format_html("{}", row.assignee)
        if row.assignee
        else format_html('<span class="muted">{}</span>', gettext("nobody"))
    )
    return format_html('{} <span class="muted">({})</span>', who, row.house) if row.house else who


def _last_word(shown: Shown) -> SafeString:
    row = shown.row
    if row.last_message_at is None:
        return _NOTHING
    author = row.last_author or (gettext("Support") if row.last_message_by_staff else gettext("Customer"))
    strong = "" if row.last_message_by_staff else " strong"
    return format_html(
        '<span class="two{}">{} </span><span class="two">{}</span>', strong, author, when(row.last_message_at)
    )


def _tags(shown: Shown) -> SafeString:
    return format_html_join(" ", '<span class="tag">{}</span>', ((tag,) for tag in shown.row.tags[:4]))


def _text(pick: Callable[[Shown], object]) -> Callable[[Shown], SafeString]:
    return lambda shown: format_html("{}", pick(shown) or "")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the class of its cells, and what it shows."""

    label: Promise
    css: str
    show: Callable[[Shown], SafeString]
    always: bool = False


COLUMNS: Mapping[str, Column] = {
    "due": Column(_("Due"), "cell-chip cell-chip-first", _due, always=True),
    "number": Column(_("Number"), "cell-num", _text(lambda s: s.row.number)),
    "subject": Column(_("Subject"), "cell-title", _subject, always=True),
    "customer": Column(_("Customer"), "cell-clip cell-meta", _customer),
    "vendor": Column(_("Vendor"), "cell-clip cell-meta", _text(lambda s: s.vendor.name)),
    "priority": Column(_("Priority"), "cell-chip", _priority),
    "state": Column(_("State"), "cell-chip", _state),
    "assignee": Column(_("Assignee"), "cell-clip", _assignee),
    "last": Column(_("Last word"), "cell-meta nowrap cell-last", _last_word),
    "tags": Column(_("Tags"), "cell-tags", _tags),
    "team": Column(_("Team"), "cell-clip cell-meta", _text(lambda s: s.row.team)),
    "language": Column(_("Language"), "cell-meta nowrap", _text(lambda s: language_name(s.row.language))),
    "level": Column(_("Level"), "cell-meta num", _text(lambda s: s.row.level or "")),
}
_USUAL = ("due", "number", "subject", "customer", "priority", "state", "assignee", "last", "tags")


@dataclass(frozen=True, slots=True)
class Looks:
    """How a person's queue looks."""

    columns: tuple[str, ...]
    density: str

    @property
    def headings(self) -> list[tuple[str, Column]]:
        """The columns that are shown."""
        return [(key, COLUMNS[key]) for key in self.columns]

    def without_empty(self, rows: Sequence[Row]) -> "Looks":
        """The same without the tags' column where no row has a tag: nothing is no reason to shorten a subject."""
        if any(row.tags for row in rows):
            return self
        return Looks(tuple(key for key in self.columns if key != "tags"), self.density)

    def cells(self, shown: Shown) -> SafeString:
        """The cells of a row."""
        cells = ((COLUMNS[key].css, COLUMNS[key].show(shown)) for key in self.columns)
        return format_html_join("", '<td class="{}">{}</td>', cells)


def looks_of(user: User) -> Looks:
    """What a login has chosen, or the usual."""
    kept = user.desk if isinstance(user.desk, dict) else {}
    chosen = [key for key in kept.get("columns") or _USUAL if key in COLUMNS]
    chosen += [key for key, column in COLUMNS.items() if column.always and key not in chosen]
    density = str(kept.get("density"))
    return Looks(tuple(chosen), density if density in DENSITIES else "compact")


class LooksForm(forms.Form):
    """Which columns, in the order in which they are named, and how dense."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"), choices=[(k, c.label) for k, c in COLUMNS.items()], widget=forms.CheckboxSelectMultiple
    )
    density = forms.ChoiceField(label=_("Density"), choices=list(DENSITIES.items()), widget=forms.RadioSelect)


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep how the reader's queue is to look, then back to it; what is no column is left out."""
    reader = reader_of(request)
    if not reader.staff_members:
        raise Http404
    known = [key for key in request.POST.getlist("columns") if key in COLUMNS]
    density = request.POST.get("density", "")
    desk = {"columns": known or list(_USUAL), "density": density if density in DENSITIES else "compact"}
    if "usual" in request.POST:
        desk = {}
    User.objects.filter(pk=reader.user.pk).update(desk=desk)
    return back(request, "desk:queue")
