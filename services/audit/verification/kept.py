"""The checkpoints that an auditor keeps from one verification to the next, as SSH keeps the hosts it has seen.

A log that forgets, or shows another history to another party, cannot be consistent with what was kept.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

from services.audit.bundles.domain import Head
from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.notes import MAX_NOTE, Note, NoteError, VerifierKey
from services.audit.verification.domain import Check
from services.audit.verification.trees import Tree
from services.audit.verification.trust import Policy

LONGEST_NAME = 200


def kept_folder() -> Path:
    """Where this user's checkpoints are kept."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "canaliza" / "kept"


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint as it was kept, and when the bundle was made that it came with."""

    checkpoint: Checkpoint
    made_at: datetime


class Kept:
    """The folder: one of each log's origin, in it one of each key, in it a file of each checkpoint.

    Beside them a file of each installation: which witnesses its bundles wanted last.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is made before something is kept."""
        self._folder = folder

    def other_keys(self, key: VerifierKey) -> bool:
        """Whether the log signed with another key before."""
        of_log = self._of_key(key).parent
        return of_log.is_dir() and any(one.name != self._of_key(key).name for one in of_log.iterdir())

    def logs_of(self, installation: str) -> set[str]:
        """The logs of an installation of which something was kept, whatever keys a bundle says they have."""
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        origins = (unquote(one.name).split("/") for one in folders if one.is_dir())
        return {origin[-1] for origin in origins if origin[-2:-1] == [installation]}

    def witnessing(self, installation: str) -> str | None:
        """Which witnesses an installation's bundles wanted last; ``None``: nothing was kept, or it cannot be read."""
        try:
            return self._policy(installation).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def checkpoints(self, check: Check, log: str, key: VerifierKey) -> Iterator[KeptCheckpoint]:
        """What was kept of a log, smallest first."""
        of_key = self._of_key(key)
        for path in sorted(of_key.iterdir()) if of_key.is_dir() else ():
            try:
                with path.open("rb") as file:
                    note = Note.parse(file.read(MAX_NOTE + 1))
                made_at = datetime.fromtimestamp(int(path.name.partition("-")[2]), UTC)
                yield KeptCheckpoint(opened(note, key), made_at)
            except (NoteError, ValueError, OSError):
                check.fault("kept_unreadable", log=log, name=path.name[:40])

    def keep(self, key: VerifierKey, note: Note, size: int, made_at: datetime) -> None:
        """Keeps a checkpoint that was verified.

        Raises:
            OSError: the folder cannot be written.
        """
        of_key = self._of_key(key)
        of_key.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = of_key / f"{size:013}-{int(made_at.timestamp())}"
        self._write(path, str(note))

    def keep_witnessing(self, installation: str, wanted: str) -> None:
        """Keeps which witnesses a bundle that was verified wants.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(self._policy(installation), wanted)

    def _write(self, path: Path, text: str) -> None:
        aside = self._folder / f".{path.name}.{os.getpid()}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def _policy(self, installation: str) -> Path:
        return self._folder / f"policy-{_as_name(installation)}"

    def _of_key(self, key: VerifierKey) -> Path:
        return self._folder / _as_name(key.name) / sha256(str(key).encode()).hexdigest()


def _as_name(text: str) -> str:
    """The text as the name of a file; of one that is longer than a file system takes, its digest."""
    name = quote(text, safe="").replace(".", "%2E")
    return name if len(name) <= LONGEST_NAME else sha256(text.encode()).hexdigest()


def check_kept(
    check: Check, kept: Kept, log: str, key: VerifierKey, tree: Tree, made_at: datetime, *, trusted: bool
) -> None:
    """Compares a log's tree with every checkpoint that was kept of it."""
    any_kept = False
    for one in kept.checkpoints(check, log, key):
        any_kept = True
        check.count("kept")
        size = one.checkpoint.size
        if size > tree.size and one.made_at <= made_at:
            check.fault("shorter_than_kept", log=log, position=tree.size + 1, until=size)
        elif size > tree.size:
            check.note("older_than_kept", log=log, position=size)
        elif tree.root(size) != one.checkpoint.root:
            check.fault("differs_from_kept", log=log, position=1, until=size)
    if kept.other_keys(key):
        (check.note if trusted else check.fault)("key_changed", log=log, name=key.name)
    elif not any_kept:
        check.note("first_use", log=log, name=str(key))


def check_whole(check: Check, kept: Kept, head: Head, policy: Policy, *, trusted: bool) -> None:
    """Compares a bundle as a whole with what was kept: no log is left out, and no fewer witnesses are wanted."""
    for log in sorted(kept.logs_of(head.installation)):
        if head.log(log) is None:
            check.fault("log_missing", log=log)
    before = kept.witnessing(head.installation)
    if before is not None and before != policy.witnessing():
        (check.note if trusted else check.fault)("policy_changed")
