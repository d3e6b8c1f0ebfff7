"""A mail server that delivers nothing: each message it is given becomes a file, which the web pages show."""

from __future__ import annotations

import asyncio
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LARGEST = 50 * 1024 * 1024


class Sink:
    """Stores a message as `<UTC time>-<random>.eml`, the envelope in two header lines of its own before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Called by aiosmtpd with each whole message; the SMTP answer."""
        content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
        people = ", ".join(envelope.rcpt_tos)
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {people}\r\n"
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
        fresh = self.folder / f".{name}"
        try:
            fresh.write_bytes(head.encode("utf-8", "replace") + content)
            fresh.rename(self.folder / name)
        except OSError as error:
            print(f"A message could not be stored: {error}", flush=True)
            return "452 There is no room to store this message"
        print(f"A message to {people}", flush=True)
        return "250 Stored"


def serve(folder: Path, port: int) -> None:
    """Listen on the loopback until SIGTERM."""
    asyncio.run(_serve(folder, port))


async def _serve(folder: Path, port: int) -> None:
    from aiosmtpd.smtp import SMTP

    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    sink = Sink(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="localhost"), "127.0.0.1", port
    )
    async with server:
        await done.wait()
