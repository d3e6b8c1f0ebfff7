"""File a request, step by step or on one page. Whatever is sent is kept in the person's draft first, valid or not, so that it can
be gone on with at any time and on any device.
"""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.reader import reader_of
from interfaces.portal.counter import Counter, customers_at, open_counter, reading
from interfaces.portal.drafts import Kept, held_files
from interfaces.portal.expectations import foreseen
from interfaces.portal.intake import IntakeForm
from interfaces.portal.promises import priority_cards
from interfaces.portal.steps import ALL, CHECK, PRODUCT
from interfaces.portal.unfinished import unfinished
from interfaces.portal.upload_rules import file_words, upload_rules
from sla.policies import current
from tickets import services
from tickets.models import RequestDraft
from tickets.vocabulary import Refused

_STAY = "look"  # keep what was typed and show the page again, with what is recognised of it


@login_required
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Go on with a request that was begun, or choose the vendor for a new one; straight to it if there is nothing to choose."""
    reader = reader_of(request)
    offered = customers_at(reader)
    if not offered:
        raise Http404
    if (chosen := reader.current_vendor) is not None:
        offered = [(vendor, member) for vendor, member in offered if vendor == chosen] or offered
    drafts = unfinished([member for _vendor, member in offered], [vendor for vendor, _member in offered])
    if len(offered) == 1 and not drafts:
        return redirect("portal:begin", offered[0][0].slug)
    policies = [(vendor, current(vendor.id)) for vendor, _member in offered]
    about = [(vendor, policy.say(policy.vendor.about, reading())) for vendor, policy in policies]
    return render(request, "portal/choose.html", {"offered": about, "unfinished": drafts})


@login_required
@require_safe
def begin(request: HttpRequest, vendor: str) -> HttpResponse:
    """The first step of a new request."""
    counter = open_counter(request, vendor)
    return _page(request, counter, uuid4(), PRODUCT, counter.form(step=PRODUCT))


@login_required
@require_safe
def one_page(request: HttpRequest, vendor: str) -> HttpResponse:
    """A new request on one page."""
    counter = open_counter(request, vendor)
    return _page(request, counter, uuid4(), ALL, counter.form())


@login_required
@require_safe
def go_on(request: HttpRequest, vendor: str, key: UUID) -> HttpResponse:
    """Back to where the person stopped."""
    counter = open_counter(request, vendor)
    draft = counter.draft(key)
    if draft is None:
        return gone(request, counter, key)
    return redirect("portal:step", vendor, key, draft.step)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, vendor: str, key: UUID, step: str) -> HttpResponse:
    """A step of a request, or all of it on one page: shown, or kept and gone on from. Refused answers come back with status 422
    and everything typed; they are kept all the same.
    """
    counter = open_counter(request, vendor)
    if step != ALL and counter.way.find(step) is None:
        raise Http404
    draft = counter.draft(key)
    if draft is None and (request.method != "POST" or counter.sent(key)):
        return gone(request, counter, key)
    if request.method == "POST":
        return _save(request, counter, key, step, draft)
    form = counter.form(step="" if step == ALL else step, typed=draft.values if draft else None)
    return _page(request, counter, key, step, form, draft)


@login_required
@require_POST
def discard(request: HttpRequest, vendor: str, key: UUID) -> HttpResponse:
    """Forget a request that was begun, with its files."""
    counter = open_counter(request, vendor)
    counter.own_draft(key)
    services.discard_request_draft(by=counter.member, key=key)
    messages.success(request, _("The unfinished request is discarded."))
    return redirect("portal:home")


def _save(request: HttpRequest, counter: Counter, key: UUID, step: str, draft: RequestDraft | None) -> HttpResponse:
    form = counter.form(request.POST, step="" if step == ALL else step)
    files = (
        held_files(request, counter.member, counter.policy, counter.files(draft)) if "files" in form.fields else None
    )
    valid = form.is_valid()
    if files:
        files.refuse(form)
    go, way = request.POST.get("go", ""), counter.way
    onward = CHECK if go == CHECK else way.after(step).key
    sound = valid and not form.errors
    reached = way.furthest(draft.step if draft else PRODUCT, onward if sound else PRODUCT if step == ALL else step)
    try:
        draft = services.save_request_draft(
            by=counter.member,
            key=key,
            values=form.typed,
            step=reached,
            files=[file.key for file in files.files] if files else (),
            dropped=files.dropped if files else (),
        )
        if "solved" in request.POST:
            services.solve_by_self_help(by=counter.member, key=key, step=request.POST["solved"])
            return redirect("portal:solved", counter.vendor.slug, key)
    except Refused as refused:
        form.add_error(None, refused.message)
        return _page(request, counter, key, step, form, draft, files)
    if go in ("back", ALL, _STAY):
        target = step if go == _STAY else ALL if go == ALL else way.before(step).key
        return redirect("portal:step", counter.vendor.slug, key, target)
    if not sound:
        return _page(request, counter, key, step, form, draft, files)
    return redirect("portal:step", counter.vendor.slug, key, onward)


def gone(request: HttpRequest, counter: Counter, key: UUID) -> HttpResponse:
    """A draft that is not there (any more): on to the ticket that it has become. Raises Http404."""
    number = counter.sent(key)
    if not number:
        raise Http404
    messages.info(request, _("This request has been sent already."))
    return redirect("portal:ticket", counter.vendor.slug, number)


def _page(
    request: HttpRequest,
    counter: Counter,
    key: UUID,
    step: str,
    form: IntakeForm,
    draft: RequestDraft | None = None,
    kept: Kept | None = None,
) -> HttpResponse:
    policy, files = counter.policy, kept.files if kept else counter.files(draft)
    context = {
        "counter": counter,
        "vendor": counter.vendor,
        "key": key,
        "draft": draft,
        "form": form,
        "topic": "".join(draft.values.get("topic", ())[-1:]) if draft else "",
        "step": counter.way.find(step),
        "reached": counter.way.number(draft.step) if draft else 0,
        "intro": counter.say(policy.intake.intro),
        "self_help": policy.self_help and counter.say(policy.self_help.intro),
        "solved": policy.self_help and counter.say(policy.self_help.solved),
        "cards": priority_cards(policy, counter.language),
        "files": [(file, counter.policy.files.kind_of(file.name) is None) for file in files],
        "rules": upload_rules(policy, counter.language),
        "file_words": file_words(policy, counter.language),
        "caution": counter.say(policy.files.caution),
        "expected": foreseen(counter, counter.whole(draft) if draft else None, files),
    }
    template = "portal/one_page.html" if step == ALL else "portal/step.html"
    return render(request, template, context, status=422 if form.is_bound else 200)
