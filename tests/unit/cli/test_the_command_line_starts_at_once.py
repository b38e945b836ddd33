"""A command loads what it needs: nothing of the servers, for those that only ask a running system."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

from services.chassis.own_system import default_keys
from tests.support.system.system import HANG

HEAVY = frozenset(
    {
        "apprise", "argon2", "asyncpg", "authlib", "cryptography", "eventsourcing", "fastapi", "faststream", "holidays",
        "nats", "orjson", "pydantic", "pydantic_settings", "starlette", "structlog", "uvicorn", "uvloop", "yaml",
    }
)  # fmt: skip
"""Packages that a running service needs; to load them all takes ten times as long as the command itself."""

PROGRAM = """
import sys
from services.cli import main
try:
    main()
finally:
    print("\\nloaded:", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""

CASE = "00000000-0000-4000-8000-000000000001"


class Answering(BaseHTTPRequestHandler):
    """A system in which nothing has happened yet."""

    def do_GET(self) -> None:
        self._answer(200, {"items": [], "next_cursor": None, "case_id": CASE, "entries": []})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(201, {})

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=ours | {"NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG,
    )


def loaded(done: subprocess.CompletedProcess[str]) -> set[str]:
    found = re.search(r"^loaded: (.*)$", done.stderr, re.MULTILINE)
    assert found, done.stderr
    return set(found[1].split())


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("referrals", "--help"), ("up", "--help"), ("token", "create", "--help")],
    ids=" ".join,
)
def test_help_loads_no_server_and_no_client(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 0
    assert not loaded(done) & {*HEAVY, "httpx2", "asyncio"}


def test_asking_a_running_system_loads_a_client_and_no_server(port: int, tmp_path: Path) -> None:
    folder, lines = tmp_path / "var", tmp_path / "lines.jsonl"
    keys = default_keys(folder)
    keys.mkdir(mode=0o700)
    (keys / "installation.json").touch(mode=0o600)
    (keys / "installation.json").write_text(json.dumps({"operator_token": "czl_of_this_machine"}))
    lines.write_text("{}\n")
    for words in (("referrals",), ("audit", "history", CASE), ("load", str(lines))):
        done = run(*words, CANALIZA_DATA=str(folder), CANALIZA_PORT=str(port))
        assert done.returncode == 0, done.stderr
        assert "httpx2" in loaded(done), "this test would find nothing"
        assert not loaded(done) & HEAVY


def test_secrets_that_others_could_read_are_refused(port: int, tmp_path: Path) -> None:
    (tmp_path / "installation.json").write_text(json.dumps({"operator_token": "czl_of_this_machine"}))
    (tmp_path / "installation.json").chmod(0o644)
    done = run("referrals", CANALIZA_KEYS=str(tmp_path), CANALIZA_PORT=str(port))
    assert done.returncode == 3
    assert "open to other users" in done.stderr


def test_a_port_that_is_no_number_is_said(tmp_path: Path) -> None:
    done = run("referrals", CANALIZA_DATA=str(tmp_path), CANALIZA_PORT="many")
    assert done.returncode == 2
    assert "CANALIZA_PORT" in done.stderr


def test_the_version_is_the_installed_one() -> None:
    assert run("--version").stdout.strip() == f"canaliza {version('canaliza')}"


@pytest.mark.parametrize("module", ["services.demo", "services.cli", "services.system"])
def test_it_can_be_imported_alone(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, timeout=HANG)
