"""The articles that the demo's agents have published, and what readers said of them."""

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from tickets import services
from tickets.demo.stage import Stage
from vendors.models import Role


def publish(stage: Stage, moment: datetime) -> None:
    """Write the articles of a vendor, each so many days before `moment`, and let readers say whether they helped."""
    path = files("tickets.demo.texts").joinpath("articles", f"{stage.slug.replace('-', '_')}.toml")
    with enter(Scope.of(stage.vendor_id)):
        for told in tomllib.loads(path.read_text(encoding="utf-8"))["articles"]:
            with clock.moved_to(moment - timedelta(days=told["days_ago"])):
                key = _write(stage, told)
            with clock.moved_to(moment - timedelta(days=told["days_ago"] / 2)):
                _rate(stage, key, told)


def _write(stage: Stage, told: dict[str, Any]) -> int:
    product = stage.products.get(told.get("product", ""))
    article = services.save_article(
        by=stage.acting(stage.staff(Role.AGENT)[0]),
        article_id=None,
        product_id=product.pk if product else None,
        topics=told["topics"],
        texts={code: {"title": title, "body": told["body"][code]} for code, title in told["title"].items()},
        publish=not told.get("draft", False),
    )
    return article.pk


def _rate(stage: Stage, key: int, told: dict[str, Any]) -> None:
    readers = [asker.member for asker in reversed(stage.askers())]  # who has a login on show is still asked
    missed = told.get("missed", [])
    voices = [(False, words) for words in missed] + [(True, "")] * told.get("helped", 0)
    for reader, (helpful, missing) in zip(readers, voices, strict=False):
        services.rate_article(by=reader, article_id=key, helpful=helpful, missing=missing)
