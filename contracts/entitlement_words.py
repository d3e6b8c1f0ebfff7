"""A verdict in words, for customers and staff: the vendor's own from its file, else ours."""

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from contracts.entitlement import GRANTED, Verdict
from contracts.facts import Reason
from vendors.catalog.schema import PolicyFile, Text


def reason_words(policy: PolicyFile, reason: Reason, language: str) -> str:
    """A reason for the customer, in `language`."""
    text = _of_file(policy, reason.text)
    if text is not None:
        return policy.say(text, language)
    with override(language):
        return {
            "may_ask": _("Partners are served directly."),
            "contract_active": _("A contract for this site is active."),
            "contract_missing": _(
                "This needs a contract that is active for the site. We gladly tell you how to get one."
            ),
            "release_supported": _("This release is among those that are supported."),
            "served_elsewhere": _("Another house gives this support. We show you whom to ask."),
            "nobody_served": _("Please ask whoever sold you the product; support reaches you from there."),
            "came_to_vendor": _("It came straight to the vendor and stays there."),
            "vendor_sold": _("The vendor sold this itself and serves it itself."),
            "handed_on": _("Whoever serves this first could not solve it, so the vendor goes on."),
        }[reason.text]


def instead_words(policy: PolicyFile, found: Verdict, language: str) -> tuple[str, ...]:
    """What the customer can do about a refusal, as the vendor's file says it: how to get a contract, an update, an offer."""
    texts = (_of_file(policy, reason.instead) for reason in found.reasons if reason.instead)
    return tuple(dict.fromkeys(policy.say(text, language) for text in texts if text is not None))


def verdict_sentence(word: str, server: str) -> str:
    """The verdict for the customer before he sends; `server` is the name of the house to which the request goes."""
    return {
        "entitled": _("You are entitled to this: %(house)s serves you."),
        "elsewhere": _("%(house)s serves you."),
        "not_owed": _("This is not part of your support. You can send it all the same: it goes to %(house)s."),
        "ask": _("What we know does not settle yet who serves you. Send it: %(house)s looks at it first."),
    }[word] % {"house": server}


def served_sentence(word: str, server: str) -> str:
    """The verdict for the customer of a filed request; `server` is the name of the house that has it."""
    return {
        "entitled": _("You are entitled to this; it is with %(house)s."),
        "elsewhere": _("This support comes from a partner. Your request is with %(house)s."),
        "not_owed": _("This is not part of your support. Your request is with %(house)s."),
        "ask": _("Who serves you is not settled yet. Your request is with %(house)s."),
        GRANTED: _("This is not part of your support, but granted to you. It is with %(house)s."),
    }[word] % {"house": server}


def verdict_label(word: str) -> str:
    """The verdict in a word or two, for staff."""
    return {
        "entitled": pgettext("entitlement", "Entitled"),
        "elsewhere": pgettext("entitlement", "Served elsewhere"),
        "not_owed": pgettext("entitlement", "Not owed"),
        "ask": pgettext("entitlement", "To be settled"),
        GRANTED: pgettext("entitlement", "Granted"),
    }[word]


def house_label(house: str | None) -> str:
    """Who serves, in words; empty for nobody."""
    return {
        "vendor": _("the vendor"),
        "distributor": _("the distributor"),
        "support_partner": _("a support partner"),
        "channel_partner": _("the channel partner"),
        "sales": _("Sales"),
    }.get(house or "", "")


def fact_label(name: str) -> str:
    """A fact that would decide, in words."""
    return {
        "on": _("the day of the request"),
        "requester": _("who asks"),
        "site_contracts": _("the contracts of the site"),
        "topic": _("what it is about"),
        "release": _("the release"),
        "current_release": _("the current release"),
        "previous_release": _("the release before the current one"),
        "earlier_releases": _("the earlier releases"),
        "seller": _("who sold it"),
        "warranty_until": _("how long the warranty lasts"),
        "warranty_void": _("whether the warranty is void"),
        "cause": _("the cause"),
        "handed_on": _("whether it was handed on"),
        "own_address": _("where it came in"),
    }[name]


def _of_file(policy: PolicyFile, path: str) -> Text | None:
    """The text at a path like `exclusions.no_contract.text`."""
    value: object = policy
    for part in path.split("."):
        if isinstance(value, tuple):
            rows = (row for row in value if part in (getattr(row, "key", None), getattr(row, "requester", None)))
            value = next(rows, None)
        else:
            value = getattr(value, part, None)
    return value if isinstance(value, Text) else None
