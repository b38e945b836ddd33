"""``make faults``: every fault and every control, one after the other, as a table. Ends with 1 if anything was lost."""

import argparse
import asyncio
import sys
from time import monotonic

from rich.console import Console
from rich.table import Table

from services.chassis.runtime import logging
from tests.faults.disk import NotPossibleHereError
from tests.faults.trials import CONTROLS, TRIALS, Trial, tried
from tests.faults.verdict import Verdict

console = Console(highlight=False, width=116)
progress = Console(stderr=True, highlight=False)


async def main(trials: list[Trial], seed: int) -> bool:
    passed = True
    table = Table("fault", "answered", "retries", "lost", "twice", "disorder", "views", "parked", "s")
    controls = Table("control: broken on purpose", "lost", "twice", "disorder", "came to rest", "caught")
    for trial in trials:
        progress.print(f"{trial.name}…")
        begin = monotonic()
        try:
            verdict = await tried(trial, seed=seed)
        except NotPossibleHereError:
            table.add_row(trial.name, "not possible on this machine")
            continue
        if trial.control is None:
            passed &= verdict.flawless
            table.add_row(*_row(trial, verdict, monotonic() - begin))
        else:
            passed &= not verdict.flawless
            controls.add_row(*_control(trial, verdict))
    console.print(f"seed {seed}")
    for one in (table, controls):
        if one.row_count:
            console.print(one)
    return passed


def _row(trial: Trial, verdict: Verdict, seconds: float) -> list[str]:
    counts = (verdict.lost, verdict.duplicated, verdict.disordered, verdict.views)
    told = [str(count) if count == 0 else f"[bold red]{count}[/]" for count in counts]
    rest = "" if verdict.settled else " [bold red](did not come to rest)[/]"
    if verdict.unanswered:
        rest += f" [bold red]({verdict.unanswered} never answered)[/]"
    load = (str(verdict.acknowledged), str(verdict.unknown))
    return [f"{trial.name}{rest}", *load, *told, str(verdict.parked), f"{seconds:.0f}"]


def _control(trial: Trial, verdict: Verdict) -> list[str]:
    counts = (verdict.lost, verdict.duplicated, verdict.disordered)
    caught = "[bold red]NOT CAUGHT[/]" if verdict.flawless else "yes"
    return [trial.name, *map(str, counts), "yes" if verdict.settled else "no", caught]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=20260114)
    parser.add_argument("--only", default="", help="a part of the name of the trials to run")
    asked = parser.parse_args()
    logging.configure("CRITICAL")
    chosen = [trial for trial in (*TRIALS, *CONTROLS) if asked.only.lower() in trial.name.lower()]
    sys.exit(0 if asyncio.run(main(chosen, asked.seed)) else 1)
