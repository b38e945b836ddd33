"""``python -m benchmarks``: the program against its floor and its peers, in one run on the same servers."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Collection
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.aims import judge
from benchmarks.ground import ground
from benchmarks.machine import environment
from benchmarks.page import page
from benchmarks.plan import FULL, QUICK
from benchmarks.progress import progress_display
from benchmarks.report import report
from benchmarks.run import CONTENDERS, SECTIONS, Run
from services.chassis.runtime import logging

RESULTS = Path(__file__).parent / "results"


def options() -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes: fewer rates, shorter runs, less stored")
    parser.add_argument("--only", type=_names(SECTIONS), default=tuple(SECTIONS), help=f"of {','.join(SECTIONS)}")
    parser.add_argument(
        "--contenders", type=_names(CONTENDERS), default=tuple(CONTENDERS), help=f"of {','.join(CONTENDERS)}"
    )
    parser.add_argument("--seed", type=int, default=1, help="of ids and repeats: the same load again")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of results.json and index.html")
    parser.add_argument("--profile", type=Path, help="folder for a profile of each service at its highest rate")
    return parser.parse_args()


def _names(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
        return names

    return read


async def main(wanted: argparse.Namespace) -> int:
    """Measures and reports. Returns 1 if something could not be run; a missed aim is no failure."""
    logging.configure("ERROR")
    for folder in (wanted.out, wanted.profile):
        if folder is not None:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with ground() as servers:
        with progress_display() as report_progress:
            run = Run(
                servers, QUICK if wanted.quick else FULL, wanted.only, wanted.contenders, wanted.seed, report_progress
            )
            run.profile = wanted.profile
            run.results["environment"] = await environment(servers, quick=wanted.quick)
            await run.everything()
    judged = judge(run.results)
    run.results["aims"] = [{**asdict(one), "verdict": one.verdict} for one in judged]
    (wanted.out / "results.json").write_text(json.dumps(run.results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (wanted.out / "index.html").write_text(page(run.results, judged), encoding="utf-8")
    report(run.results, judged, Console(width=None if sys.stdout.isatty() else 150, highlight=False))
    return 1 if run.results["failures"] else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(options())))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
