"""``canaliza rules explain``: why each rule fired on a submission or did not. Nothing leaves this machine."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.cli.client import NO, AsJson, InEnglish, fail


def explain(
    submission: Annotated[str, typer.Argument(help="Archivo, o archivo.jsonl:LÍNEA · File, or file.jsonl:LINE.")],
    everything: Annotated[
        bool, typer.Option("--all", help="También las que no aplican · Also those that did not.")
    ] = False,
    english: InEnglish = False,
    as_json: AsJson = False,
) -> None:
    """Por qué cada regla se aplicó o no a un registro · Why each rule fired on a submission or did not."""
    from services.chassis.clock import MAX_SKEW, system_clock
    from services.chassis.moments import moment_of
    from services.directory.bodies import legal_bodies
    from services.referral.deadlines.calendar import day_in_mexico
    from services.referral.first_steps.domain import shown_first
    from services.referral.routing.domain import assess
    from services.referral.routing.policy import load_rules
    from services.referral.routing.queries import explain as explanation

    document = _read(submission)
    rules = load_rules()
    now, said = system_clock(), moment_of(document["occurred_at"])
    on = day_in_mexico(now if said - now > MAX_SKEW else said)
    traces = explanation(document, rules, on)
    found = assess(document, rules, on)
    first = shown_first(found, document["shelter"], legal_bodies())
    if as_json:
        answer = {
            "rule_set": found.rule_set,
            "lead": found.lead,
            "categories": found.categories,
            "first_steps": first.steps,
            "bodies": first.bodies,
            "rules": [asdict(trace) for trace in traces],
        }
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    lead = found.lead or "—"
    typer.echo(f"Reglas {found.rule_set} · agencia responsable {lead}")
    for trace in traces:
        if trace.fired or everything or _suppressed(trace.rule, found):
            mark = "sí" if trace.fired else "no"
            typer.echo(f"  {mark}  {trace.rule:<10} {trace.why_en if english else trace.why}")
    for proposal in found.proposals:
        typer.echo(f"  →   {proposal.agency:<11} {proposal.urgency}  {' '.join(proposal.categories)}")
    say = catalogue(__name__)(ENGLISH if english else SPANISH)
    for step in first.steps:
        typer.echo(f"  !   {say(f'first_step.{step}')}")
    if first.bodies:
        typer.echo(say("rules.bodies", bodies=", ".join(first.bodies)))


def _read(where: str) -> dict[str, Any]:
    """The submission in a file, or on one line of it.

    Raises:
        typer.Exit: no such file or line, or not a valid submission, whose faults are printed.
    """
    from services.intake.submissions import document as documents
    from services.intake.submissions.document import InvalidSubmission
    from services.intake.wordings import Use, wordings
    from services.programme.directory_file import shelters

    name, _, line = where.rpartition(":") if where.rpartition(":")[2].isdecimal() else (where, "", "1")
    try:
        text = Path(name).read_bytes()
        raw = text.split(b"\n")[int(line) - 1] if name.endswith(".jsonl") else text
    except (OSError, IndexError):
        raise fail(2, f"No se puede leer {name}.", "It cannot be read.") from None
    try:
        taken = documents.read_bytes(raw, shelters=shelters(), wordings=wordings(Use.CONSENT))
        answers: dict[str, Any] = json.loads(taken.content().answers)
    except InvalidSubmission as invalid:
        for fault in invalid.faults:
            typer.echo(f"  {fault.field}: {fault.es} · {fault.en}", err=True)
        raise fail(NO, "El registro no es válido.", "The submission is not valid.") from None
    return answers


def _suppressed(rule: str, found: Any) -> bool:
    return any(one.category == rule for one in found.suppressed)
