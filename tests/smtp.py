"""A real SMTP server inside the tests, which keeps what it is given, or refuses it for a while."""

from __future__ import annotations

import asyncio
import email.policy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP

from _launch.processes import free_port


@dataclass
class Mailbox:
    """What arrived. `answer` is what the server says to each message; anything but 250 refuses it. `on_mail` is called, in
    the server's thread, after a message was kept and before its sender hears of it.
    """

    port: int
    answer: str = "250 Kept"
    received: list[EmailMessage] = field(default_factory=list)
    on_mail: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """The server's address as EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Called by aiosmtpd with each whole message."""
        if self.answer.startswith("250"):
            parser = BytesParser(policy=email.policy.default)
            message = parser.parsebytes(envelope.content)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
            self.on_mail()
        return self.answer


@contextmanager
def listening() -> Iterator[Mailbox]:
    """A server on a free port of the loopback, in a thread of its own."""
    mailbox = Mailbox(free_port())
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(mailbox, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", mailbox.port)
    )
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_settled(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _settled() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
