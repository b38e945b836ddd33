"""Commands that look back: a case as it was at a moment, and an agency's desks."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from services.audit.history.lines import local_time
from services.chassis.locales import ENGLISH, SPANISH, Translator, catalogue
from services.cli.client import AsJson, InEnglish, Token, Url, get

WORDS = catalogue(__name__)
SAID = catalogue("services.audit")
Moment = Annotated[str, typer.Argument(help="RFC 3339 con zona · With its offset: 2026-11-14T03:00:00-06:00.")]
By = Annotated[
    str,
    typer.Option(
        "--by", help="recorded: lo que se había registrado · what was stored; occurred: lo que había pasado · happened."
    ),
]


def case_at(
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    at: Moment,
    by: By = "recorded",
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Cómo estaba un caso en un momento, y qué plazos corrían · A case as it was at a moment, and its clocks."""
    answer = get(f"/api/v1/audit/cases/{case}/state", {"at": at, "by": by}, url, token)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    say, said = _words(english)
    typer.echo(say(f"moment.{answer['by']}", at=local_time(answer["at"], seconds=True)))
    for late in answer["late"]:
        typer.echo(f"  {say('moment.late')} {local_time(late['occurred_at'])}: {late['en' if english else 'es']}")
    if not answer["facts"]:
        typer.echo(f"  {said('audit.history.nothing')}")
        return
    for line in _of_the_case(answer, said):
        typer.echo(f"  {line}")
    for referral in answer["referrals"]:
        _tell(referral, said, answer["at"])
    for line in _around(answer, say, said):
        typer.echo(f"  {line}")


def _of_the_case(answer: dict[str, Any], said: Translator) -> Iterator[str]:
    """The case itself: who held it, what it was about, whether its data had been erased."""
    from services.audit.knowledge.words import Said

    who = Said(said)
    yield f"{said('audit.moment.shelter')}: {answer['shelter'] or said('audit.moment.nobody')}"
    if answer["lead"]:
        yield f"{said('audit.moment.lead')}: {who.organisation(answer['lead'])}"
    if answer["categories"]:
        yield f"{said('audit.window.reasons')}: {'; '.join(said(f'category.{one}') for one in answer['categories'])}"
    if answer["erased_at"]:
        yield said("audit.erased", day=_day(answer["erased_at"]), basis=said(f"erasure.{answer['erased_for']}"))
    if answer["frozen_at"]:
        yield said("audit.moment.frozen", at=local_time(answer["frozen_at"]))
    for one in answer["decisions"]:
        taken_back = one["withdrawn_at"]
        end = f" · {said('audit.moment.taken_back')} {local_time(taken_back)}" if taken_back else ""
        decision = f"{who.organisation(one['recipient'])}: {said('consent.' + one['decision'])}"
        yield f"{decision}  {local_time(one['since'])}{end}"


def _around(answer: dict[str, Any], say: Translator, said: Translator) -> Iterator[str]:
    """Its tasks, who could read, and who had."""
    from services.audit.knowledge.words import Said
    from services.audit.prose.people import actor_in_words

    who = Said(said)
    for task in answer["tasks"]:
        if task["clock"] is not None:
            until, day = task["clock"]["until"], task["clock"]["until_day"]
            end = f"{date.fromisoformat(day):%d/%m/%Y}" if day else "" if until is None else local_time(until)
            yield f"{said('obligation.' + task['obligation'])} ({who.organisation(task['whose'])})  {end}"
    for reader in answer["readers"]:
        yield f"{who.organisation(reader['org'])}: {said('standing.' + reader['standing'])}"
    for reading in answer["readings"]:
        yield f"{local_time(reading['at'])}  {say('moment.read')} {actor_in_words(reading['actor'], said)}"


def desk_at(
    agency: Annotated[str, typer.Argument(help="La agencia · The agency.")],
    at: Moment,
    by: By = "recorded",
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Qué tenían las mesas de una agencia en un momento · What an agency's desks had at a moment."""
    params: dict[str, Any] = {"at": at, "by": by, "limit": 200}
    items: list[dict[str, Any]] = []
    while True:
        answer = get(f"/api/v1/audit/desks/{agency}/state", params, url, token)
        items += answer["items"]
        if answer["next_cursor"] is None:
            break
        params["cursor"] = answer["next_cursor"]
    if as_json:
        typer.echo(json.dumps({**answer, "items": items}, ensure_ascii=False, indent=2))
        return
    say, said = _words(english)
    typer.echo(say(f"moment.{answer['by']}", at=local_time(answer["at"], seconds=True)))
    for desk in answer["desks"]:
        silent = desk["silent_since"]
        told = said("audit.desks.silent", at=local_time(silent)) if silent else ""
        typer.echo(f"  {desk['desk']:<14} {told or (said('capacity.' + desk['capacity']) if desk['capacity'] else '')}")
    typer.echo(say.plural("moment.number", answer["number"]))
    for item in items:
        _tell(item["referral"], said, answer["at"])


def _tell(referral: dict[str, Any], said: Translator, at: str) -> None:
    from services.chassis.ids import short_code

    code, agency = short_code(UUID(referral["referral_id"])), referral["agency"].replace("_", " ")
    state = said(f"state.{referral['state']}")
    typer.echo(f"  {code}  {agency:<11} {referral['urgency']}  {state}  {referral['desk'] or ''}".rstrip())
    for clock in referral["clocks"]:
        until = clock["until"]
        left = "" if until is None else _left(datetime.fromisoformat(until) - datetime.fromisoformat(at), said)
        end = "" if until is None else local_time(until)
        typer.echo(f"        {said('audit.running.' + clock['what']):<32} {end}  {left}".rstrip())


def _day(moment: str) -> str:
    from services.chassis.clock import MEXICO

    return f"{datetime.fromisoformat(moment).astimezone(MEXICO):%d/%m/%Y}"


def _left(span: timedelta, said: Translator) -> str:
    from services.chassis.web.pages.moments import lasting

    return said("audit.moment.left" if span > timedelta(0) else "audit.moment.overdue", span=lasting(span, said))


def _words(english: bool) -> tuple[Translator, Translator]:  # noqa: FBT001 - the option's value
    language = ENGLISH if english else SPANISH
    return WORDS(language), SAID(language)
