"""Files made to do harm: each comes back byte for byte as a download that runs nothing; none is unfolded by anybody unasked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kernel.tenancy.scope import enter
from tests.world import World
from tickets import services
from tickets.models import Attachment
from tickets.services.pictures import HEAD, is_bomb
from vendors.models import User

Signed = Callable[[User], Client]
SCRIPT = b"<script>zq()</script>"


def png(width: int, height: int) -> bytes:
    """The beginning of a picture of that size, whose pixels are all alike."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(width + 1))) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, *, before: int = 0) -> bytes:
    """The same, after so many bytes of what cameras write before it."""
    notes = b"".join(b"\xff\xe1\xff\xff" + bytes(65533) for _ in range(before // 65535))
    return b"\xff\xd8" + notes + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(12) + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00;"


def webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + size


def zipped(depth: int = 1) -> bytes:
    """Zeros that take a thousandth of themselves, as often folded as said."""
    content = bytes(20_000_000)
    for _ in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros", content)
        content = packed.getvalue()
    return content


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (b"" if not n else b"%d" % (n - 1)) * 10) for n in range(12)
) + b"]><l>&a11;</l>"  # fmt: skip
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
HARMFUL = {
    "page.html": b"<!doctype html>" + SCRIPT,
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="zq()">' + SCRIPT + b"</svg>",
    "laughs.xml": LAUGHS,
    "outside.xml": OUTSIDE,
    "styled.xml": b'<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>zq()</h:script></x>',
    "lying.png": b"<!doctype html>" + SCRIPT,
    "lying.pdf": SCRIPT,
    "lying.txt": b"<html>" + SCRIPT,
    "both.gif": b"GIF89a/*" + bytes(8) + b"*/=1;zq()//" + SCRIPT,
    "both.pdf": b"%PDF-1.7\n" + SCRIPT + b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "both.zip": zipped() + SCRIPT,
    "bomb.zip": zipped(3),
    "bomb.png": png(60_000, 60_000),
    "bomb.jpg": jpeg(65_000, 65_000),
    "bomb.gif": gif(65_000, 65_000),
    "bomb.webp": webp(16_000_000, 16_000_000),
}
SHOWN = {"both.gif", "both.pdf"}  # by their first bytes a picture and a document, and shown as nothing else


@pytest.mark.parametrize("name", HARMFUL)
def test_what_is_made_to_do_harm_does_none(world: World, client_of: Signed, name: str) -> None:
    house, content = world.mastercam, HARMFUL[name]
    before = getrusage(RUSAGE_SELF).ru_maxrss
    with enter(house.scope()):
        file = services.attach(by=house.member("customer"), upload=SimpleUploadedFile(name, content, "text/html"))
        request = services.Request(
            requester=house.people["customer"], subject="s", body="b", language="en", files=[file.key]
        )
        ticket = services.file_ticket(by=house.member("customer"), request=request)
    client = client_of(house.user("customer"))
    answer: Any = client.get(f"/files/{file.key}/")
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (answer["X-Content-Type-Options"], answer["Cross-Origin-Resource-Policy"]) == ("nosniff", "same-origin")
    shown: Any = client.get(f"/files/{file.key}/preview/")
    assert shown.status_code == (200 if name in SHOWN else 404)
    if shown.streaming:
        assert b"".join(shown.streaming_content) == content
        assert shown["Content-Type"] in {"image/gif", "application/pdf"}
        assert shown["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    page = client.get(f"/portal/mastercam/{ticket.number}/").content.decode()
    assert (f"/files/{file.key}/preview/" in page) == (name in SHOWN)
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB: nothing was unfolded


def test_files_that_came_in_pieces_are_looked_at_too(world: World) -> None:
    house, content = world.mastercam, HARMFUL["bomb.png"]
    with enter(house.scope()):
        by = house.member("customer")
        upload = services.begin_upload(by=by, name="bomb.png", size=len(content))
        services.add_piece(by=by, key=upload.key, offset=0, piece=content[:10])
        services.add_piece(by=by, key=upload.key, offset=10, piece=content[10:])
        assert Attachment.objects.get(key=upload.key).content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("kind", "make"), [("image/png", png), ("image/jpeg", jpeg), ("image/gif", gif), ("image/webp", webp)]
)
def test_a_picture_is_judged_by_the_size_that_it_unfolds_to(kind: str, make: Callable[[int, int], bytes]) -> None:
    assert not is_bomb(kind, make(8000, 8000))
    assert is_bomb(kind, make(8001, 8000))
    assert not is_bomb(kind, make(8000, 8000)[:9])


def test_a_photograph_with_long_notes_is_judged_by_what_comes_after_them() -> None:
    assert not is_bomb("image/jpeg", jpeg(8000, 6000, before=130_000)[:HEAD])
    assert is_bomb("image/jpeg", jpeg(65_000, 65_000, before=130_000)[:HEAD])
    assert is_bomb("image/jpeg", jpeg(100, 100, before=2 * HEAD)[:HEAD])
