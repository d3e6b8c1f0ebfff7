"""The knowledge base from the desk: the list of articles, the editor with its preview, and an article made of a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.markdown import markdown
from interfaces.common.reader import Reader, reader_of
from interfaces.desk.article_forms import ArticleFilter, ArticleForm
from interfaces.desk.inputs import language_name, language_of
from interfaces.desk.staff.who import names, own_staff, several, slugs, staff_at
from kernel import clock
from kernel.tenancy.scope import enter
from sla.policies import books, current
from tickets import services
from tickets.access import readable_articles, visible_tickets
from tickets.articles import Kind, Personal, beginning, personal
from tickets.models import Article, ArticleVote, Ticket
from tickets.queries.articles import text_for
from tickets.vocabulary import Refused
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile

_PAGE = 50
_SAID = 50  # of what readers missed, the latest


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Articles and drafts at the vendors where the reader is of the staff; 404 for everybody else."""
    reader = reader_of(request)
    members = own_staff(reader)
    narrowed = ArticleFilter(request.GET)
    pages = Paginator(narrowed.rows(members), _PAGE)
    page = pages.get_page(request.GET.get("page"))
    policies = {key: book.file for key, book in books([member.vendor_id for member in members], clock.now()).items()}
    writing = [member for member in members if member.may(Act.WRITE_ARTICLES)]
    context = {
        "filter": narrowed,
        "rows": [_row(reader, article, policies[article.vendor_id]) for article in page],
        "page": page,
        "total": pages.count,
        "vendors_here": [{"slug": slugs(reader)[m.vendor_id], "name": names(reader)[m.vendor_id]} for m in writing],
        "several": several(members),
    }
    return render(request, "desk/articles/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, vendor: str) -> HttpResponse:
    """Write an article; `?ticket=` names the ticket of which it is made. If there is one of it already, that is opened."""
    writer = _writer(reader_of(request), vendor)
    ticket = _ticket(writer, request.GET.get("ticket", ""))
    if ticket is not None and request.method != "POST":
        made = readable_articles([writer]).filter(from_ticket=ticket).order_by("pk").first()
        if made is not None:
            messages.info(request, _("There is an article of this ticket already."))
            return HttpResponseRedirect(_address(vendor, made))
    return _Editor(request, vendor, writer, None, ticket).answer()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """An article in its editor."""
    writer = _writer(reader_of(request), vendor)
    article = _article(writer, key)
    return _Editor(request, vendor, writer, article, article.from_ticket).answer()


@login_required
@require_POST
def withdraw(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Make a draft of it again."""
    return _done(request, vendor, key, services.withdraw_article, _("Withdrawn: customers don't see it any more."))


@login_required
@require_POST
def discard(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Throw a draft away."""
    return _done(request, vendor, key, services.discard_article, _("The draft is gone."))


@dataclass(frozen=True, slots=True)
class _Editor:
    """The editor of one article, new or held."""

    request: HttpRequest
    vendor: str
    writer: Member
    held: Article | None
    ticket: Ticket | None

    def answer(self) -> HttpResponse:
        """The page, its preview alone for a script, or on to the article that was kept."""
        policy = current(self.writer.vendor_id)
        data = self.request.POST if self.request.method == "POST" else None
        form = ArticleForm(policy, self.writer.vendor_id, self.held, data, self._beginning(policy))
        previewing = data is not None and "preview" in data
        if previewing and self.request.headers.get("HX-Request") == "true":
            return render(self.request, "desk/articles/_preview.html", self._looks(policy, form))
        if data is not None and not previewing and form.is_valid():
            saved = self._save(policy, form)
            if saved is not None:
                return HttpResponseRedirect(_address(self.vendor, saved))
        context = self._looks(policy, form) | {
            "form": form,
            "held": self.held,
            "ticket": self.ticket,
            "vendor_slug": self.vendor,
            "said": self._said(),
        }
        return render(self.request, "desk/articles/edit.html", context, status=422 if form.errors else 200)

    def _beginning(self, policy: PolicyFile) -> dict[str, Any]:
        if self.held is not None or self.ticket is None:
            return {}
        title, body = beginning(self.ticket)
        code = policy.spoken(self.ticket.language)
        return {
            f"title_{code}": title[:150],
            f"body_{code}": body,
            "product": str(self.ticket.product_id or ""),
            "topics": [self.ticket.topic] if self.ticket.topic else [],
        }

    def _save(self, policy: PolicyFile, form: ArticleForm) -> Article | None:
        publish = "publish" in form.data
        going_public = publish or (self.held is not None and self.held.published_at is not None)
        if going_public and "anyway" not in form.data and self._personal(policy, form):
            form.add_error(None, _("Customers would read what belongs to somebody: see the list beside the text."))
            return None
        try:
            with enter(reader_of(self.request).full_scope.only(self.writer.vendor_id)):
                saved = services.save_article(
                    by=self.writer,
                    article_id=self.held.pk if self.held else None,
                    ticket_id=self.ticket.pk if self.ticket else None,
                    publish=publish,
                    **form.words(),
                )
        except Refused as refused:
            form.refuse(refused, self.held)
            return None
        messages.success(self.request, _("Published: customers find it from now on.") if publish else _("Kept."))
        return saved

    def _looks(self, policy: PolicyFile, form: ArticleForm) -> dict[str, Any]:
        return {
            "previews": [
                {"code": code, "language": language_name(code), "title": title, "body": markdown(body, 3)}
                for code, title, body in form.written()
            ],
            "personal": [_personal_words(one) for one in self._personal(policy, form)],
            "anyway": "anyway" in form.data,
        }

    def _personal(self, policy: PolicyFile, form: ArticleForm) -> list[Personal]:
        text = "\n".join(f"{title}\n{body}" for _code, title, body in form.written())
        own = {words for contact in policy.contacts for words in (contact.address, *contact.numbers) if words}
        return personal(text, self.ticket, own) if text else []

    def _said(self) -> list[ArticleVote]:
        if self.held is None:
            return []
        return list(self.held.votes.filter(helpful=False).exclude(missing="").order_by("-at")[:_SAID])


def _personal_words(one: Personal) -> tuple[str, str]:
    kinds = {
        Kind.PERSON: _("a person's name"),
        Kind.ORGANISATION: _("the customer's name or place"),
        Kind.MAIL: _("a mail address"),
        Kind.PHONE: _("a phone number"),
        Kind.NUMBER: _("the number of an item or ticket"),
    }
    return one.words, kinds[one.kind]


def _row(reader: Reader, article: Article, policy: PolicyFile) -> dict[str, Any]:
    vendor, there = policy.vendor, [text.language for text in article.texts.all()]
    missing = [language_name(code) for code in vendor.languages if code not in there]
    shown, topics = text_for(article, language_of(policy), vendor.fallback_language), set(article.topics)
    about = [article.product.name] if article.product else []
    about += [policy.say(topic.name, language_of(policy)) for topic in policy.topics if topic.key in topics]
    return {
        "url": _address(slugs(reader)[article.vendor_id], article),
        "vendor": names(reader)[article.vendor_id],
        "title": shown.title,
        "code": shown.language,
        "article": article,
        "languages": ", ".join(language_name(code) for code in there),
        "missing": _("missing: %(languages)s") % {"languages": ", ".join(missing)} if missing else "",
        "about": " · ".join(about),
    }


def _done(request: HttpRequest, vendor: str, key: int, service: Any, words: str) -> HttpResponse:
    writer = _writer(reader_of(request), vendor)
    article = _article(writer, key)
    try:
        with enter(reader_of(request).full_scope.only(writer.vendor_id)):
            left = service(by=writer, article_id=article.pk)
    except Refused as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(_address(vendor, article))
    messages.success(request, words)
    return HttpResponseRedirect(_address(vendor, article) if left else reverse("desk:articles"))


def _writer(reader: Reader, slug: str) -> Member:
    member = staff_at(reader, slug)
    if not member.may(Act.WRITE_ARTICLES):
        raise Http404
    return member


def _article(member: Member, key: int) -> Article:
    here = readable_articles([member]).select_related("product", "author", "from_ticket").prefetch_related("texts")
    found = here.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _ticket(member: Member, number: str) -> Ticket | None:
    """The ticket of that number; none for no number. Raises Http404."""
    if not number:
        return None
    found = visible_tickets([member]).filter(number=number).first() if number.isprintable() else None
    if found is None:
        raise Http404
    return found


def _address(vendor: str, article: Article) -> str:
    return reverse("desk:article", args=[vendor, article.pk])
