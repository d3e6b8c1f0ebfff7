"""What the mail sink stores, and how the browser shows it."""

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from django.test import Client
from pytest_django.fixtures import Settings

from _launch.processes import free_port, wait_until
from _launch.sink import Sink

HOSTILE = "<p>Hallo <b>Ärger</b></p><script>alert(1)</script><img src='https://elsewhere.example/x.png'>"


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Path]:
    """A folder into which one message came by SMTP."""
    port = free_port()
    loop = asyncio.new_event_loop()

    async def serve() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(Sink(tmp_path), enable_SMTPUTF8=True), "127.0.0.1", port)

    server = loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(_message())
    assert wait_until(lambda: bool(list(tmp_path.glob("*.eml"))), 5)
    yield tmp_path
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def _message() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Support <support@example.com>"
    message["To"] = "anna@example.com"
    message["Subject"] = "Größe <b>überschritten</b>"
    message.set_content("Guten Tag")
    message.add_alternative(HOSTILE, subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Bericht.pdf")
    return message


def test_a_message_is_stored_whole_with_its_envelope(stored: Path) -> None:
    (file,) = stored.glob("*.eml")
    content = file.read_bytes()
    assert content.startswith(b"X-Envelope-From: support@example.com\r\nX-Envelope-To: anna@example.com\r\n")
    assert b"Bericht.pdf" in content
    assert not list(stored.glob(".*"))


def test_the_browser_lists_and_shows_it(stored: Path, settings: Settings, client: Client) -> None:
    settings.MAIL_SINK_DIR = str(stored)
    (file,) = stored.glob("*.eml")
    listing = client.get("/dev/mail/").content.decode()
    assert "anna@example.com" in listing
    assert "Größe &lt;b&gt;" in listing
    page = client.get(f"/dev/mail/{file.name}/").content.decode()
    assert "Guten Tag" in page
    assert "Bericht.pdf" in page
    assert f'sandbox title="The message as HTML" src="/dev/mail/{file.name}/html/"' in page
    assert "<script>alert" not in page


def test_its_html_can_run_and_load_nothing(stored: Path, settings: Settings, client: Client) -> None:
    settings.MAIL_SINK_DIR = str(stored)
    (file,) = stored.glob("*.eml")
    answer = client.get(f"/dev/mail/{file.name}/html/")
    assert answer.content.decode().strip() == HOSTILE
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("address", ["", "20260101T000000.000000-00000000.eml/", "..%2Fsecrets.json/", "x/html/"])
def test_without_a_sink_or_a_message_there_is_nothing(
    address: str, tmp_path: Path, settings: Settings, client: Client
) -> None:
    settings.MAIL_SINK_DIR = ""
    assert client.get(f"/dev/mail/{address}").status_code == 404
    if address:
        settings.MAIL_SINK_DIR = str(tmp_path)
        assert client.get(f"/dev/mail/{address}").status_code == 404
