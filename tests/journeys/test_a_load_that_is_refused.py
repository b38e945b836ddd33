"""A load says what it cannot take, and why, without what the file or the credential contains."""

import json
import socket
from pathlib import Path

from events.vocabulary import Role
from tests.support.system.loading import load
from tests.support.system.system import DAY, System, sample_day

SECRET = "CANARIO-valor-9x2"  # noqa: S105 - what a fault must not repeat


async def test_each_line_that_cannot_be_taken_is_said_with_its_number_and_without_what_it_holds(
    own_system: System, tmp_path: Path
) -> None:
    system = own_system
    day = [one for one in sample_day() if one["shelter"] == "ALB-IXT-01"]
    invalid = day[1] | {"worker": f"María {SECRET}", SECRET: SECRET}
    invalid["screening"] = {**day[1]["screening"], "sex": SECRET}
    elsewhere = next(one for one in sample_day() if one["shelter"] == "ALB-TAP-01")
    elsewhere["person"] = {"name": SECRET}
    lines = [
        json.dumps(day[0]),
        f'{{"submission_id": "{SECRET}',
        "",
        json.dumps(invalid),
        json.dumps(day[2]),
        json.dumps(elsewhere),
        f"{SECRET}",
        json.dumps(day[3]),
    ]
    file = tmp_path / "día.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    worker = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    token = worker.headers["Authorization"].removeprefix("Bearer ")

    done = await load(file, "--url", system.url, "--token", token)
    assert (done.code, done.said) == (1, "3 nuevos, 0 ya estaban, 4 rechazados · 3 new, 0 known, 4 refused\n")
    told = [line for line in done.complained.splitlines() if line.startswith("línea ")]
    assert [line.split(":")[0] for line in told] == ["línea 2", "línea 4", "línea 6", "línea 7"]
    assert ["invalid_submission" in line for line in told] == [True, True, False, True]
    assert "not_allowed" in told[2]
    assert "  screening.sex: " in done.complained
    assert "  worker: " in done.complained
    assert "CANARIO" not in (done.said + done.complained).upper()
    assert "Traceback" not in done.complained

    again = await load(file, "--url", system.url, "--token", token, "--json")
    outcome = json.loads(again.said)
    assert (again.code, outcome["new"], outcome["again"]) == (1, 0, 3)
    assert sorted(one["line"] for one in outcome["refused"]) == [2, 4, 6, 7]
    assert "CANARIO" not in again.said + again.complained


async def test_a_credential_that_is_not_valid_is_said_once(system: System) -> None:
    done = await load(DAY, "--url", system.url, "--token", f"czl_{SECRET}")
    assert done.code == 4
    assert done.complained.count("credencial") == 1
    assert "Traceback" not in done.complained


async def test_where_nothing_answers_it_gives_up_and_says_so_once() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        done = await load(DAY, "--url", where, "--token", "czl_x", patience=0.5)
    assert done.code == 3
    assert done.complained.count("repita la carga") == 1
    assert "Traceback" not in done.complained


async def test_without_a_system_on_this_machine_there_is_no_way_in(tmp_path: Path) -> None:
    done = await load(DAY, here={"CANALIZA_DATA": str(tmp_path)})
    assert done.code == 3
    assert "Traceback" not in done.complained
