"""Whoever has the keys, another installation's keys, or only a file, tries to have a verifier say that all is well."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from events.intake import PersonErased
from services.audit.bundles.domain import Head
from services.audit.bundles.errors import NotABundleError
from services.audit.ledger.notes import Algorithm, SignerKey
from services.audit.verification.commands import verify
from services.audit.verification.erasures import PLACES
from services.audit.verification.trust import Policy, PolicyError
from services.chassis.eventlog.log_entry import EntryMapper
from services.chassis.moments import as_exported
from tests.contract.golden_events import EVENTS, a_fact
from tests.support.builders.bundles import INSTALLATION, Ledger, signer
from tests.support.models.small_verifier import SMALL, by_the_small_one

EVENT = next(event for event in EVENTS if event.NAME == "intake.shelter_heard")
W = [signer(f"testigo.invalid/{n}", 900 + n, Algorithm.COSIGNATURE) for n in range(4)]
ERASED = a_fact(PersonErased)
LOG = signer("canaliza.invalid/a/intake", 899).verifier
REMAINS = dict.fromkeys(PLACES, 0)


def entries(kind: type, count: int) -> list[bytes]:
    fact, stream = a_fact(kind), uuid4()
    facts = [replace(fact, id=uuid4(), stream=stream, version=n, case=None, cause=uuid4()) for n in range(1, count + 1)]
    return [EntryMapper().to_stored_event(one).at(n).leaf() for n, one in enumerate(facts, 1)]


@pytest.fixture(scope="module")
def two_logs() -> Ledger:
    referral = next(event for event in EVENTS if event.NAME.startswith("referral."))
    return Ledger(
        {"intake": entries(EVENT, 3), "referral": entries(referral, 2)},
        topics=sorted([EVENT.topic(), referral.topic()]),
    )


def codes(path: Path, **how: object) -> set[str]:
    report = verify(path, {}, **how)  # type: ignore[arg-type]
    return {fault.code.value for check in report.checks for fault in check.faults}


def by_the_small(path: Path, trust: str | None = None) -> bool:
    return by_the_small_one(path, trust)[0]


async def test_a_log_that_is_left_out_is_missed(two_logs: Ledger, tmp_path: Path) -> None:
    whole = await two_logs.write(tmp_path / "whole")
    assert codes(whole, kept=tmp_path / "kept") == set()
    left_out = replace(
        two_logs, logs={"intake": two_logs.logs["intake"]}, made_at=two_logs.made_at + timedelta(hours=1)
    )
    path = await left_out.write(tmp_path / "left-out")
    assert codes(path, kept=tmp_path / "kept") == {"log_missing"}, "the auditor had seen it"
    for trust, notes in ((Policy.parse(two_logs.policy()), [("log_absent", "referral")]), (None, [])):
        report = verify(path, {}, trust=trust)
        assert [(note.code.value, note.log) for check in report.checks for note in check.notes] == notes
        assert report.passed, "nothing of it may have been sealed"
    assert "· referral:" in by_the_small_one(path, two_logs.policy())[1]
    assert "· referral:" not in by_the_small_one(whole, two_logs.policy())[1]


async def test_what_is_shown_of_a_log_that_is_left_out_is_no_news(two_logs: Ledger, tmp_path: Path) -> None:
    shown = replace(
        two_logs,
        logs={"intake": two_logs.logs["intake"]},
        models={("referral", "referrals"): [{"id": str(uuid4()), "version": 3, "first": 1, "state": "accepted"}]},
    )
    path = await shown.write(tmp_path / "shown")

    class Shown:
        log = "referral"

        def row(self, _: object) -> Mapping[str, object] | None:
            return None

    report = verify(path, {("referral", "referrals"): Shown()})
    assert {fault.code.value for check in report.checks for fault in check.faults} == {"log_missing"}


async def test_another_installations_key_signs_no_manifest(two_logs: Ledger, tmp_path: Path) -> None:
    theirs = signer("canaliza.invalid/another/bundle", 77)

    class Lent(Ledger):
        def head(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            return super().head().model_copy(update={"key": str(theirs.verifier)})

    lent = Lent(two_logs.logs, topics=two_logs.topics, bundle_key=theirs)
    path = await lent.write(tmp_path / "lent")
    both = f"log {theirs.verifier}\n{two_logs.policy()}"
    assert codes(path, trust=Policy.parse(both)) == {"manifest_key_unknown"}
    assert not by_the_small(path, both)
    log_key = Lent(two_logs.logs, topics=two_logs.topics, bundle_key=two_logs.key("intake"))
    theirs = two_logs.key("intake")
    path = await log_key.write(tmp_path / "log-key")
    assert codes(path) == {"manifest_key_unknown"}
    assert not by_the_small(path)


async def test_a_bundle_out_of_the_future_hides_no_later_one(two_logs: Ledger, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    future = await replace(two_logs, made_at=datetime(9000, 1, 1, tzinfo=UTC)).write(tmp_path / "future")
    assert codes(future, kept=kept) == set()
    short = {**two_logs.logs, "intake": two_logs.logs["intake"][:2]}
    later = await replace(two_logs, logs=short, made_at=datetime.now(UTC) + timedelta(seconds=2)).write(tmp_path / "b")
    assert codes(later, kept=kept) == {"shorter_than_kept"}


ENDS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


@pytest.mark.parametrize("moment", ENDS)
async def test_a_moment_at_the_ends_of_the_calendar_is_a_finding_and_no_crash(
    moment: str, two_logs: Ledger, tmp_path: Path
) -> None:
    claim = {"target": str(uuid4()), "basis": "x", "erased_at": moment, "keys": [], "position": 1, "remains": REMAINS}
    path = await replace(two_logs, erasures_listed=[claim]).write(tmp_path / "claimed")
    assert "erasure_unreadable" in codes(path)
    head = two_logs.head().content()
    assert b"2026-11-30T18:00:00Z" in head
    with pytest.raises(NotABundleError):
        Head.parse(head.replace(b"2026-11-30T18:00:00Z", moment.encode()))
    for parse, refused in ((Head.parse, NotABundleError), (SMALL.parse_head, SMALL.NotABundle)):
        with pytest.raises(refused):
            parse(head.replace(b"2026-11-30T18:00:00Z", b"yesterday"))


@pytest.mark.parametrize("moment", ENDS)
async def test_an_event_at_the_ends_of_the_calendar_is_a_finding_and_no_crash(moment: str, tmp_path: Path) -> None:
    fact = replace(ERASED, id=uuid4(), stream=uuid4(), version=1, cause=uuid4())
    stored = EntryMapper().to_stored_event(fact).at(1)
    state = stored.state.replace(fact.recorded_at.isoformat().encode(), moment.encode())
    assert state != stored.state
    ledger = Ledger({"intake": [replace(stored, state=state).leaf()]}, topics=[fact.topic])
    path = await ledger.write(tmp_path / "late")
    assert codes(path)
    assert not by_the_small(path)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"remains": {}}, "erasure_unreadable"),
        ({"remains": REMAINS | {"keys": False}}, "erasure_unreadable"),
        ({"remains": REMAINS | {"keys": 0.0}}, "erasure_unreadable"),
        ({"keys": []}, "erasure_differs"),
        ({"position": 2}, "erasure_differs"),
        ({"erased_at": "2020-01-01T00:00:00+00:00"}, "erasure_differs"),
        ({"target": str(uuid4())}, "erasure_without_event"),
    ],
)
async def test_an_erasure_is_listed_as_it_was_or_both_verifiers_say_so(
    changes: dict[str, object], code: str | None, tmp_path: Path
) -> None:
    fact = replace(ERASED, id=uuid4(), stream=uuid4(), version=1, cause=uuid4())
    assert isinstance(fact.event, PersonErased)
    claim = {
        "target": str(fact.stream),
        "basis": fact.event.basis.value,
        "erased_at": as_exported(fact.recorded_at),
        "keys": [str(key) for key in fact.event.keys],
        "position": 1,
        "remains": REMAINS,
    }
    leaf = EntryMapper().to_stored_event(fact).at(1).leaf()
    ledger = Ledger({"intake": [leaf]}, topics=[fact.topic], erasures_listed=[claim | changes])
    path = await ledger.write(tmp_path / "erased")
    assert codes(path) >= {code} - {None}
    assert bool(codes(path)) is (code is not None)
    assert by_the_small(path) is (code is None)


def nested(depth: int) -> str:
    """Groups of which each is in two others: whoever counts them one by one never ends."""
    lines = [f"witness a0 {W[0].verifier}", f"witness b0 {W[1].verifier}"]
    for n in range(1, depth):
        lines += [f"group {name}{n} all a{n - 1} b{n - 1}" for name in "ab"]
    return "\n".join([*lines, f"quorum a{depth - 1}"])


WEAK = {
    "one key is two witnesses": f"witness a {W[0].verifier}\nwitness b {W[0].verifier}\ngroup g 2 a b\nquorum g",
    "one key by two names": f"witness a {W[0].verifier}\n"
    f"witness b {signer('otro.invalid', 900, Algorithm.COSIGNATURE).verifier}\ngroup g 2 a b\nquorum g",
    "one witness twice": f"witness a {W[0].verifier}\ngroup g 2 a a\nquorum g",
    "nobody is enough": f"witness a {W[0].verifier}\ngroup g 0 a\nquorum g",
    "fewer than nobody": f"witness a {W[0].verifier}\ngroup g -1 a\nquorum g",
    "a number in other digits": f"witness a {W[0].verifier}\ngroup g \u0661 a\nquorum g",
    "a number of another spelling": f"witness a {W[0].verifier}\ngroup g 0_1 a\nquorum g",
    "nobody has a name": f"witness none {W[0].verifier}\ngroup g any none\nquorum g",
    "a group of itself": f"witness a {W[0].verifier}\ngroup g any a\ngroup g any g\nquorum g",
    "a name for another": f"witness a {W[0].verifier}\nwitness a {W[1].verifier}\nquorum a",
    "a quorum of nobody known": "quorum stranger",
    "two quorums": f"witness a {W[0].verifier}\nquorum a\nquorum none",
    "a log as a witness": f"witness a {LOG}\nquorum a",
    "a witness as a log": f"log {W[0].verifier}\nquorum none",
    "one log twice": f"log {LOG}\nlog {signer(LOG.name, 898).verifier}\nquorum none",
    "one key for two logs": f"log {LOG}\nlog {signer('b.invalid', 899).verifier}\nquorum none",
    "never counted": nested(40),
    "not to be printed": f"witness a\u009b2J {W[0].verifier}\nquorum none",
}


async def test_whoever_makes_a_history_up_accuses_nobody(two_logs: Ledger, tmp_path: Path) -> None:
    class MadeUp(Ledger):
        def key(self, log: str) -> SignerKey:
            return signer(f"canaliza.invalid/{INSTALLATION}/{log}", 5000 + sum(log.encode()))

    made_up = MadeUp({**two_logs.logs, "intake": entries(EVENT, 2)}, topics=two_logs.topics)
    own, theirs = await two_logs.write(tmp_path / "own"), await made_up.write(tmp_path / "theirs")
    assert verify(theirs, {}).passed, "alone it agrees with itself"
    assert codes(own, other=theirs) == {"fork", "key_changed"}
    assert codes(own, other=own) == set()


@pytest.mark.parametrize("name", WEAK)
def test_a_policy_that_is_weaker_than_it_looks_is_none(name: str) -> None:
    with pytest.raises(PolicyError):
        Policy.parse(WEAK[name] + "\n")
    with pytest.raises(SMALL.UNREADABLE):
        SMALL.Policy(WEAK[name] + "\n")


async def test_a_head_that_names_a_log_twice_is_refused_by_the_small_one(two_logs: Ledger) -> None:
    head = json.loads(two_logs.head().content())
    for changes in ({"logs": head["logs"][::-1]}, {"logs": [head["logs"][0]] * 2}, {"schemas": head["schemas"] * 2}):
        raw = json.dumps(head | changes, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        with pytest.raises(SMALL.NotABundle):
            SMALL.parse_head(raw)


async def test_a_weaker_policy_than_last_time_is_said(two_logs: Ledger, tmp_path: Path) -> None:
    kept, later = tmp_path / "kept", two_logs.made_at + timedelta(hours=1)
    witnessed = replace(two_logs, witnesses=W[:2])
    assert codes(await witnessed.write(tmp_path / "witnessed"), kept=kept) == set()
    alone = await replace(two_logs, made_at=later).write(tmp_path / "alone")
    assert codes(alone, kept=kept) == {"policy_changed"}
    assert codes(alone, kept=kept, trust=Policy.parse(two_logs.policy())) == set(), "the auditor has agreed to it"
    assert codes(alone, kept=kept) == set()
    assert INSTALLATION in next(one.name for one in kept.iterdir() if one.name.startswith("policy-"))
