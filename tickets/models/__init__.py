"""Tickets (`ticket`) and their `conversation`, what staff keep beside them (`work`, `desk`), requests before they are filed
(`intake`), announcements and articles.
"""

from tickets.models.announcements import Announcement, AnnouncementPutAway, AnnouncementRecipient
from tickets.models.articles import Article, ArticleDocument, ArticleText, ArticleVote
from tickets.models.conversation import Attachment, Message
from tickets.models.desk import CannedReply, ComposerDraft, SavedView
from tickets.models.intake import RequestDraft, SelfHelpSolution
from tickets.models.rating import TicketRating
from tickets.models.search import SearchDocument
from tickets.models.ticket import (
    RANK,
    Channel,
    Classification,
    EscalationRequest,
    HandOff,
    HandOffNote,
    IdempotencyKey,
    Notification,
    State,
    Ticket,
    TicketNumber,
    ZoneSource,
)
from tickets.models.work import ChecklistItem, TicketLink, TicketTag, Undo, Watcher

__all__ = [
    "RANK",
    "Announcement",
    "AnnouncementPutAway",
    "AnnouncementRecipient",
    "Article",
    "ArticleDocument",
    "ArticleText",
    "ArticleVote",
    "Attachment",
    "CannedReply",
    "Channel",
    "ChecklistItem",
    "Classification",
    "ComposerDraft",
    "EscalationRequest",
    "HandOff",
    "HandOffNote",
    "IdempotencyKey",
    "Message",
    "Notification",
    "RequestDraft",
    "SavedView",
    "SearchDocument",
    "SelfHelpSolution",
    "State",
    "Ticket",
    "TicketLink",
    "TicketNumber",
    "TicketRating",
    "TicketTag",
    "Undo",
    "Watcher",
    "ZoneSource",
]
