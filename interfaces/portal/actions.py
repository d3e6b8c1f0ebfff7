"""What a customer does with a request. Each is a plain form: it calls one service and leads back to the request's page; a
refused one shows the page again with status 422 and everything typed.
"""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from interfaces.portal.drafts import keep
from interfaces.portal.forms import CompleteForm, ParticipantForm, RatingForm, ReviewForm, UrgentForm, WriteForm
from interfaces.portal.once import once
from interfaces.portal.page import RequestPage, executive_step, open_page
from tickets import services
from tickets.models import Attachment
from tickets.vocabulary import Refused


@login_required
@require_POST
def write(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Write to support, with files. Ends waiting; reopens what is resolved; of what has ended it makes a new request."""
    page = open_page(request, vendor, number)
    page.write = form = WriteForm(request.POST)
    kept = keep(request, page.member, page.policy)
    page.drafts = {"write": kept.files}
    form.is_valid()
    kept.refuse(form)

    def send() -> dict[str, str]:
        return {"url": _write(page, form.cleaned_data["body"], {}, list(kept.files))}

    return _do(request, page, form, lambda: str(once(request, page.member, send)["url"]))


@login_required
@require_POST
def complete(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Give what the request still lacks (O8, M8): it becomes a message and the answers of the form."""
    page = open_page(request, vendor, number)
    page.complete = form = CompleteForm(page.missing, page.policy, page.language, request.POST)
    kept = keep(request, page.member, page.policy)
    page.drafts = {"complete": kept.files}
    if form.is_valid() and not form.answers and not kept.files and not kept.refusals:
        form.add_error(None, _("Fill in at least one of these, or add a file."))
    if "files" in form.fields:
        kept.refuse(form)
    return _do(request, page, form, lambda: _write(page, _as_text(page, form.answers), form.answers, list(kept.files)))


@login_required
@require_POST
def review(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Ask for a review (M12, O19)."""
    page = open_page(request, vendor, number)
    page.review = form = ReviewForm(executive_step(page.policy, page.ticket, page.language), request.POST)
    form.is_valid()

    def ask() -> str:
        asked = form.cleaned_data
        services.request_review(
            by=page.member, ticket_id=page.ticket.pk, reason=asked["reason"], executive=asked.get("executive", False)
        )
        messages.success(request, _("Your request for a review has reached the supervisors."))
        return page.url

    return _do(request, page, form, ask)


@login_required
@require_POST
def urgent(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Declare it urgent after the fact (O6)."""
    page = open_page(request, vendor, number)
    page.urgent = form = UrgentForm(page.policy, page.language, request.POST)
    form.is_valid()

    def declare() -> str:
        services.declare_urgent(by=page.member, ticket_id=page.ticket.pk, reason=form.cleaned_data["urgent_reason"])
        messages.success(request, _("Your request now counts as urgent."))
        return page.url

    return _do(request, page, form, declare)


@login_required
@require_POST
def confirm(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """It is solved: close it."""
    page = open_page(request, vendor, number)
    _plainly(request, page, _("Thank you. This request is closed."), services.close)
    return redirect(f"{page.url}#rating")


@login_required
@require_POST
def reopen(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """It is not solved: open it again."""
    page = open_page(request, vendor, number)
    words = _("This request is open again. Tell us below what is still wrong.")
    return _plainly(request, page, words, services.reopen)


@login_required
@require_POST
def withdraw(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """It is no longer needed."""
    page = open_page(request, vendor, number)
    return _plainly(request, page, _("This request is withdrawn."), services.cancel, reason="withdrawn")


@login_required
@require_POST
def pass_on(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Send the request on to the house to which it belongs."""
    page = open_page(request, vendor, number)
    return _plainly(request, page, _("Your request was passed on, with its whole history."), services.pass_on)


@login_required
@require_POST
def rate(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Say how it was solved, or change that."""
    page = open_page(request, vendor, number)
    page.rating = form = RatingForm(page.said, request.POST)
    form.is_valid()

    def say() -> str:
        given = form.cleaned_data
        services.rate(by=page.member, ticket_id=page.ticket.pk, grade=given["grade"], comment=given["comment"])
        messages.success(request, _("Thank you for telling us."))
        return f"{page.url}#rating"

    return _do(request, page, form, say)


@login_required
@require_POST
def add_participant(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Let a colleague take part."""
    page = open_page(request, vendor, number)
    page.participant = form = ParticipantForm(page.member, page.ticket, page.participants, request.POST)
    form.is_valid()

    def add() -> str:
        services.watch(by=page.member, ticket_id=page.ticket.pk, person_id=form.cleaned_data["person"])
        messages.success(request, _("Your colleague sees this request from now on and hears what happens."))
        return f"{page.url}#participants"

    return _do(request, page, form, add)


@login_required
@require_POST
def remove_participant(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Let a colleague take part no longer, or leave."""
    page = open_page(request, vendor, number)
    key = request.POST.get("person", "")
    who = next((person for person in page.participants if str(person.pk) == key), None)
    if who is None:
        messages.error(request, _("This colleague does not take part."))
        return redirect(page.url)
    leaves = who.pk == page.member.person_id
    done = _("You no longer take part.") if leaves else _("%(name)s no longer takes part.") % {"name": who.name}
    answer = _plainly(request, page, done, services.unwatch, person_id=who.pk)
    return redirect("portal:home") if leaves else answer


def _write(page: RequestPage, body: str, answers: Mapping[str, str], files: list[Attachment]) -> str:
    ticket = services.customer_writes(
        by=page.member, ticket_id=page.ticket.pk, body=body, answers=answers, files=[file.key for file in files]
    )
    page.ticket = ticket
    return page.url


def _as_text(page: RequestPage, answers: Mapping[str, str]) -> str:
    labels = {row.key: page.policy.say(row.label, page.ticket.language) for row in page.missing}
    lines = [f"{labels[key]}: {answer}" for key, answer in answers.items()]
    return "\n".join(lines) or _("The files that you asked for.")


def _do(request: HttpRequest, page: RequestPage, form: Form, act: Callable[[], str]) -> HttpResponse:
    """Act on a form that is sound and go where that leads, else show the page with what is wrong."""
    if not form.errors:
        try:
            return redirect(act())
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.message)
    return page.show(request, status=422)


def _plainly(
    request: HttpRequest, page: RequestPage, done: str, act: Callable[..., object], **words: object
) -> HttpResponse:
    try:
        act(by=page.member, ticket_id=page.ticket.pk, **words)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect(page.url)
