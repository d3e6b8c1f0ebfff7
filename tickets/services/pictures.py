"""How many pixels a picture unfolds to, as its first bytes say: nothing is unfolded to find out."""

from collections.abc import Iterator

HEAD = 256 * 1024  # bytes that are looked at
MOST_PIXELS = 64_000_000  # more than cameras make; each takes four bytes of whoever looks at it
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # segments of a JPEG that tell its size


def is_bomb(kind: str, head: bytes) -> bool:
    """Whether looking at a picture of this content type could exhaust a browser. What has no size is no picture, and harmless."""
    found = {"image/png": _png, "image/gif": _gif, "image/webp": _webp, "image/jpeg": _jpeg}.get(kind)
    return found is not None and any(width * height > MOST_PIXELS for width, height in found(head))


def _png(head: bytes) -> Iterator[tuple[int, int]]:
    if head[12:16] == b"IHDR":
        yield int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _gif(head: bytes) -> Iterator[tuple[int, int]]:
    yield int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")


def _webp(head: bytes) -> Iterator[tuple[int, int]]:
    chunk, data = head[12:16], head[20:]
    if chunk == b"VP8X":
        yield int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    elif chunk == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8 ":
        yield int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _jpeg(head: bytes) -> Iterator[tuple[int, int]]:
    """From segment to segment. One whose size does not come early enough to be seen counts as endless."""
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        if head[at + 1] in _FRAMES:
            yield int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
            return
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    if at + 9 >= len(head) >= HEAD:
        yield MOST_PIXELS, 2
