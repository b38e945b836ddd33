"""What every command owes whoever types it: help that is whole, an answer for programs, a word of what was done."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import typer.main
from typer.testing import CliRunner

from services.chassis import own_system
from services.chassis.runtime.server import PortTakenError, listen
from services.cli import app, faults, operating
from services.cli.apart import Layout

RUNNER = CliRunner()
ROOT: Any = typer.main.get_command(app)
GOES_ON = {"up", "serve", "demo", "keys keep"}
"""They run, or say what they do on the way."""
IS_A_FILE = {
    "openapi",
    "nats users",
    "rules explain",
    "audit witness",
    "audit export",
    "audit proof event",
    "audit proof inclusion",
    "audit proof consistency",
}
"""Their output is itself a file or a text that programs read."""


def commands(group: Any = None, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, one in (group or ROOT).commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, f"{above}{name} ")
        else:
            yield f"{above}{name}", one


def groups(group: Any = None, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    found = group or ROOT
    yield above, found
    for name, one in found.commands.items():
        if hasattr(one, "commands"):
            yield from groups(one, (*above, name))


def test_no_list_of_commands_cuts_a_sentence() -> None:
    for words, group in groups():
        shown = " ".join(RUNNER.invoke(app, [*words, "--help"]).output.split())
        assert "..." not in shown.replace("[ARGS]...", "")
        for one in group.commands.values():
            if not hasattr(one, "commands"):
                first = " ".join((one.help or "").split("\n\n")[0].split())
                assert first.split(". ")[0].rstrip(".") in shown, words


def test_every_command_has_both_languages() -> None:
    for name, one in commands():
        assert " · " in (one.help or ""), name


def test_what_reads_or_does_something_has_an_answer_for_programs() -> None:
    without = {name for name, one in commands() if not any("--json" in each.opts for each in one.params)}
    assert without - GOES_ON <= IS_A_FILE


@pytest.mark.parametrize("name", ["up", "serve", "migrate"])
def test_what_is_configured_by_settings_names_them(name: str) -> None:
    shown = RUNNER.invoke(app, [name, "--help"]).output
    assert "CANALIZA_" in shown
    assert "docs/guides/operator.md" in shown


def test_the_version_is_told() -> None:
    assert RUNNER.invoke(app, ["--version"]).output.startswith("canaliza ")


def answered(monkeypatch: pytest.MonkeyPatch, status: int, body: Any) -> None:
    answer = httpx2.Response(status, json=body)
    monkeypatch.setattr(httpx2, "request", lambda *_, **__: answer)


PROBLEM = {"title": "Un valor no sirve.", "title_en": "A value cannot be used.", "code": "invalid_request"}


@pytest.mark.parametrize(("status", "code"), [(422, 2), (409, 1), (403, 4), (404, 1)])
def test_what_the_server_says_is_said_with_the_right_exit_code(
    monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    answered(monkeypatch, status, PROBLEM)
    ran = RUNNER.invoke(app, ["referrals", "--state", "x", "--url", "http://127.0.0.1:1", "--token", "t"])
    assert ran.exit_code == code
    if status in (422, 409):
        assert "Un valor no sirve. (invalid_request)" in ran.stderr
        assert "A value cannot be used." in ran.stderr


def test_a_retry_of_what_is_not_parked_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating, "layout", lambda *_: Layout(("",)))
    monkeypatch.setattr(operating, "ask", lambda *_, **__: {"digested": 0})
    ran = RUNNER.invoke(app, ["parked", "retry", "referral", str(uuid4())])
    assert ran.exit_code == 1
    assert "Nada de ese caso está en espera en referral." in ran.stderr
    monkeypatch.setattr(operating, "ask", lambda *_, **__: {"digested": 3})
    ran = RUNNER.invoke(app, ["parked", "retry", "referral", str(uuid4()), "--json"])
    assert (ran.exit_code, json.loads(ran.stdout)) == (0, {"digested": 3})


def test_nobody_gets_an_account_where_the_directory_has_them_elsewhere() -> None:
    ran = RUNNER.invoke(app, ["account", "create", "p-003", "--role", "shelter_worker", "--org", "ALB-TAP-01"])
    assert ran.exit_code == 1
    assert "El directorio tiene a p-003 como officer de OIM" in ran.stderr


@pytest.mark.parametrize(("host", "url"), [("::1", "http://[::1]:8081"), ("127.0.0.1", "http://127.0.0.1:8081")])
def test_a_host_of_ipv6_is_an_address(monkeypatch: pytest.MonkeyPatch, host: str, url: str) -> None:
    monkeypatch.setenv("CANALIZA_HOST", host)
    monkeypatch.setenv("CANALIZA_PORT", "8081")
    assert own_system.address() == url


@pytest.mark.parametrize("port", ["abc", "99999", "-1"])
def test_a_port_that_is_none_is_a_wrong_word(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("CANALIZA_PORT", port)
    assert RUNNER.invoke(app, ["health"]).exit_code == 2


def test_a_port_that_is_taken_is_told_from_a_host_that_is_elsewhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(PortTakenError) as taken:
        listen("127.0.0.1", other.getsockname()[1])
    assert "ocupado" in taken.value.sentences[0]
    for host in ("203.0.113.7", "no-such-host.invalid"):
        with pytest.raises(PortTakenError) as elsewhere:
            listen(host, 0)
        assert "no es una dirección de esta máquina" in elsewhere.value.sentences[0]
    forbidden = PortTakenError("127.0.0.1", 80, PermissionError(13, "Permission denied"))
    assert "1024 o más" in forbidden.sentences[0]


def test_a_folder_that_cannot_be_used_is_no_server_that_cannot_be_reached(capsys: pytest.CaptureFixture[str]) -> None:
    said = faults.exit_of(PermissionError(13, "Permission denied", "/var/lib/other"))
    assert said is not None
    assert said.exit_code == 3
    assert "No se puede usar /var/lib/other" in capsys.readouterr().err


def test_an_error_of_ours_that_nobody_expects_keeps_its_traceback() -> None:
    assert faults.exit_of(KeyError("x")) is None
