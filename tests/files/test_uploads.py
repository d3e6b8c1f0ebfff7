"""Large files in pieces: what breaks off goes on, what is whole is right, and nobody touches another's."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import storages
from django.test import Client

from kernel import clock
from kernel.tenancy.scope import NoScope, enter
from tests.world import House, World
from tickets import services
from tickets.models import Attachment
from tickets.services import disk
from tickets.services.files import path_of
from tickets.services.uploads import PIECE
from tickets.vocabulary import Refused
from vendors.access import scope_of
from vendors.models import User

Signed = Callable[[User], Client]


def begin(client: Client, vendor: str, name: str, size: int) -> Any:
    return client.post(f"/files/uploads/{vendor}/", {"name": name, "size": size})


def bring(client: Client, vendor: str, key: str, offset: int, piece: bytes) -> Any:
    path = f"/files/uploads/{vendor}/{key}/"
    return client.patch(path, piece, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)})


def stored(house: House, key: str) -> bytes:
    """What lies in the storage; its checksum is that of the row."""
    with enter(house.scope()):
        content = b"".join(disk.chunks(path_of(house.id, UUID(key))))
        assert Attachment.objects.get(key=key).sha256 == hashlib.sha256(content).hexdigest()
        return content


def grow_old(house: House, key: str, by: timedelta) -> None:
    with enter(house.scope()):
        Attachment.objects.filter(key=key).update(created_at=clock.now() - by)


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


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


def test_a_broken_connection_costs_what_was_under_way(world: World, client_of: Signed) -> None:
    house, content = world.optocraft, os.urandom(PIECE + 10)
    client = client_of(house.user("customer"))
    key = begin(client, house.slug, "scan.shz", len(content)).json()["key"]
    assert bring(client, house.slug, key, 0, content[:PIECE]).status_code == 200
    assert bring(client, house.slug, key, PIECE, content[PIECE : PIECE + 4]).json()["received"] == PIECE + 4
    other_device = client_of(house.user("customer"))
    assert other_device.get(f"/files/uploads/{house.slug}/{key}/").json()["received"] == PIECE + 4
    assert bring(other_device, house.slug, key, PIECE + 4, content[PIECE + 4 :]).json()["whole"]


def test_a_piece_that_two_browsers_send_counts_once(world: World, client_of: Signed) -> None:
    house, content = world.optocraft, os.urandom(20)
    clients = [client_of(house.user("customer")) for _ in range(2)]
    key = begin(clients[0], house.slug, "scan.shz", len(content)).json()["key"]
    answers = [bring(client, house.slug, key, 0, content[:8]) for client in clients]
    assert [(answer.status_code, answer.json()["received"]) for answer in answers] == [(200, 8), (409, 8)]
    answers = [bring(client, house.slug, key, 8, content[8:]) for client in clients]
    assert [(answer.status_code, answer.json()["whole"]) for answer in answers] == [(200, True), (409, True)]
    assert bring(clients[0], house.slug, key, 8, b"others").status_code == 409
    assert stored(house, key) == content


def test_what_a_crash_left_in_the_file_is_written_over(world: World, client_of: Signed) -> None:
    house, content = world.optocraft, os.urandom(30)
    client = client_of(house.user("customer"))
    key = begin(client, house.slug, "scan.shz", len(content)).json()["key"]
    bring(client, house.slug, key, 0, content[:10])
    path = path_of(house.id, UUID(key))
    disk.write(path, 10, b"written, and then the power failed"[:15])
    bring(client, house.slug, key, 10, content[10:20])
    Path(storages["default"].path(path)).write_bytes(content[:12])  # a disk that lost what it had confirmed
    assert client.get(f"/files/uploads/{house.slug}/{key}/").json()["received"] == 12
    assert bring(client, house.slug, key, 20, content[20:]).status_code == 409
    assert bring(client, house.slug, key, 12, content[12:]).json()["whole"]
    assert stored(house, key) == content


def test_a_full_disk_is_told_and_the_file_goes_on_later(
    world: World, client_of: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, client = world.optocraft, client_of(world.optocraft.user("customer"))
    key = begin(client, house.slug, "scan.shz", 6).json()["key"]
    bring(client, house.slug, key, 0, b"abc")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = bring(client, house.slug, key, 3, b"def")
        assert (answer.status_code, "scan.shz" in answer.json()["message"]) == (507, True)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=10**8))
        assert begin(client, house.slug, "large.shz", 10**8).status_code == 507
    assert bring(client, house.slug, key, 3, b"def").json()["whole"]
    assert stored(house, key) == b"abcdef"


@pytest.mark.parametrize(("name", "size"), [("setup.exe", 100), ("scan.shz", 0), ("scan.shz", 11 * 1024**3)])
def test_what_is_not_accepted_is_refused_before_it_is_sent(
    world: World, client_of: Signed, name: str, size: int
) -> None:
    answer = begin(client_of(world.optocraft.user("customer")), world.optocraft.slug, name, size)
    assert answer.status_code == 422
    assert name in answer.json()["message"]


@pytest.mark.parametrize("name", ["../../log.txt", "..\\..\\log.txt", "C:\\log.txt", "/etc/log.txt", "log\u202e\0.txt"])
def test_a_name_is_no_path(world: World, client_of: Signed, name: str) -> None:
    told = begin(client_of(world.mastercam.user("customer")), "mastercam", name, 5).json()
    assert told["name"] == "log.txt"


def test_numbers_that_are_none_are_told_what_is_wrong(world: World, client_of: Signed) -> None:
    house = world.optocraft
    client = client_of(house.user("customer"))
    assert client.post(f"/files/uploads/{house.slug}/", {"name": "a.txt", "size": "many"}).status_code == 422
    key = begin(client, house.slug, "a.txt", 3).json()["key"]
    assert client.patch(f"/files/uploads/{house.slug}/{key}/", b"abc").status_code == 422
    assert bring(client, house.slug, key, -5, b"abc").status_code == 409
    assert bring(client, house.slug, key, 0, b"abcd").status_code == 422


@pytest.mark.parametrize(("name", "careful"), [("scan.SHZ", False), ("run.rec", False), ("odd.xyz", True)])
def test_kinds_that_the_vendor_does_not_know_come_with_its_words_of_caution(
    world: World, client_of: Signed, name: str, careful: bool
) -> None:
    answer = begin(client_of(world.optocraft.user("customer")), world.optocraft.slug, name, 100)
    assert (answer.status_code, bool(answer.json()["caution"])) == (201, careful)


def test_unsent_files_have_a_measure_and_old_ones_give_way(world: World, client_of: Signed) -> None:
    house, gigabyte = world.mastercam, 10**9  # a message holds 2 GB
    client = client_of(house.user("customer"))
    keys = [begin(client, house.slug, f"{n}.mcam", gigabyte).json()["key"] for n in range(4)]
    refused = begin(client, house.slug, "5.mcam", gigabyte)
    assert (refused.status_code, "5.mcam" in refused.json()["message"]) == (422, True)
    grow_old(house, keys[1], timedelta(days=1, hours=1))
    assert begin(client, house.slug, "5.mcam", gigabyte).status_code == 201
    gone = [client.get(f"/files/uploads/{house.slug}/{key}/").status_code == 404 for key in keys]
    assert gone == [False, True, False, False]


def test_a_message_takes_no_more_than_the_vendors_file_says(world: World, client_of: Signed) -> None:
    house, member = world.mastercam, world.mastercam.member("customer")
    client = client_of(house.user("customer"))
    keys = [begin(client, house.slug, f"{n}.txt", 1).json()["key"] for n in range(21)]
    for key in keys:
        bring(client, house.slug, key, 0, b"a")
    request = services.Request(requester=house.people["customer"], subject="s", body="b", language="en", files=keys)
    with enter(house.scope()), pytest.raises(Refused, match="20 files"):
        services.file_ticket(by=member, request=request)


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
    keys = [begin(client, house.slug, name, 6).json()["key"] for name in ("old.txt", "new.txt", "going-on.txt")]
    for key in (keys[0], keys[2]):
        grow_old(house, key, timedelta(days=3))
    bring(client, house.slug, keys[2], 0, b"abc")
    with enter(house.scope()):
        assert services.clear_unsent(house.id) == 1
    assert [client.get(f"/files/uploads/{house.slug}/{key}/").status_code for key in keys] == [404, 200, 200]


def test_files_that_no_row_knows_are_swept_up_within_a_day(world: World, client_of: Signed) -> None:
    house, client = world.optocraft, client_of(world.optocraft.user("customer"))
    known = UUID(begin(client, house.slug, "a.txt", 6).json()["key"])
    bring(client, house.slug, str(known), 0, b"abc")
    stray, fresh = uuid4(), uuid4()
    for key in (stray, fresh):
        disk.write(path_of(house.id, key), 0, b"abc")
    for key in (known, stray):
        long_ago = time.time() - 2 * 86400
        os.utime(storages["default"].path(path_of(house.id, key)), (long_ago, long_ago))
    midnight = clock.now().replace(hour=0)
    for hour in range(24):
        with enter(house.scope()), clock.moved_to(midnight + timedelta(hours=hour)):
            services.clear_unsent(house.id)
    left = [bool(disk.length(path_of(house.id, key))) for key in (known, stray, fresh)]
    assert left == [True, False, True]


def test_who_sees_only_a_part_of_a_vendor_sweeps_nothing(world: World) -> None:
    member = world.optocraft.member("customer")
    with enter(scope_of([member])), pytest.raises(NoScope):
        services.clear_unsent(world.optocraft.id)
