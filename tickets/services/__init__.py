"""Everything that can be done to a ticket. Each function is one transaction: state, clock events, audit, outbox.

Keyword-only arguments; `by` is who acts; a refusal is tickets.vocabulary.Refused with words for the person who asked.
"""

from tickets.services.announcing import discard_draft, put_away, save_draft, send_announcement
from tickets.services.articles import discard_article, rate_article, save_article, withdraw_article
from tickets.services.asking import ask_for_missing
from tickets.services.beside import add_item, drop_item, link, tag, tick, unlink, untag, unwatch, watch
from tickets.services.canned import count_use, delete_canned, save_canned
from tickets.services.conversation import customer_writes, note, reply
from tickets.services.drafts import drop_draft, keep_draft
from tickets.services.ending import cancel, close, reopen, resolve
from tickets.services.entitlement import grant
from tickets.services.escalation import request_review, review
from tickets.services.files import attach, open_file
from tickets.services.filing import Request, file_ticket
from tickets.services.handing import hand_to_team, hand_up
from tickets.services.history import correct_history
from tickets.services.houses import hand_off, pass_on
from tickets.services.merging import merge
from tickets.services.people import remove_colleague
from tickets.services.rating import rate, rated_until
from tickets.services.request_drafts import (
    discard_request_draft,
    save_request_draft,
    solve_by_self_help,
    take_up_again,
)
from tickets.services.splitting import split
from tickets.services.triage import (
    assign,
    classify,
    declare_information_complete,
    declare_urgent,
    go_on,
    set_priority,
    settle_zone,
    wait_for_third_party,
)
from tickets.services.undo import undo
from tickets.services.uploads import add_piece, begin_upload, clear_unsent, drop_upload, upload_of

__all__ = [
    "Request",
    "add_item",
    "add_piece",
    "ask_for_missing",
    "assign",
    "attach",
    "begin_upload",
    "cancel",
    "classify",
    "clear_unsent",
    "close",
    "correct_history",
    "count_use",
    "customer_writes",
    "declare_information_complete",
    "declare_urgent",
    "delete_canned",
    "discard_article",
    "discard_draft",
    "discard_request_draft",
    "drop_draft",
    "drop_item",
    "drop_upload",
    "file_ticket",
    "go_on",
    "grant",
    "hand_off",
    "hand_to_team",
    "hand_up",
    "keep_draft",
    "link",
    "merge",
    "note",
    "open_file",
    "pass_on",
    "put_away",
    "rate",
    "rate_article",
    "rated_until",
    "remove_colleague",
    "reopen",
    "reply",
    "request_review",
    "resolve",
    "review",
    "save_article",
    "save_canned",
    "save_draft",
    "save_request_draft",
    "send_announcement",
    "set_priority",
    "settle_zone",
    "solve_by_self_help",
    "split",
    "tag",
    "take_up_again",
    "tick",
    "undo",
    "unlink",
    "untag",
    "unwatch",
    "upload_of",
    "wait_for_third_party",
    "watch",
    "withdraw_article",
]
