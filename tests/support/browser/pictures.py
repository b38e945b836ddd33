"""Makes screenshots small: a picture of few colours, with a palette, as a repository should carry it."""

import struct
import zlib
from collections import Counter
from itertools import chain

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, PALETTE, RGBA = 2, 3, 6
CHANNELS = {RGB: 3, RGBA: 4}
Colour = tuple[int, int, int]


def small_png(png: bytes, colours: int = 16) -> bytes:
    """The same picture (8 bits a channel, not interlaced) with so many colours at most: the most frequent ones.

    Up to 16 colours take half a byte a pixel.

    Raises:
        ValueError: it is another kind of picture.
    """
    width, height, rows = _pixels(png)
    frequent = [one for one, _ in Counter(chain.from_iterable(rows)).most_common()]
    palette = frequent[:colours]
    near = {one: nth for nth, one in enumerate(palette)}
    for one in frequent[colours:]:
        near[one] = min(range(len(palette)), key=lambda nth: _distance(palette[nth], one))
    depth = 4 if colours <= 16 else 8
    lines = b"".join(b"\0" + _packed(bytes(map(near.__getitem__, row)), depth) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, PALETTE, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes(chain.from_iterable(palette))),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _packed(row: bytes, depth: int) -> bytes:
    """A row's places in the palette; of 4 bits each, two share a byte, the left one high."""
    if depth == 8:
        return row
    even = row + bytes(len(row) % 2)
    return bytes(left << 4 | right for left, right in zip(even[::2], even[1::2], strict=True))


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _pixels(png: bytes) -> tuple[int, int, list[list[Colour]]]:
    """Width, height, and each row's colours; transparency is dropped."""
    at, data, size = len(SIGNATURE), b"", (0, 0, 0, 0, 0, 0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">IIBBBBB", content)
        elif kind == b"IDAT":
            data += content
        at += length + 12
    width, height, depth, kind_of_colour, _, _, interlaced = size
    if depth != 8 or interlaced or kind_of_colour not in CHANNELS:
        raise ValueError("a picture of another kind")
    channels = CHANNELS[kind_of_colour]
    rows = _rows(zlib.decompress(data), width * channels, channels)
    return width, height, [list(zip(row[::channels], row[1::channels], row[2::channels], strict=True)) for row in rows]


def _rows(data: bytes, length: int, channels: int) -> list[bytes]:
    """The rows without their filters (PNG specification, 9.2)."""
    rows, above = [], bytes(length)
    for start in range(0, len(data), length + 1):
        above = _unfiltered(data[start], data[start + 1 : start + 1 + length], above, channels)
        rows.append(above)
    return rows


def _unfiltered(how: int, line: bytes, above: bytes, channels: int) -> bytes:
    if how == 0:
        return line
    row = bytearray(line)
    if how == 2:
        return bytes((one + up) & 255 for one, up in zip(row, above, strict=True))
    for at in range(len(row)):
        left = row[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        guess = left if how == 1 else (left + above[at]) // 2 if how == 3 else _paeth(left, above[at], corner)
        row[at] = (row[at] + guess) & 255
    return bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    by_left, by_above, by_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    if by_left <= by_above and by_left <= by_corner:
        return left
    return above if by_above <= by_corner else corner
