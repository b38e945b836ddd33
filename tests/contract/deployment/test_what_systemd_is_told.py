"""The units and their files of settings. No systemd runs here: its own checker reads them, where there is one."""

import re
import shlex
import shutil
import socket
import subprocess
from configparser import ConfigParser
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.chassis.names import SERVICES
from services.chassis.settings import Settings
from tests.support.system.proxying import DEPLOY

FOLDER = DEPLOY / "systemd"
UNITS = sorted(path for path in FOLDER.iterdir() if path.suffix in {".service", ".timer", ".path", ".target"})
RUNNING = [path for path in UNITS if path.suffix == ".service"]
OURS = [path for path in RUNNING if "backup" not in path.name]
OF_THE_COMMAND_LINE = frozenset({"CANALIZA_URL"})
"""Read by commands that ask a running system, and by no service."""
ON_ONE_MACHINE = frozenset(
    {
        "CANALIZA_NATS_PORT",  # of the embedded server
        "CANALIZA_WEBHOOK_PRIVATE",  # for development
    }
)
"""Settings that have no place in an installation of its own servers."""
VARIABLE = re.compile(r"^#?((?:CANALIZA|OTEL)_[A-Z0-9_]+)=", re.MULTILINE)
analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def settings() -> set[str]:
    """The variable of every setting."""
    aliases = {name: field.validation_alias for name, field in Settings.model_fields.items()}
    return {alias if isinstance(alias, str) else f"CANALIZA_{name.upper()}" for name, alias in aliases.items()}


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """A unit's directives, each with all its values."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return found


def test_every_setting_has_a_line_in_a_file_and_no_line_is_of_another() -> None:
    written = {name for path in FOLDER.glob("*.env") for name in VARIABLE.findall(path.read_text())}
    written |= {name for path in RUNNING for name in re.findall(r"^Environment=(\w+)=", path.read_text(), re.MULTILINE)}
    assert settings() - written == ON_ONE_MACHINE
    assert {name for name in written if name.startswith("CANALIZA_")} - settings() == OF_THE_COMMAND_LINE


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_of_a_service_are_taken(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (FOLDER / "canaliza.env", FOLDER / f"{service}.env"):
        parsed = ConfigParser(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
        parsed.optionxform = str  # type: ignore[assignment,method-assign]  # names are as they stand
        parsed.read_string(f"[all]\n{path.read_text()}")
        for name, value in parsed["all"].items():
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("CANALIZA_KEYS", f"/var/lib/canaliza-{service}/keys")
    read = Settings()
    assert read.by_tls
    assert f"127.0.0.1:{read.port};" in (DEPLOY / "proxy" / "nginx.conf").read_text()
    assert read.keys is not None
    assert not read.keys.is_relative_to(read.data)


def test_the_values_that_are_shown_are_the_settings_own() -> None:
    written = (FOLDER / "canaliza.env").read_text()
    shown = dict(re.findall(r"^#(CANALIZA_[A-Z_]+)=(\d+(?:\.\d+)?)$", written, re.MULTILINE))
    assert len(shown) > 15
    for name, value in shown.items():
        field = Settings.model_fields[name.removeprefix("CANALIZA_").lower()]
        assert float(value) == float(field.default), name


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_unit_may_do_nothing_that_it_does_not_need(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["ProtectSystem"] == ["strict"]
    assert service["User"] != ["root"]
    assert service["CapabilityBoundingSet"] in ([""], ["CAP_NET_BIND_SERVICE"])
    assert "/bin/sh" not in path.read_text()
    assert "password" not in "".join(service.get("Environment", []))


def test_keys_are_written_into_a_services_folder_by_its_own_user_as_root_would_follow_its_links() -> None:
    service = unit(FOLDER / "canaliza-handout@.service")["Service"]
    assert service["User"] == ["canaliza-%i"]
    assert service["ReadWritePaths"] == ["/var/lib/canaliza-%i"]
    assert service["LoadCredential"] == ["keys:/var/lib/canaliza/keys/%i"]
    assert not [line for line in service["ExecStart"] if "/var/lib/canaliza/" in line or " -o " in line]


def test_a_service_starts_after_its_servers_comes_back_and_stops_in_time() -> None:
    found = unit(FOLDER / "canaliza@.service")
    after = " ".join(found["Unit"]["After"]).split()
    assert {"postgresql.service", "canaliza-nats.service", "canaliza-migrate.service"} <= set(after)
    assert found["Unit"]["StartLimitIntervalSec"] == ["0"], "after a night without a database it comes back, too"
    assert (found["Service"]["Restart"], found["Service"]["TimeoutStopSec"]) == (["always"], ["30"])


def test_each_user_and_each_folder_is_made() -> None:
    users = re.findall(r"^u (\S+)", (FOLDER / "canaliza.sysusers").read_text(), re.MULTILINE)
    named = {user for path in OURS for user in unit(path)["Service"].get("User", [])}
    wanted = {user.replace("%i", service) for user in named for service in SERVICES}
    assert wanted <= set(users)
    folders = re.findall(r"^d (\S+) +(\d+) (\S+)", (FOLDER / "canaliza.tmpfiles").read_text(), re.MULTILINE)
    homes = {path: (mode, owner) for path, mode, owner in folders if path.startswith("/var/lib/")}
    backups = {(mode, owner) for path, mode, owner in folders if "backups" in path}
    assert backups == {("0700", "canaliza"), ("2770", "postgres")}, "PostgreSQL archives into a folder of its own"
    wanted_homes = {f"/var/lib/{user}": ("0700", user) for user in users if user != "canaliza-proxy"}
    assert homes == wanted_homes | {"/var/lib/canaliza/data": ("0700", "canaliza")}


def test_what_the_administrator_reads_and_writes_is_the_administrators_own() -> None:
    written = (FOLDER / "administrator.env").read_text()
    folders = dict(re.findall(r"^d (\S+) +\d+ (\S+)", (FOLDER / "canaliza.tmpfiles").read_text(), re.MULTILINE))
    for name in ("CANALIZA_DATA", "CANALIZA_KEYS_BACKUP", "CANALIZA_BACKUPS", "KEY_COPIES"):
        (place,) = re.findall(rf"^{name}=(\S+)$", written, re.MULTILINE)
        assert folders[place] == "canaliza", name


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="there is no systemd-sysusers here")
def test_systemd_makes_the_users(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    place = str(FOLDER / "canaliza.sysusers")
    made = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", place], check=False, capture_output=True, text=True
    )
    assert "not a valid" not in made.stderr, made.stderr
    users = re.findall(r"^u (\S+)", (FOLDER / "canaliza.sysusers").read_text(), re.MULTILINE)
    assert set(users) <= {line.partition(":")[0] for line in (tmp_path / "etc" / "passwd").read_text().splitlines()}


def test_the_proxy_writes_its_lines_where_its_standard_error_is_a_socket() -> None:
    """The journal is one: nginx cannot open it as a file, and would not start."""
    (start,) = unit(FOLDER / "canaliza-proxy.service")["Service"]["ExecStart"]
    words = shlex.split(start)
    assert words[:2] == ["/bin/bash", "-c"]
    script = re.sub(r"exec /usr/sbin/nginx .*?(?= 2>)", "exec /bin/sh -c 'echo a line > /dev/stderr'", words[2])
    assert script != words[2]
    with ExitStack() as closed:
        ours, theirs = (closed.enter_context(one) for one in socket.socketpair())
        subprocess.run([*words[:2], script], check=True, stderr=theirs.fileno())
        theirs.close()
        assert ours.makefile().read() == "a line\n"


def copied(folder: Path) -> list[str]:
    """The units with programs that are on every machine: whether those are there is not asked."""
    for path in UNITS:
        text = re.sub(r"/opt/canaliza/bin/[\w-]+|/usr/sbin/nginx", "/bin/true", path.read_text())
        (folder / path.name).write_text(text)
        for service in SERVICES if "@" in path.name else ():
            (folder / path.name.replace("@", f"@{service}")).write_text(text)
    return sorted(str(path) for path in folder.iterdir() if "@." not in path.name)


@analyze
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    files = copied(tmp_path)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *files]
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    ours = [line for line in said.stderr.splitlines() if str(tmp_path) in line or "canaliza" in line]
    assert (said.returncode, ours) == (0, [])


@analyze
def test_systemd_finds_a_line_that_it_does_not_understand(tmp_path: Path) -> None:
    copied(tmp_path)
    spoilt = tmp_path / "canaliza-nats.service"
    spoilt.write_text(spoilt.read_text().replace("Restart=always", "Restrat=always"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", spoilt], check=False, capture_output=True, text=True
    )
    assert "Restrat" in said.stderr


@analyze
@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_systemd_rates_what_is_left_open_as_little(path: Path, tmp_path: Path) -> None:
    copied(tmp_path)
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", path.name]
    said = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    if "Unknown" in said.stderr or "unrecognized" in said.stderr:
        pytest.skip("this systemd-analyze rates running units only")
    assert said.returncode == 0, said.stdout.splitlines()[-1:]
