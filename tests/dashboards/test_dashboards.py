"""The dashboards: who sees them, what the figures say, and that the list behind each holds what was counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.clock import moved_to
from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import House, World
from tickets import services
from vendors.models import Person, Role, User

ClientOf = Callable[..., Client]


def _page(client: Client, path: str, life: Life) -> Any:
    with moved_to(life.now):
        return client.get(path)


def _answered(life: Life, priority: str = "P2", **after: float) -> None:
    """A request that is answered after a while."""
    ticket = life.files(claimed_priority=priority)
    life.go(**after)
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We are on it.")


def _manager_of(*houses: House) -> User:
    user = User.objects.create_user("boss@managers.test", name="Bo Boss")
    for house in houses:
        with enter(house.scope()):
            Person.objects.create(user=user, role=Role.SUPPORT_MANAGEMENT, name="Bo Boss", email=user.email)
    return user


def _urls(page: Any) -> dict[str, tuple[int, str]]:
    """Every figure of the dashboard with the address of its list."""
    context = page.context
    found = {"breached": (context["standing"]["breached"]["count"], context["standing"]["breached"]["url"])}
    found["fired"] = (context["ladder"]["count"], context["ladder"]["url"])
    found["filed"] = (context["chart"]["filed"], context["chart"]["filed_url"])
    found["resolved"] = (context["chart"]["resolved"], context["chart"]["resolved_url"])
    for due in context["standing"]["due"]:
        found[due["url"]] = (due["count"], due["url"])
    for row in context["ladder"]["rows"]:
        found[row["url"]] = (row["value"], row["url"])
    for column in context["chart"]["columns"]:
        found[column["filed_url"]] = (column["filed"], column["filed_url"])
        found[column["resolved_url"]] = (column["resolved"], column["resolved_url"])
    shares = [*context["totals"]]
    for table in context["tables"]:
        shares += table["sums"] + [cell for row in table["rows"] for cell in row["cells"]]
    for share in shares:
        found[share.met_url] = (share.met, share.met_url)
        found[share.breached_url] = (share.breached, share.breached_url)
    return found


@pytest.mark.parametrize("who", ["customer", "customer_admin", "partner", "agent"])
def test_dashboards_are_not_there_for_who_does_not_manage(world: World, client_of: ClientOf, who: str) -> None:
    client = client_of(world.mastercam.user(who))
    assert client.get("/dashboards/").status_code == 404
    assert client.get("/dashboards/list/?figure=filed").status_code == 404


@pytest.mark.parametrize("who", ["supervisor", "management", "sponsor", "admin"])
def test_dashboards_are_there_for_managers(world: World, client_of: ClientOf, who: str) -> None:
    client = client_of(world.mastercam.user(who))
    assert client.get("/dashboards/").status_code == 200
    assert client.get("/dashboards/list/?figure=breached_now").status_code == 200


def test_an_empty_dashboard_says_so_in_words(world: World, client_of: ClientOf) -> None:
    page = client_of(world.mastercam.user("management")).get("/dashboards/").content.decode()
    assert "No clock ended or fell due in this period." in page
    assert "Nothing is due within the next seven days." in page
    assert "No rung of the ladder was reached in this period." in page
    assert "Nothing was filed or resolved in this period." in page


def test_a_vendor_without_promises_is_told_apart(world: World, client_of: ClientOf) -> None:
    page = client_of(world.onyx.user("management")).get("/dashboards/").content.decode()
    assert "This vendor promises no times" in page


def test_compliance_is_met_of_met_and_breached(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    _answered(life, "P2", hours=1)
    _answered(life, "P2", hours=1)
    _answered(life, "P1", hours=4)  # two hours were promised
    page = _page(client_of(world.mastercam.user("management")), "/dashboards/?days=7", life)
    responses = page.context["totals"][0]
    assert (responses.met, responses.breached, responses.text) == (2, 1, "66.6 %")
    (table,) = page.context["tables"]
    by_priority = {row["label"]: row["cells"][0] for row in table["rows"]}
    assert [(cell.met, cell.breached) for cell in by_priority.values()] == [(0, 1), (2, 0)]
    assert list(by_priority) == ["P1 Urgent", "P2 Critical"]


def test_a_breach_counts_from_its_due_time_on_before_any_answer(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    life.files(claimed_priority="P1")
    client = client_of(world.mastercam.user("management"))
    life.go(hours=1, minutes=59)
    soon = _page(client, "/dashboards/", life).context["standing"]
    assert (soon["breached"]["count"], soon["due"][0]["count"]) == (0, 1)
    life.now += timedelta(minutes=1)  # no worker has looked yet
    late = _page(client, "/dashboards/", life)
    assert (late.context["standing"]["breached"]["count"], late.context["standing"]["due"][0]["count"]) == (1, 0)
    assert late.context["ladder"]["count"] == 1  # the reminder at 75 %


def test_escalations_tell_how_late_they_were_noticed(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    life.files(claimed_priority="P1")
    life.go(minutes=90)  # 75 % to the second
    life.go(minutes=30, seconds=40)  # the due time, 40 seconds late
    ladder = _page(client_of(world.mastercam.user("management")), "/dashboards/", life).context["ladder"]
    assert [row["value"] for row in ladder["rows"]] == [1, 1]
    assert (ladder["p50"], ladder["p99"]) == ("20 s", "40 s")


def test_workers_that_lag_behind_are_mentioned(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    life.files(claimed_priority="P1")
    client = client_of(world.mastercam.user("management"))
    assert not _page(client, "/dashboards/", life).context["behind"]
    life.now += timedelta(hours=3)
    assert "1 ticket waits to be computed" in _page(client, "/dashboards/", life).content.decode()


def test_every_figure_opens_the_rows_that_it_counts(world: World, client_of: ClientOf) -> None:
    mastercam, optocraft = Life(world.mastercam), Life(world.optocraft)
    _answered(mastercam, "P2", hours=1)
    _answered(mastercam, "P1", hours=5)
    ticket = mastercam.files(claimed_priority="P3")
    mastercam.does(
        "agent",
        services.resolve,
        ticket_id=ticket.pk,
        outcome="fixed",
        body="It works again.",
    )
    optocraft.now = mastercam.now
    optocraft.files(urgent=True)
    mastercam.files(claimed_priority="P4")
    mastercam.go(hours=26)
    optocraft.go_to(mastercam.now)
    client = client_of(_manager_of(world.mastercam, world.optocraft))
    figures = _urls(_page(client, "/dashboards/?days=7", mastercam))
    assert sum(count for count, _ in figures.values()) > 20
    for count, url in figures.values():
        answer = _page(client, url, mastercam)
        assert answer.status_code == 200, url
        assert (answer.context["rows"].total, len(answer.context["rows"].lines)) == (count, count), url


def test_a_manager_sees_his_vendors_and_no_others(world: World, client_of: ClientOf) -> None:
    mastercam, optocraft = Life(world.mastercam), Life(world.optocraft)
    mastercam.files(subject="Seen by Mastercam", claimed_priority="P1")
    optocraft.files(subject="Seen by Optocraft")
    url = "/dashboards/list/?figure=filed"
    mine = _page(client_of(world.mastercam.user("management")), url, mastercam).content.decode()
    assert "Seen by Mastercam" in mine
    assert "Seen by Optocraft" not in mine
    both = client_of(_manager_of(world.mastercam, world.optocraft))
    assert _page(both, url, mastercam).context["rows"].total == 2
    assert _page(both, f"{url}&vendor=optocraft", mastercam).context["rows"].total == 1
    both.post("/choose/vendor/", {"vendor": "mastercam"})
    assert _page(both, url, mastercam).context["rows"].total == 1
    assert _page(both, f"{url}&vendor=optocraft", mastercam).status_code == 422


@pytest.mark.parametrize(
    "query",
    ["", "figure=lost", "figure=filed&day=soon", "figure=met&days=8", "figure=fired&percent=x", "figure=met&page=0"],
)
def test_a_broken_address_is_answered_with_what_is_wrong(world: World, client_of: ClientOf, query: str) -> None:
    answer = client_of(world.mastercam.user("management")).get(f"/dashboards/list/?{query}")
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_an_unknown_period_is_refused(world: World, client_of: ClientOf) -> None:
    assert client_of(world.mastercam.user("management")).get("/dashboards/?days=8").status_code == 422


@pytest.mark.parametrize(
    "path", ["/dashboards/", "/dashboards/list/?figure=breached", "/dashboards/list/?figure=fired"]
)
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    world: World, client_of: ClientOf, path: str
) -> None:
    life = Life(world.mastercam)
    client = client_of(world.mastercam.user("management"))
    counts = []
    for more in (1, 5):
        for _ in range(more):
            life.files(claimed_priority="P1")
        life.go(hours=5)
        _page(client, path, life)
        with CaptureQueriesContext(connection) as queries:
            _page(client, path, life)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
