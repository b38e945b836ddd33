"""The Dockerfile. There is no Docker here: it is read, and its steps are taken in a folder by another test."""

import re
from fnmatch import fnmatch

import pytest

from tests.support.system.proxying import DEPLOY

ROOT = DEPLOY.parent
KNOWN = frozenset(
    ("FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD")
)
"""Every instruction that is used. ADD is none: it fetches addresses and unpacks archives."""
TAGGED = re.compile(r"^[\w./-]+:[\w.-]*\d[\w.-]*$")


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its words, lines that go on joined."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage, by its name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for instruction, words in instructions():
        if instruction == "FROM":
            found[words.split(" AS ")[1]] = current = [(instruction, words)]
        else:
            current.append((instruction, words))
    return found


def test_every_instruction_is_one_that_was_thought_of() -> None:
    assert {instruction for instruction, _ in instructions()} <= KNOWN


def test_every_foreign_image_is_named_by_a_version() -> None:
    bases = [words.split(" AS ")[0] for instruction, words in instructions() if instruction == "FROM"]
    foreign = [base for base in bases if base not in stages()]
    assert foreign
    assert all(TAGGED.match(base) for base in foreign)


def test_no_command_goes_through_a_shell() -> None:
    for instruction, words in instructions():
        if instruction in {"RUN", "ENTRYPOINT", "CMD"}:
            assert words.startswith("["), words
        if instruction == "HEALTHCHECK":
            assert " CMD [" in words


@pytest.mark.parametrize("stage", ["program", "proxy"])
def test_nothing_runs_as_root(stage: str) -> None:
    (user,) = [words for instruction, words in stages()[stage] if instruction == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert ("USER", user) in stages()[stage]
    after = stages()[stage][stages()[stage].index(("USER", user)) :]
    assert not [words for instruction, words in after if instruction == "RUN"]


def test_everything_from_a_registry_is_checked_by_its_hash() -> None:
    installs = [words for instruction, words in instructions() if instruction == "RUN" and '"install"' in words]
    fetching = [words for words in installs if '"pip"' in words and "--no-index" not in words]
    assert len(fetching) == 2
    assert all("--require-hashes" in words for words in fetching)
    lock = (ROOT / "requirements.production.lock").read_text()
    named = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==.*\\$", lock, re.MULTILINE)
    hashed = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==.*\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert len(named) == len(hashed) > 50


def test_only_what_the_image_is_made_of_is_sent_to_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*", "everything is left out that is not named"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        word.removeprefix("./")
        for instruction, words in instructions()
        if instruction == "COPY" and "--from" not in words
        for word in words.split()[:-1]
    }
    assert copied == let_in
    secret = ("deploy/keys/x", "deploy/tls/x", "deploy/passwords/x", "var/x", "var-keys/x", ".git/x", ".env")
    assert not [path for path in secret if any(fnmatch(path, f"{each}*") for each in let_in)]


def test_no_secret_is_a_layer() -> None:
    for instruction, words in instructions():
        assert not re.search(r"(?i)password|secret|token|_KEY=", words), f"{instruction} {words}"


def test_it_says_whether_it_lives_and_stops_when_told() -> None:
    program = dict(stages()["program"])
    assert "/health/live" in program["HEALTHCHECK"]
    assert program["STOPSIGNAL"] == "SIGTERM"
