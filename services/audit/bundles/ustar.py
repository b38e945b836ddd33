"""The container of a bundle: a canonical, uncompressed POSIX ustar. Pure.

A header follows from a path and a size alone, so a reader makes it again and compares it byte for byte: links, sparse
files, extended headers, other owners and other spellings of a number are all refused by that one comparison. Nothing is
compressed, so nothing can grow while it is read.
"""

import re

from services.audit.bundles.errors import NotABundleError

BLOCK = 512
TRAILER = bytes(2 * BLOCK)
"""What ends the container; nothing follows it."""
MAX_PATH = 100
MAX_SIZE = 8**11 - 1
"""Bytes of the largest file that a header can name (8 GiB)."""
PATH = re.compile(r"[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*)*")
SIZE = re.compile(rb"[0-7]{11}\x00")

_CHECKSUM = slice(148, 156)
_BEFORE_SIZE = b"0000644\x000000000\x000000000\x00"
_AFTER_SIZE = b"00000000000\x00" + b" " * 8 + b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\x00" * 2


def header(path: str, size: int) -> bytes:
    """The 512 bytes before a file.

    Raises:
        ValueError: the path or the size does not fit.
    """
    if not PATH.fullmatch(path) or len(path) > MAX_PATH or not 0 <= size <= MAX_SIZE:
        raise ValueError("no file of a bundle")
    block = bytearray(path.encode().ljust(100, b"\x00") + _BEFORE_SIZE + b"%011o\x00" % size + _AFTER_SIZE)
    block += bytes(BLOCK - len(block))
    block[_CHECKSUM] = b"%06o\x00 " % sum(block)
    return bytes(block)


def padding(size: int) -> bytes:
    """The zeros that fill a file's last block."""
    return bytes(-size % BLOCK)


def parse_header(block: bytes, offset: int) -> tuple[str, int]:
    """The path and the size that a header names.

    Raises:
        NotABundleError: it is not the header that ``header`` makes.
    """
    name, _, _ = block[:100].partition(b"\x00")
    size = block[124:136]
    try:
        path = name.decode("ascii")
        if SIZE.fullmatch(size) and header(path, int(size[:11], 8)) == block:
            return path, int(size[:11], 8)
    except ValueError:
        pass
    raise NotABundleError("header_not_canonical", offset=offset)
