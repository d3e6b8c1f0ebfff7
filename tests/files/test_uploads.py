"""Large files in pieces: what breaks off goes on, what is whole is right, and nobody touches another's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kernel.tenancy.scope import enter
from tests.world import World
from tickets import services
from tickets.models import Attachment
from tickets.services.uploads import PIECE
from vendors.models import User

Signed = Callable[[User], Client]


def begin(client: Client, vendor: str, name: str, size: int) -> Any:
    return client.post(f"/files/uploads/{vendor}/", {"name": name, "size": size})


def bring(client: Client, vendor: str, key: str, offset: int, piece: bytes) -> Any:
    path = f"/files/uploads/{vendor}/{key}/"
    return client.patch(path, piece, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)})


def test_a_file_in_pieces_is_whole_and_goes_with_a_message(world: World, client_of: Signed) -> None:
    house, content = world.optocraft, os.urandom(2 * PIECE + 1234)
    client = client_of(house.user("customer"))
    key = begin(client, house.slug, "scan.shz", len(content)).json()["key"]
    for offset in range(0, len(content), PIECE):
        standing = bring(client, house.slug, key, offset, content[offset : offset + PIECE]).json()
    assert standing["whole"]
    with enter(house.scope()):
        request = services.Request(
            requester=house.people["customer"], subject="s", body="b", language="en", files=[key]
        )
        services.file_ticket(by=house.member("customer"), request=request)
        held = Attachment.objects.get(key=key)
        assert (held.state, held.sha256) == (Attachment.State.READY, hashlib.sha256(content).hexdigest())
    answer = client_of(house.user("agent")).get(f"/files/{key}/")
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]


def test_a_broken_connection_costs_one_piece(world: World, client_of: Signed) -> None:
    house, content = world.optocraft, os.urandom(PIECE + 10)
    client = client_of(house.user("customer"))
    key = begin(client, house.slug, "scan.shz", len(content)).json()["key"]
    assert bring(client, house.slug, key, 0, content[:PIECE]).status_code == 200
    torn = bring(client, house.slug, key, PIECE, content[PIECE : PIECE + 4])
    assert torn.status_code == 422
    again = bring(client, house.slug, key, 0, content[:PIECE])
    assert (again.status_code, again.json()["received"]) == (409, PIECE)
    other_device = client_of(house.user("customer"))
    assert other_device.get(f"/files/uploads/{house.slug}/{key}/").json()["received"] == PIECE
    assert bring(other_device, house.slug, key, PIECE, content[PIECE:]).json()["whole"]


@pytest.mark.parametrize(("name", "size"), [("setup.exe", 100), ("scan.shz", 0), ("scan.shz", 11 * 1024**3)])
def test_what_is_not_accepted_is_refused_before_it_is_sent(
    world: World, client_of: Signed, name: str, size: int
) -> None:
    answer = begin(client_of(world.optocraft.user("customer")), world.optocraft.slug, name, size)
    assert answer.status_code == 422
    assert name in answer.json()["message"]


def test_numbers_that_are_none_are_told_what_is_wrong(world: World, client_of: Signed) -> None:
    house = world.optocraft
    client = client_of(house.user("customer"))
    assert client.post(f"/files/uploads/{house.slug}/", {"name": "a.txt", "size": "many"}).status_code == 422
    key = begin(client, house.slug, "a.txt", 3).json()["key"]
    assert client.patch(f"/files/uploads/{house.slug}/{key}/", b"abc").status_code == 422
    assert bring(client, house.slug, key, -5, b"abc").status_code == 409


def test_an_upload_is_its_owners_alone(world: World, client_of: Signed) -> None:
    house = world.optocraft
    key = begin(client_of(house.user("customer")), house.slug, "a.txt", 3).json()["key"]
    others = [house.user("customer_admin"), house.user("agent"), house.user("partner"), world.mastercam.user("agent")]
    for user in others:
        client = client_of(user)
        assert client.get(f"/files/uploads/{house.slug}/{key}/").status_code == 404
        assert bring(client, house.slug, key, 0, b"abc").status_code == 404
        assert client.delete(f"/files/uploads/{house.slug}/{key}/").status_code == 404
    assert client_of(world.mastercam.user("agent")).post(f"/files/uploads/{house.slug}/").status_code == 404
    assert Client().get(f"/files/uploads/{house.slug}/{key}/").status_code == 302


def test_what_is_not_whole_is_no_file_yet(world: World, client_of: Signed) -> None:
    house = world.optocraft
    client = client_of(house.user("customer"))
    key = begin(client, house.slug, "a.txt", PIECE + 3).json()["key"]
    bring(client, house.slug, key, 0, b"a" * PIECE)
    assert client.get(f"/files/{key}/").status_code == 404
    assert client.delete(f"/files/uploads/{house.slug}/{key}/").status_code == 204
    assert client.get(f"/files/uploads/{house.slug}/{key}/").status_code == 404


def test_what_nobody_sent_is_forgotten(world: World, client_of: Signed) -> None:
    house = world.optocraft
    client = client_of(house.user("customer"))
    keys = [begin(client, house.slug, name, 3).json()["key"] for name in ("old.txt", "new.txt")]
    with enter(house.scope()):
        old = Attachment.objects.get(key=keys[0])
        Attachment.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(days=3))
        assert services.clear_unsent(house.id) == 1
    assert [client.get(f"/files/uploads/{house.slug}/{key}/").status_code for key in keys] == [404, 200]
