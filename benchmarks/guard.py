"""Ends the servers of a benchmark that was killed before it could end them itself."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parents[1]


@contextmanager
def guarded(pids: Sequence[int], folder: Path) -> Iterator[None]:
    """A process that waits for this one to end; after an orderly end it leaves the servers alone."""
    guard = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "benchmarks.guard", str(folder), *map(str, pids)],
        cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        with suppress(BrokenPipeError):
            guard.communicate(b"ended in order\n")


def main() -> None:
    """Waits for the pipe to close; if nothing was written to it, the benchmark was killed."""
    folder, pids = Path(sys.argv[1]), [int(word) for word in sys.argv[2:]]
    if sys.stdin.buffer.read():
        return
    for pid in pids:
        with suppress(OSError):
            if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():  # the pid may have been reused
                os.kill(pid, signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
