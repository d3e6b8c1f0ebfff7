"""What hangs on a ticket beside its conversation, as forms: tags, watchers, links and the checklist."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.desk.deed import DeedForm
from interfaces.desk.undoing import BEFORE_MAIL
from tickets import services
from tickets.models import TicketLink
from tickets.queries.beside import tags_in_use
from tickets.queries.ticket_page import Deed, TicketPage
from tickets.services.beside import KINDS, LONGEST_TAG, other_ticket, watchable

_LONGEST_NUMBER = 24


class TagForm(DeedForm):
    deed = Deed.TAG
    title, button, icon, done = _("Tag"), _("Add the tag"), "tag", _("Tagged.")
    name = forms.CharField(label=_("Tag"), max_length=LONGEST_TAG, help_text=_("One word"), widget=forms.TextInput)

    def prepare(self) -> None:
        """Completed from the tags that the house uses."""
        self.fields["name"].widget.attrs |= {"list": "tags", "autocomplete": "off", "autocapitalize": "none"}

    @property
    def suggestions(self) -> dict[str, list[str]]:
        return {"tags": tags_in_use(self.page.member)}

    def perform(self) -> None:
        services.tag(**self.call, name=self.cleaned_data["name"])


class UntagForm(DeedForm):
    deed = Deed.UNTAG
    title, button, icon, done = _("Tag"), _("Take the tag off"), "tag", _("The tag is off.")
    name = forms.CharField(max_length=LONGEST_TAG)

    def perform(self) -> None:
        services.untag(**self.call, name=self.cleaned_data["name"])


class WatchForm(DeedForm):
    deed = Deed.WATCH
    title, button, icon, done = _("Watchers"), _("Let them watch"), "eye", _("They hear of this ticket from now on.")
    help = _("Somebody of the customer then sees the ticket and hears what the requester hears.")
    person = forms.TypedChoiceField(label=_("Person"), coerce=int)

    def prepare(self) -> None:
        """The people of one's house and of the customer who don't watch yet."""
        page = self.page
        found = watchable(page.member, page.ticket).exclude(pk__in=page.beside.watchers).order_by("name", "pk")[:1000]
        people = list(found)
        ours = [(str(p.pk), p.name) for p in people if p.organisation_id != page.ticket.customer_id]
        theirs = [(str(p.pk), p.name) for p in people if p.organisation_id == page.ticket.customer_id]
        own = page.houses[page.member.house].name if page.member.house else page.policy.vendor.name
        groups: list[tuple[str, Any]] = [(own, ours), (page.ticket.customer.name, theirs)]
        self.choose("person", [("", gettext("Please choose")), *(group for group in groups if group[1])])

    def perform(self) -> None:
        services.watch(**self.call, person_id=self.cleaned_data["person"])


class UnwatchForm(DeedForm):
    deed = Deed.UNWATCH
    title, button, icon = _("Watchers"), _("No longer watch"), "eye-off"
    done = _("They hear of this ticket no longer.")
    person = forms.IntegerField(min_value=1, max_value=2**62)

    def perform(self) -> None:
        services.unwatch(**self.call, person_id=self.cleaned_data["person"])


class LinkForm(DeedForm):
    deed = Deed.LINK
    title, button, icon, done = _("Link to another ticket"), _("Link"), "link", _("Linked.")
    kind = forms.ChoiceField(label=_("This ticket is"))
    number = forms.CharField(label=_("Number of the other ticket"), max_length=_LONGEST_NUMBER)

    def prepare(self) -> None:
        """How two tickets can belong together."""
        self.choose("kind", [(kind.value, kind.label) for kind in KINDS])
        self.fields["number"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}

    def perform(self) -> None:
        services.link(**self.call, **self.cleaned_data)


class MergeForm(DeedForm):
    deed = Deed.MERGE
    window = BEFORE_MAIL
    title, button, icon, done = _("Merge into another ticket"), _("Merge"), "merge", _("Merged; the requester is told.")
    help = _("Messages, files and who watches move there; the earliest promise stays. This ticket ends.")
    number = forms.CharField(label=_("Number of the other ticket"), max_length=_LONGEST_NUMBER)

    def prepare(self) -> None:
        """A number is typed or pasted."""
        self.fields["number"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}

    def perform(self) -> None:
        page = self.page
        into = other_ticket(page.member, page.ticket, self.cleaned_data["number"], "number")
        services.merge(**self.call, into_id=into.pk)


class UnlinkForm(DeedForm):
    deed = Deed.UNLINK
    title, button, icon, done = _("Links"), _("Take the link away"), "unlink", _("The link is gone.")
    link = forms.IntegerField(min_value=1, max_value=2**62)

    def perform(self) -> None:
        services.unlink(**self.call, link_id=self.cleaned_data["link"])


class ToDoForm(DeedForm):
    deed = Deed.TO_DO
    title, button, icon, done = _("Checklist"), _("Add"), "list-plus", _("Added to the checklist.")
    text = forms.CharField(label=_("What is to be done"), max_length=200)

    def perform(self) -> None:
        services.add_item(**self.call, text=self.cleaned_data["text"])


class TickForm(DeedForm):
    deed = Deed.TICK
    title, button, icon, done = _("Checklist"), _("Tick off"), "square-check", _("The checklist is up to date.")
    item = forms.IntegerField(min_value=1, max_value=2**62)
    open = forms.BooleanField(required=False)

    def perform(self) -> None:
        services.tick(**self.call, item_id=self.cleaned_data["item"], done=not self.cleaned_data["open"])


class DropForm(DeedForm):
    deed = Deed.DROP
    title, button, icon, done = _("Checklist"), _("Remove"), "list-x", _("Taken off the checklist.")
    item = forms.IntegerField(min_value=1, max_value=2**62)

    def perform(self) -> None:
        services.drop_item(**self.call, item_id=self.cleaned_data["item"])


BESIDE: tuple[type[DeedForm], ...] = (
    TagForm,
    UntagForm,
    WatchForm,
    UnwatchForm,
    LinkForm,
    UnlinkForm,
    MergeForm,
    ToDoForm,
    TickForm,
    DropForm,
)
# One button each, where what they are about is shown.
WITHOUT_FORM = (Deed.UNTAG, Deed.UNWATCH, Deed.UNLINK, Deed.TICK, Deed.DROP)


def links(page: TicketPage) -> list[dict[str, Any]]:
    """The links in words, from this ticket's end."""
    back = {
        TicketLink.Kind.DUPLICATE_OF: gettext("Has as a duplicate"),
        TicketLink.Kind.CAUSED_BY: gettext("Is the cause of"),
        TicketLink.Kind.BLOCKS: gettext("Is blocked by"),
        TicketLink.Kind.SPLIT_FROM: gettext("Part of it went on in"),
    }
    labels = dict(TicketLink.Kind.choices)
    return [
        {
            "key": link.key,
            "words": str(back[TicketLink.Kind(link.kind)] if link.back else labels[link.kind]),
            "number": link.number,
            "subject": link.subject,
        }
        for link in page.beside.links
    ]
