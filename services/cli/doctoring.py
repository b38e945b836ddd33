"""``canaliza doctor``: what is wrong with an installation, and the fix."""

import dataclasses
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.client import NOT_ALLOWED, AsJson, Token, Url, fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.doctor.domain import Found
    from services.doctor.words import Finding

MARKS = {"ok": "✓", "warn": "!", "bad": "✗", "unseen": "?"}


def doctor(
    everything: Annotated[bool, typer.Option("--all", help="También lo que está bien · Also what is well.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Revisa la instalación y dice cómo arreglarla · Examines the installation and says how to mend it.

    0: nada está mal · nothing is bad. 1: algo está mal · something is. 3: nada se pudo ver · nothing could be seen.
    """
    from services.doctor.domain import exit_code
    from services.doctor.words import in_words

    if url is not None and token is None:
        raise fail(NOT_ALLOWED, "Desde otra máquina hace falta --token.", "From elsewhere --token is needed.")
    found = _found(url, token)
    told = [in_words(one) for one in found]
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in told], ensure_ascii=False, indent=2))
    else:
        _show(told, everything=everything)
    if code := exit_code(found):
        raise typer.Exit(code)


def _found(url: str | None, token: str | None) -> "Sequence[Found]":
    import asyncio

    from services.chassis.runtime import logging
    from services.chassis.settings import Settings
    from services.doctor.checks import LOOKS
    from services.doctor.ground import Ground
    from services.doctor.looking import examine

    logging.configure("CRITICAL")  # a check that fails is a finding, not a line of the log
    ground = Ground.here(Settings(), url=url, token=token)
    ground.elsewhere = url is not None
    return asyncio.run(examine(ground, LOOKS))


def _show(found: "Sequence[Finding]", *, everything: bool) -> None:
    for level in ("bad", "warn", *(("ok",) if everything else ())):
        of_level = [one for one in found if one.level == level]
        for one, following in pairwise([*of_level, None]):
            if one is not None:
                _show_one(one, fix=not _alike(one, following))
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.level == "unseen":
            reasons.setdefault((one.es, one.en), []).append(one.code)
    for (es, en), codes in reasons.items():
        typer.echo(f"{MARKS['unseen']} {', '.join(dict.fromkeys(codes))}\n    No se vio: {es}\n    Not seen: {en}")
    _count(found)


def _alike(one: "Finding", following: "Finding | None") -> bool:
    """Whether the next finding has the same fix, which is then said once, below the last of them."""
    return following is not None and (one.code, one.fix_es, one.command) == (
        following.code,
        following.fix_es,
        following.command,
    )


def _show_one(one: "Finding", *, fix: bool) -> None:
    typer.echo(f"{MARKS[one.level]} {one.code}  {one.es}\n    {one.en}")
    if not fix:
        return
    if one.fix_es is not None:
        typer.echo(f"    → {one.fix_es}\n      {one.fix_en}")
    if one.command is not None:
        typer.echo(f"      $ {one.command}")


def _count(found: "Sequence[Finding]") -> None:
    from services.doctor.words import level_in_words

    counted = {level: sum(one.level == level for one in found) for level in MARKS}
    said = [(number, *level_in_words(level)) for level, number in counted.items() if number]
    typer.echo(", ".join(f"{number} {es}" for number, es, _ in said), err=True)
    typer.echo(", ".join(f"{number} {en}" for number, _, en in said), err=True)
