"""Starts a server as a child process and makes sure that it ends with its parent."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

POLL = 0.02
LOG_LIMIT = 10_000_000


class CannotStart(Exception):  # noqa: N818
    """A server did not start; the message says what to do, or ends with the server's last output."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The user a server runs as: the command's prefix and the owner of its files."""

    prefix: tuple[str, ...]
    uid: int
    gid: int

    @property
    def foreign(self) -> bool:
        """Whether the server runs as another user, who must own its files."""
        return self.uid != os.geteuid()


@cache
def user_namespaces_allowed() -> bool:
    """Whether user namespaces work; some kernels and containers forbid them."""
    unshare = shutil.which("unshare")
    command = [str(unshare), "--user", "--map-user=1000", "true"]
    return bool(unshare) and subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def unprivileged() -> Identity:
    """The user PostgreSQL runs as; it refuses to run as root.

    In a namespace of its own the same user has another number, so nothing needs new permissions.
    """
    if os.geteuid() != 0:
        return Identity((), os.geteuid(), os.getegid())
    if user_namespaces_allowed():
        return Identity((str(shutil.which("unshare")), "--user", "--map-user=1000", "--"), 0, os.getegid())
    nobody = pwd.getpwnam("nobody")
    return Identity((), nobody.pw_uid, nobody.pw_gid)


class Child:
    """A running server, in a session of its own so that Ctrl-C in the terminal reaches only us."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        folder: Path,
        identity: Identity | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        who = identity or Identity((), os.geteuid(), os.getegid())
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_name(f"{log.name}.1"))
        self.log = log
        words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        self._said_before = os.fstat(words).st_size
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [*who.prefix, *command],
                stdin=stdin,
                stdout=words,
                stderr=words,
                cwd=folder,
                env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
                start_new_session=True,
                umask=0o077,
                user=who.uid if who.foreign else None,
                group=who.gid if who.foreign else None,
                extra_groups=[] if who.foreign else None,
            )
        finally:
            os.close(words)

    @property
    def pid(self) -> int:
        """The server's process id: ``unshare`` replaces itself by the server."""
        return self._process.pid

    def last_words(self) -> str:
        """The end of the output since the start."""
        with self.log.open("rb") as file:
            file.seek(self._said_before)
            return file.read()[-2000:].decode(errors="replace").strip()

    async def ended(self) -> int:
        """Waits for the exit code."""
        while (code := self._process.poll()) is None:  # noqa: ASYNC110  a process sets no event
            await asyncio.sleep(POLL)
        return code

    async def over(self) -> int:
        """Waits for the exit code as long as the server lives, without looking again and again."""
        try:
            watched = os.pidfd_open(self._process.pid)
        except ProcessLookupError:
            return await self.ended()
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(watched, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(watched)
            os.close(watched)
        return await self.ended()

    async def ready(self, answers: Callable[[], Awaitable[bool]], *, within: float = 60.0) -> None:
        """Waits until the server answers, or raises if it has died."""
        deadline = time.monotonic() + within
        while not await answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(f"{self._process.args!r:.200} did not start:\n{self.last_words()}")
            await asyncio.sleep(POLL)

    async def stop(self, politely: signal.Signals, *, patience: float, firmly: signal.Signals) -> None:
        """Sends a signal, waits, then kills; cancelled meanwhile (a second Ctrl-C) it kills at once."""
        try:
            if self._process.poll() is None:
                self._process.send_signal(politely)
                async with asyncio.timeout(patience):
                    await self.ended()
        except TimeoutError:
            pass
        finally:
            self._insist(firmly)

    def _insist(self, firmly: signal.Signals) -> None:
        for insisting in (firmly, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(insisting)
                try:
                    self._process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    continue
