"""What stands in a server's files, as whoever copies its disk would read it."""

from pathlib import Path


def holds(folder: Path, what: bytes) -> bool:
    """Whether the bytes stand in any file below the folder."""
    return any(what in file.read_bytes() for file in folder.rglob("*") if file.is_file())
