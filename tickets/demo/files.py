"""Small files for the demo: pictures, sheets and logs, generated, the same for the same random numbers."""

import struct
import zlib
from functools import cache
from math import cos, exp, pi, sin
from random import Random

_WIDTH, _HEIGHT = 144, 96


def samples(slug: str, random: Random) -> list[tuple[str, bytes]]:
    """One or two files such as a customer of the vendor `slug` sends: names and contents."""
    number = random.randint(100, 999)
    kinds = {
        "optocraft": [(f"wavefront-{number}.png", _picture("wavefront", number % 3)), (f"M{number}.shz", _log(slug, number))],
        "mastercam": [(f"toolpath-{number}.png", _picture("toolpath", number % 3)), (f"O{number}.nc", _code(number))],
        "image-instruments": [(f"screen-{number}.png", _picture("screen", number % 3))],
    }[slug]  # fmt: skip
    more = [(f"protocol-{number}.txt", _log(slug, number)), (f"sheet-{number}.pdf", _sheet(slug, number))]
    chosen = [random.choice(kinds)]
    if random.random() < 0.35:
        chosen.append(random.choice(more))
    return chosen


@cache
def _picture(kind: str, variant: int) -> bytes:
    rows = bytearray()
    for y in range(_HEIGHT):
        rows.append(0)  # no filter
        for x in range(_WIDTH):
            rows += bytes(_PAINT[kind](x / _WIDTH, y / _HEIGHT, variant))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _wavefront(x: float, y: float, variant: int) -> tuple[int, int, int]:
    u, v = 2.4 * x - 1.2, 1.6 * y - 0.8
    if u * u + v * v > 0.6:
        return 24, 26, 32
    height = sin((variant + 2) * u * pi / 2) * cos((variant % 3 + 1) * v * pi) * 0.5 + 0.5
    return _byte(height * 1.6 - 0.4), _byte(1 - abs(2 * height - 1)), _byte(1.2 - height * 1.6)


def _toolpath(x: float, y: float, variant: int) -> tuple[int, int, int]:
    pocket = abs(x - 0.5) < 0.4 and abs(y - 0.5) < 0.36
    ring = min(0.4 - abs(x - 0.5), 0.36 - abs(y - 0.5)) * (30 + 4 * variant) % 1
    if not pocket:
        return 58, 64, 74
    return (86, 190, 255) if ring < 0.18 else (196, 200, 206)


def _screen(x: float, y: float, variant: int) -> tuple[int, int, int]:
    curve = 0.62 - 0.25 * exp(-((x - 0.35 - 0.03 * variant) ** 2) * 18) + 0.08 * sin(6 * x)
    shade = 0.18 + 0.5 * exp(-((y - curve) ** 2) * 40)
    return (250, 176, 60) if abs(y - curve) < 0.008 else (_byte(shade), _byte(shade), _byte(shade * 1.05))


_PAINT = {"wavefront": _wavefront, "toolpath": _toolpath, "screen": _screen}


def _byte(share: float) -> int:
    return max(0, min(255, int(share * 255)))


def _log(slug: str, number: int) -> bytes:
    lines = [f"{slug} protocol {number}"]
    lines += [
        f"{8 + step // 60:02d}:{step % 60:02d} step {step} value {(number * step) % 997 / 100:.2f}"
        for step in range(24)
    ]
    return ("\n".join([*lines, "warning: value outside of its band", "end"]) + "\n").encode()


def _code(number: int) -> bytes:
    moves = [f"G1 X{step * 1.25:.3f} Y{(number * step) % 50 / 10:.3f} F600" for step in range(12)]
    return "\n".join([f"%\nO{number}", "G21 G17 G90", "T3 M6", "S8000 M3", *moves, "M30\n%"]).encode()


def _sheet(slug: str, number: int) -> bytes:
    text = (
        f"BT /F1 18 Tf 72 760 Td (Sheet {number}, {slug}) Tj 0 -30 Td /F1 11 Tf (Settings as found at the site.) Tj ET"
    )
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    ]
    out, places = "%PDF-1.4\n", []
    for place, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{place} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += (
        f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n"
    )
    return (out + f"startxref\n{out.rindex('xref', 0, out.rindex('trailer'))}\n%%EOF\n").encode("latin-1")
