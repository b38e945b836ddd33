"""Shows the progress of a run on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

ReportProgress = Callable[[str, str], None]
"""Called with a section and what is measured in it now."""


@contextmanager
def progress_display() -> Iterator[ReportProgress]:
    """A bar for each section on a terminal, a line for each step elsewhere."""
    console = Console(stderr=True, highlight=False)
    if not sys.stderr.isatty():
        begun = time.monotonic()
        yield lambda section, doing: console.print(f"{time.monotonic() - begun:6.0f} s  {section}: {doing}")
        return
    columns = (
        TextColumn("{task.fields[section]:>9}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        bars: dict[str, int] = {}

        def tell(section: str, doing: str) -> None:
            if section not in bars:
                for bar in bars.values():
                    progress.update(bar, description="", total=1, completed=1)  # type: ignore[arg-type]  # a TaskID
                bars[section] = progress.add_task(doing, section=section, total=None)
            progress.update(bars[section], description=doing)  # type: ignore[arg-type]  # a TaskID

        yield tell
