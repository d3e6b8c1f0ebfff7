"""The ticket's page, and everything that is done there: each deed is a plain form with an address of its own."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from interfaces.common import limits
from interfaces.common.clock_words import say
from interfaces.common.reader import reader_of
from interfaces.desk import clocks, facts
from interfaces.desk.beside import WITHOUT_FORM, links
from interfaces.desk.composer import Composer, newest
from interfaces.desk.conversation import conversation, entry
from interfaces.desk.decisive import marks
from interfaces.desk.deed import DeedForm
from interfaces.desk.forms import DEEDS
from interfaces.desk.history import history
from interfaces.desk.history_filter import HistoryFilter
from interfaces.desk.looks import STATE_LOOKS, priority_of
from interfaces.desk.missing import not_there
from interfaces.desk.undoing import offer
from kernel.keys import key_in
from kernel.tenancy.scope import enter
from sla.policies import Book
from tickets.canned import Subject
from tickets.canned import render as render_canned
from tickets.models import Attachment, State, Ticket
from tickets.queries.ticket_page import Deed, TicketPage, read
from tickets.services.canned import canned_replies
from tickets.undoing import undoable
from vendors.access import Act

# Deeds that are one click without a field stand at the top of the page.
_QUICK = (Deed.REOPEN, Deed.GO_ON, Deed.THIRD_PARTY)
_ENTRIES = 60  # of a conversation that are shown without being asked for: the latest
_SOLVED = (State.RESOLVED, State.CLOSED)  # of which an article can be made
_WITH_ITS_LIST = (Deed.INFORMATION, Deed.ASK)
_UNFOLDED = (Deed.REVIEW,)  # somebody waits for it


@login_required
@require_safe
def show(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """The ticket; 404 for one that the reader may not see. `?ask=missing` proposes the question for what is missing, `?deed=`
    shows the form of that deed.
    """
    page = open_page(request, vendor, number)
    composer = Composer(
        page, asking=request.GET.get("ask") == "missing", words=_canned(page, request.GET.get("canned"))
    )
    return shown(request, vendor, page, composer=composer, unfolded=request.GET.get("deed", ""))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, vendor: str, number: str, deed: str) -> HttpResponse:
    """Do something to the ticket; what is refused is said next to the form, with nothing typed lost. Asked for, the form comes
    alone for a script, else on the ticket's page.
    """
    page = open_page(request, vendor, number)
    kind = next((kind for key, kind in DEEDS.items() if key == deed), None)
    if kind is None:
        raise Http404
    if request.method != "POST":
        if request.headers.get("HX-Request") == "true" and kind.deed in page.deeds():
            context = {"form": kind(page), "ticket": page.ticket, "vendor_slug": vendor}
            return render(request, "desk/_deed_form.html", context)
        return HttpResponseRedirect(f"{address(vendor, number)}?deed={kind.deed}#deed-{kind.deed}")
    form = kind(page, request.POST)
    if kind.deed not in page.deeds():
        messages.error(request, _("This can't be done here now. Perhaps the ticket has changed meanwhile."))
        return shown(request, vendor, page, status=422)
    if form.is_valid() and _acted(request, page, form):
        return HttpResponseRedirect(address(vendor, number))
    return shown(request, vendor, page, bound=form, status=422)


def open_page(request: HttpRequest, vendor: str, number: str) -> TicketPage:
    """What the reader sees of a ticket, at whichever of his vendors: a link opens whatever the switcher says.
    Raises TooMuch.
    """
    reader = reader_of(request)
    member = reader.staff_at(vendor)
    if not number.isprintable():
        raise Http404
    try:
        page = read(member, number)
    except Ticket.DoesNotExist:
        raise Http404 from None
    limits.take(reader, limits.TICKETS, members=[member], names=[page.ticket.pk])
    return page


def _acted(request: HttpRequest, page: TicketPage, form: DeedForm) -> bool:
    """Do the deed and say so, with a way to take it back where there is one."""
    if not form.window:
        was_done = done(request, page, form)
        if was_done:
            messages.success(request, str(form.done))
        return was_done
    with undoable(form.deed, form.window) as batch:
        was_done = done(request, page, form)
    if was_done:
        offer(request, str(form.done), batch, form.window)
    return was_done


def done(request: HttpRequest, page: TicketPage, form: DeedForm | Composer) -> bool:
    """Attempt it in the scope of the ticket's vendor alone; the services take back what a refusal leaves half done."""
    with enter(reader_of(request).full_scope.only(page.member.vendor_id)):
        return form.attempt()


def address(vendor: str, number: str) -> str:
    """Of a ticket's page."""
    return reverse("desk:ticket", args=[vendor, number])


@dataclass(frozen=True, slots=True)
class Folded:
    """A deed on the page: folded, until its form is asked for."""

    deed: Deed
    title: Any
    icon: str
    form: DeedForm | None


def shown(
    request: HttpRequest,
    vendor: str,
    page: TicketPage,
    *,
    composer: Composer | None = None,
    bound: DeedForm | None = None,
    unfolded: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page as an answer, with a form that was refused in the place of a fresh one."""
    deeds, composer = page.deeds(), composer or Composer(page)
    entries = conversation(page, vendor)
    earlier = 0 if "all" in request.GET else max(len(entries) - _ENTRIES, 0)
    asked = {bound.deed: bound} if bound else {}
    kinds = [kind for key, kind in DEEDS.items() if key in deeds]
    forms = {
        kind.deed: asked.get(kind.deed) or kind(page)
        for kind in kinds
        if kind.deed in (*_QUICK, *_WITH_ITS_LIST, *_UNFOLDED, unfolded, *asked)
    }
    narrowed = HistoryFilter(request.GET, page)
    context = _context(vendor, page) | {
        "history_filter": narrowed,
        "history": history(page, narrowed.entries),
        "composer": composer,
        "kept_files": _kept(composer),
        "entries": entries[earlier:],
        "earlier": earlier,
        "newest": max([newest(page), *(message.pk for message in composer.meanwhile)]),
        "people_names": "\n".join(person.name for person in page.colleagues),
        "meanwhile": [entry(message, page) for message in composer.meanwhile],
        "works": [
            Folded(kind.deed, kind.title, kind.icon, forms.get(kind.deed))
            for kind in kinds
            if kind.deed not in (*_QUICK, *_WITH_ITS_LIST, *WITHOUT_FORM)
        ],
        "quick": [form for key, form in forms.items() if key in _QUICK],
        "information": forms.get(Deed.INFORMATION),
        "ask": forms.get(Deed.ASK),
        "bound": bound,
        "can_keep": Deed.UNTAG in deeds,
        "can_write_article": page.member.may(Act.WRITE_ARTICLES) and page.ticket.state in _SOLVED,
        "can_take": Deed.ASSIGN in deeds and page.ticket.assignee_id != page.member.person_id,
    }
    return render(request, "desk/ticket.html", context, status=status)


def _context(vendor: str, page: TicketPage) -> dict[str, Any]:
    ticket = page.ticket
    book = Book(page.policy, page.rules)
    rank, priority, claimed = priority_of(
        book, ticket.priority or ticket.claimed_priority, claimed=not ticket.priority, urgent=ticket.urgent
    )
    acknowledgement = page.policy.acknowledgement
    return {
        "page": page,
        "ticket": ticket,
        "vendor_slug": vendor,
        "face": clocks.urgent_face(page),
        "rank": rank,
        "priority": priority,
        "claimed": claimed,
        "state": STATE_LOOKS.get(ticket.state, ticket.state),
        "state_label": str(State(ticket.state).label),
        "links": links(page),
        "facts": facts.facts(page, vendor),
        "answers": facts.answers(page),
        "self_help": facts.self_help(page),
        "undeclared": list(facts.undeclared(page).values()),
        "marks": marks(page),
        "statements": facts.statements(page),
        "clocks": clocks.clocks(page, vendor),
        "not_started": clocks.not_started(page),
        "promises_solution": page.policy.clock("resolution") is not None,
        "earlier_updates": clocks.earlier_updates(page),
        "missing": not_there(page),
        "acknowledgement": say(page.policy, acknowledgement.explains) if acknowledgement else "",
    }


def _canned(page: TicketPage, key: str | None) -> str:
    """The words of the canned reply that the address names, for who has no script to put them in."""
    reply = canned_replies(page.member).filter(pk=key_in(key or "") or 0).first()
    about = Subject(page.ticket, page.member, page.policy)
    return render_canned(reply, about).text if reply else ""


def _kept(composer: Composer) -> list[Attachment]:
    """The files that wait for the message to be sent."""
    if not composer.kept:
        return []
    mine = Attachment.objects.filter(message=None, uploaded_by=composer.page.member.person_id)
    return list(mine.filter(key__in=composer.kept))
