"""Words that would run or be carried out if a page took them for more than words, in every text of every table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction

from kernel.tenancy.models import Tenant, TenantModel
from kernel.tenancy.scope import Scope, enter
from tests.walls.requests.markup import elements

SUM = 7 * 7191  # what a template would make of it
POISON = (
    '"><img src=zq onerror=zq()>',
    "'><svg/onload=zq()>",
    "</script><script>zq()</script>",
    "</textarea></title><zq-x>",
    "javascript:zq()//zq",
    "{{7*7191}}{% include 'zq' %}${7*7191}",
    '<noscript><p title="</noscript><img src=zq onerror=zq()>">',
    '<math><mi//xlink:href="data:x,<script>zq()</script>">',
    "[zq](javascript:zq()) ![zq](https://elsewhere.test/zq.png)",
    '" onmouseover="zq()" autofocus onfocus="zq()',
    "<iframe srcdoc='<script>zq()</script>'>",
    '<a href="data:text/html,<script>zq()</script>">zq</a>',
)
_next = count()


def poisoned(words: str = "") -> str:
    """Some words with the next poison before them."""
    return f"{POISON[next(_next) % len(POISON)]}{words}"


# Texts that are no words of people: keys, codes, addresses and what the software writes itself.
EXEMPT = frozenset(
    """
    slug key email language country subdivision time_zone number kind state verb token_hash secret_hash seed password
    domain batch deed prefix hash head digest body_hash storage content_type mail_id mail_in_reply_to mail_references topic
    channel role source subject_type object_type actor_type word query claimed_priority priority entitlement classification
    outcome visibility level assignment address mail_hash fingerprint step asked token previous name_key request_hash
    cancel_reason sha256 storage issuer client_id secret_variable
    """.split()  # noqa: SIM905  # read better so
)


def poison_everything() -> dict[str, int]:
    """Put poison into every text that the application may change, of all vendors; answers in how many rows, by field."""
    done: dict[str, int] = defaultdict(int)
    for key in Tenant.objects.values_list("pk", flat=True):
        with enter(Scope.of(key)):
            for model in apps.get_models():
                if issubclass(model, TenantModel) and model._meta.app_label != "sla":  # whose words are keys and zones
                    for field in texts_of(model):
                        done[f"{model.__name__}.{field.name}"] = done.get(
                            f"{model.__name__}.{field.name}", 0
                        ) + _poison(model, field)
    for name in ("User", "AccessToken"):
        model = apps.get_model("vendors", name)
        for field in texts_of(model):
            done[f"{name}.{field.name}"] = _poison(model, field)
    return done


def texts_of(model: Any) -> Iterator[models.Field[Any, Any]]:
    """The fields of a model that hold words of people."""
    for field in model._meta.concrete_fields:
        text = isinstance(field, models.CharField | models.TextField) and not isinstance(
            field, models.EmailField | models.SlugField
        )
        if text and not field.choices and field.name not in EXEMPT:
            yield field


def _poison(model: Any, field: models.Field[Any, Any]) -> int:
    changed = 0
    for row in model.objects.order_by("pk"):
        longest = getattr(field, "max_length", None) or 400
        if not getattr(row, field.name) and getattr(field, "blank", False) and changed:
            continue
        value = poisoned()[: longest - 8] + str(row.pk)[-8:]
        try:
            with transaction.atomic():
                changed += model.objects.filter(pk=row.pk).update(**{field.name: value})
        except DatabaseError as refused:  # what is only added to, or a word of a fixed list
            if not re.search("permission denied|violates", str(refused)):
                raise
            return changed
    return changed


_RUNS = r"\s*(?:javascript|vbscript|data:(?!image/svg))"
_REMOTE = r"\s*(?:https?:)?//elsewhere"


def symptoms(text: str) -> list[str]:
    """What a page has that only poison could have made: elements, handlers, addresses that run, or sums that were done."""
    found = []
    for tag, given in elements(text):
        if tag in {"zq-x", "math", "noscript"} or (tag == "img" and given.get("src") == "zq"):
            found.append(f"<{tag}>")
        if tag == "script" and not given.get("src"):
            found.append("a script of its own")
        found += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "srcdoc"]
        found += [
            f'<{tag} {name}="{value[:60]}">'
            for name, value in given.items()
            if name
            in {
                "href",
                "src",
                "action",
                "formaction",
                "data",
                "xlink:href",
                "hx-get",
                "hx-post",
                "poster",
                "background",
            }
            and re.match(_RUNS if tag == "a" else f"{_RUNS}|{_REMOTE}", value, re.IGNORECASE)
        ]
    if str(SUM) in text:
        found.append("a template was carried out")
    return found
