"""NATS header lines, read in a fifth of the time.

nats-py looks at every character of every header's name to find white space. A third of the processor time of a
service that follows a log went there (ADR 0012). What is returned is the same; a test holds both side by side.
"""

import re

from nats.aio.client import Client

_AS_WE_WRITE = re.compile(rb"(?:[!-9;-~]++: [!-~]++\r\n)++\r\n")
"""Names and values without spaces, one space between them, an empty line at the end."""

THEIRS = Client._parse_header_lines  # noqa: SLF001 - what a test holds ours against


def parse(raw: bytes) -> dict[str, str]:
    """``Name: Value`` per line; a line without a colon, or with a name that is none, is left out."""
    if _AS_WE_WRITE.fullmatch(raw):
        return dict([line.split(": ", 1) for line in raw[:-4].decode("ascii").split("\r\n")])
    return _parse_each(raw)


def _parse_each(raw: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in raw.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if not colon or not name.isascii():
            continue
        key = name.strip().decode("ascii")
        if key and key.split() != [key]:
            continue
        found[key] = value.strip().decode("utf-8", "replace")
    return found


def install() -> None:
    """Puts it in the client's place, for every connection of this process."""
    Client._parse_header_lines = staticmethod(parse)  # type: ignore[method-assign]  # noqa: SLF001 - no public way
