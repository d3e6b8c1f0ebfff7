"""What is said on a ticket, and the files that go with it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, KeptByVendor, RowLevelSecurity
from kernel.tenancy.models import OURS, TenantForeignKey, TenantModel, child_of, person_of
from tickets.models.intake import RequestDraft
from tickets.models.ticket import Channel, Ticket
from vendors.models import Organisation, Person

_OF_TICKET = child_of("tickets_ticket", "ticket_id")
# What a customer's or partner's scope may read of a message: public words, its own notes, notes shared with it; nothing that
# was taken back.
_READABLE = (
    f"(visibility = 'public' OR house_id = ANY ({ORGANISATIONS})"
    f" OR (visibility = 'shared' AND shared_with && {ORGANISATIONS})) AND retracted_at IS NULL AND {_OF_TICKET}"
)
# What they may say: a customer publicly and in the name of his own people, a partner for his house in that of its agents.
_OF_CUSTOMER = person_of(f"{OURS} AND p.role <> 'partner_agent'", "author_id")
_OF_PARTNER = person_of(f"{OURS} AND p.role = 'partner_agent' AND p.organisation_id = {{table}}.house_id", "author_id")
_SAYABLE = (
    f"(NOT by_staff AND visibility = 'public' AND house_id IS NULL AND {_OF_CUSTOMER}) OR (by_staff AND {_OF_PARTNER})"
)


class Message(TenantModel):
    """Something said on a ticket: public, internal to the house that owns it (none: the vendor), or shared with houses."""

    class Visibility(models.TextChoices):
        """Who reads it."""

        PUBLIC = "public", _("Public")
        INTERNAL = "internal", _("Internal")
        SHARED = "shared", _("Shared")

    ticket = TenantForeignKey(Ticket, models.PROTECT, related_name="messages", db_index=False)
    author = TenantForeignKey(Person, models.PROTECT, null=True, related_name="messages")
    house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="messages")
    visibility = models.CharField(max_length=10, choices=Visibility)
    shared_with = ArrayField(models.BigIntegerField(), default=list, blank=True)
    shared_with_vendor = models.BooleanField(default=False)
    by_staff = models.BooleanField(default=False)
    body = models.TextField()
    language = models.CharField(max_length=5)
    channel = models.CharField(max_length=10, choices=Channel)
    qualified = models.BooleanField(default=False)  # O5
    next_steps = models.TextField(blank=True)
    next_steps_on = models.DateField(null=True)
    at = models.DateTimeField()  # when it was said
    recorded_at = models.DateTimeField()  # when we wrote it down
    mail_id = models.CharField(max_length=250, blank=True)  # RFC 5322 Message-ID, ours or theirs
    mail_in_reply_to = models.CharField(max_length=250, blank=True)
    mail_references = models.TextField(blank=True)
    retracted_at = models.DateTimeField(null=True)  # taken back before it left: nobody reads it any more
    merged_from = TenantForeignKey(
        Ticket, models.PROTECT, null=True, related_name="+", db_index=False
    )  # said there first

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=_READABLE,
                inserting=_SAYABLE,
                updating=_SAYABLE,
                deleting="false",
            ),
            # Said is said; what a customer's or partner's service still writes down is the message's address.
            KeptByVendor(
                name="%(app_label)s_%(class)s_kept",
                columns=[
                    *(
                        "ticket_id",
                        "author_id",
                        "house_id",
                        "visibility",
                        "shared_with",
                        "shared_with_vendor",
                        "by_staff",
                    ),
                    *("body", "at", "recorded_at", "retracted_at", "merged_from_id"),
                ],
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "ticket", "id"], name="tickets_message_order"),
            models.Index(fields=["vendor", "mail_id"], name="tickets_message_mail", condition=~models.Q(mail_id="")),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


_UNSENT = f"message_id IS NULL AND organisation_id = ANY ({ORGANISATIONS})"


class Attachment(TenantModel):
    """A file. It can exist before its message (a draft of its uploader); it is served only through an access check."""

    class State(models.TextChoices):
        """Whether it can be served."""

        UPLOADING = "uploading"
        DRAFT = "draft"
        READY = "ready"
        REFUSED = "refused"

    key = models.UUIDField(unique=True)
    ticket = TenantForeignKey(Ticket, models.PROTECT, null=True, related_name="attachments")
    message = TenantForeignKey(Message, models.PROTECT, null=True, related_name="attachments")
    # Of a request that is still being typed, until its first message takes it.
    request_draft = TenantForeignKey(RequestDraft, models.PROTECT, null=True, related_name="files")
    uploaded_by = TenantForeignKey(Person, models.PROTECT, null=True, related_name="attachments")
    organisation = TenantForeignKey(
        Organisation, models.PROTECT, null=True, related_name="attachments"
    )  # the uploader's
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)  # bytes that have come in, while it is uploaded in pieces
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)  # told by content, not by the sender
    storage = models.CharField(max_length=20, default="default")
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # With its message; a draft with its uploader's organisation.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"(message_id IS NOT NULL AND {child_of('tickets_message', 'message_id')})"
                f" OR (message_id IS NULL AND organisation_id = ANY ({ORGANISATIONS}))",
                # What was sent stays as it was sent.
                inserting=f"organisation_id = ANY ({ORGANISATIONS})",
                updating=(_UNSENT, f"organisation_id = ANY ({ORGANISATIONS})"),
                deleting=_UNSENT,
            ),
        ]

    def __str__(self) -> str:
        return self.name
