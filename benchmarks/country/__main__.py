"""``python -m benchmarks.country``: two years of a country, made, measured, and removed unless they are to be kept."""

import argparse
import asyncio
import json
import shutil
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from benchmarks.country.lives import Pace
from benchmarks.country.stages import MEASURES, Country
from benchmarks.processes import ROOT
from services.chassis.runtime import logging


def options() -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.country", description=__doc__)
    parser.add_argument("--cases", type=int, default=300_000, help="in two years")
    parser.add_argument("--played", type=int, default=360, help="of them played by the services; the others are copies")
    parser.add_argument("--seed", type=int, default=1, help="the same lives and copies again")
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "country", help="of the data; used again")
    parser.add_argument("--keep", action="store_true", help="leave the data there, to go on from or to look into")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder of country.json")
    parser.add_argument("--only", nargs="*", choices=MEASURES, default=MEASURES, help="what is measured; all of it")
    return parser.parse_args()


async def main(wanted: argparse.Namespace) -> None:
    """Makes, measures and writes ``country.json``. An interrupted run goes on where it was, with the same options."""
    logging.configure("ERROR")
    console, begun = Console(stderr=True, highlight=False), time.monotonic()

    def step(doing: str) -> None:
        console.print(f"{time.monotonic() - begun:6.0f} s  {doing}")

    country = Country(
        wanted.cases, Pace(wanted.played, wanted.played), wanted.seed, wanted.folder.resolve(), times=wanted.times
    )
    await country.play(step)
    found = await country.copy(step)
    found |= await country.measure(step, wanted.only)
    await asyncio.to_thread(wanted.out.mkdir, parents=True, exist_ok=True)
    (wanted.out / "country.json").write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")
    if not wanted.keep:
        await asyncio.to_thread(shutil.rmtree, country.folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(options()))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
