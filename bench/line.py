"""A line that breaks: a TCP proxy that cuts connections while something is sent, and a client that goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Lock, Thread
from typing import IO
from urllib.parse import urlencode

_CHUNK = 64 * 1024
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: what was not sent is dropped, and the other end hears of it
_MOST_BREAKS = 50


class Line:
    """Carries connections to a port of this machine; when so many bytes have gone up in all, it cuts all that are open."""

    def __init__(self, port: int, cuts: Iterable[int]) -> None:
        self._to, self.cuts, self.carried = port, sorted(cuts), 0
        self._open: list[socket.socket] = []
        self._lock = Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])

    @property
    def address(self) -> str:
        """Where a browser finds what is at the other end."""
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> None:
        """Take connections until `close`."""
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open += [near, far]
                Thread(target=self._carry, args=(near, far, True), daemon=True).start()
                Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def close(self) -> None:
        """Take no more, and end those that are open."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._cut()

    def _carry(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                with self._lock:
                    self.carried += len(chunk) if up else 0
                    torn = bool(up and self.cuts and self.carried > self.cuts[0])
                    if torn:
                        self.cuts.pop(0)
                        self._cut()
                if torn:
                    return
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)

    def _cut(self) -> None:
        for end in self._open:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()


@contextmanager
def breaking(port: int, *, size: int, times: int) -> Iterator[Line]:
    """A line to `port` that is cut so many times while `size` bytes go up, at places that divide no piece evenly."""
    line = Line(port, (size * n // (times + 1) + 1_234_567 for n in range(1, times + 1)))
    Thread(target=line.run, daemon=True).start()
    try:
        yield line
    finally:
        line.close()


@dataclass
class Delivery:
    """A file that came through: its key, and how often the line broke."""

    key: str = ""
    breaks: int = 0


def deliver(port: int, headers: Mapping[str, str], vendor: str, name: str, content: IO[bytes], size: int) -> Delivery:
    """Upload a file in pieces, as static/js/uploads.js does, until it is whole."""
    url, done = f"/files/uploads/{vendor}/", Delivery()
    while done.breaks < _MOST_BREAKS:
        link = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            if done.key:
                standing = _ask(link, "GET", f"{url}{done.key}/", headers)
            else:
                form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
                standing = _ask(link, "POST", url, form, urlencode({"name": name, "size": size}).encode())
                done.key = standing["key"]
            while not standing["whole"]:
                content.seek(standing["received"])
                piece = content.read(standing["piece"])
                place = {**headers, "Upload-Offset": str(standing["received"])}
                standing = _ask(link, "PATCH", f"{url}{done.key}/", place, piece)
            return done
        except (OSError, HTTPException):
            done.breaks += 1
            time.sleep(0.1)
        finally:
            link.close()
    raise RuntimeError(f"The line broke {done.breaks} times.")


def download(port: int, headers: Mapping[str, str], key: str) -> str:
    """SHA-256 of a file as it comes back."""
    link, digest = HTTPConnection("127.0.0.1", port, timeout=60), hashlib.sha256()
    link.request("GET", f"/files/{key}/", headers=dict(headers))
    answer = link.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"The file answers {answer.status}.")
    while chunk := answer.read(_CHUNK):
        digest.update(chunk)
    link.close()
    return digest.hexdigest()


def as_browser(session: str) -> Mapping[str, str]:
    """The headers of a browser that is signed in with the key of a session."""
    token = "t" * 32
    return {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token, "Accept": "application/json"}


def _ask(link: HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> dict:  # type: ignore[type-arg]  # JSON
    link.request(method, path, body, dict(headers))
    answer = link.getresponse()
    said = answer.read()
    if answer.status not in (200, 201, 409):
        raise RuntimeError(f"{method} {path} answers {answer.status}: {said[:300]!r}")
    found: dict = json.loads(said)  # type: ignore[type-arg]
    return found
