"""``canaliza doctor``: what is wrong with an installation, and the fix."""

import dataclasses
import json
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.client import NOT_ALLOWED, AsJson, Token, Url, fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.doctor.domain import Found
    from services.doctor.words import Finding

MARKS = {"ok": "✓", "warn": "!", "bad": "✗", "unseen": "?"}
MOST_ALIKE = 3
"""Of more findings that differ in nothing but what they are about, one is written out, and the others are named."""


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
        for _, group in groupby((one for one in found if one.level == level), _fix_of):
            alike = list(group)
            written = alike[:1] if len(alike) > MOST_ALIKE and len(set(map(_sentence, alike))) == 1 else alike
            for one in written:
                typer.echo(f"{MARKS[one.level]} {one.code}  {one.es}\n    {one.en}")
            if others := alike[len(written) :]:
                typer.echo(f"    y también · and also: {', '.join(str(one.about) for one in others)}")
            _show_fix(alike[0])
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.level == "unseen":
            reasons.setdefault((one.es, one.en), []).append(one.code)
    for (es, en), codes in reasons.items():
        typer.echo(f"{MARKS['unseen']} {', '.join(dict.fromkeys(codes))}\n    No se vio: {es}\n    Not seen: {en}")
    _count(found)


def _fix_of(one: "Finding") -> tuple[str | None, ...]:
    """What findings have in common whose fix is said once, below the last of them."""
    return one.code, one.fix_es, one.command


def _sentence(one: "Finding") -> str:
    """What is said of it, without what it is about."""
    return one.es.replace(one.about, "…") if one.about else one.es


def _show_fix(one: "Finding") -> None:
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
