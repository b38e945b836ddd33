"""A bundle as it was made passes; whatever is altered in it is found, and its place is named."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.contract import Event, Recorded
from events.intake import PersonErased
from events.referral import ReferralAccepted, ReferralProposed, ReferralRequested
from services.audit.ledger.notes import Algorithm
from services.audit.prose.glossary import in_mexico
from services.audit.verification.commands import verify
from services.audit.verification.domain import CheckName, Fault, Report
from services.audit.verification.erasures import PLACES
from services.audit.verification.trust import Policy
from services.audit.verification.words import report_lines
from services.chassis.eventlog.log_entry import EntryMapper
from services.chassis.moments import as_exported
from services.referral.lifecycle.shown import ShownReferrals
from tests.contract.golden_events import EVENTS, a_fact
from tests.support.builders.bundles import MADE_AT, Ledger, cosignature, signer
from tests.support.models.small_verifier import by_the_small_one

REPLAYS = {("referral", "referrals"): ShownReferrals()}
WITNESS = signer("testigo.invalid/uno", 901, Algorithm.COSIGNATURE)
EARLIER = {"intake": [3], "referral": [2, 300]}
REFERRALS = 130


def entry(fact: Recorded[Event], position: int) -> bytes:
    return EntryMapper().to_stored_event(fact).at(position).leaf()


def stream(number: int) -> UUID:
    """Ids whose first bytes are spread over all values."""
    return UUID(bytes=(number * 37 % 256).to_bytes(1, "big") + number.to_bytes(15, "big"))


def referral(number: int) -> list[Recorded[Event]]:
    """A referral that was proposed, sent and accepted."""
    of = [a_fact(kind) for kind in (ReferralProposed, ReferralRequested, ReferralAccepted)]
    case, causes = uuid4(), [uuid4(), uuid4(), uuid4()]
    return [
        replace(fact, id=uuid4(), stream=stream(number), version=version, case=case, cause=cause)
        for version, (fact, cause) in enumerate(zip(of, causes, strict=True), 1)
    ]


def a_day() -> Ledger:
    """Referrals, and one of every event of intake, one of them an erasure."""
    facts = [fact for number in range(REFERRALS) for fact in referral(number)]
    intake = [a_fact(event) for event in EVENTS if event.NAME.startswith("intake.")]
    intake = [
        replace(fact, stream=stream(900 + n), version=1, id=uuid4(), cause=uuid4()) for n, fact in enumerate(intake)
    ]
    erased, position = next((f, n) for n, f in enumerate(intake, 1) if isinstance(f.event, PersonErased))
    assert isinstance(erased.event, PersonErased)
    ledger = Ledger(
        logs={
            "intake": [entry(fact, n) for n, fact in enumerate(intake, 1)],
            "referral": [entry(fact, n) for n, fact in enumerate(facts, 1)],
        },
        erasures_listed=[
            {
                "target": str(erased.stream),
                "basis": erased.event.basis.value,
                "erased_at": as_exported(erased.recorded_at),
                "keys": [str(key) for key in erased.event.keys],
                "position": position,
                "remains": dict.fromkeys(PLACES, 0),
            }
        ],
        earlier=EARLIER,
        witnesses=(WITNESS,),
        topics=sorted({fact.topic for fact in [*intake, *facts]}),
    )
    ledger.models = {("referral", "referrals"): [row_of(facts[at : at + 3], at + 1) for at in range(0, len(facts), 3)]}
    return ledger


def row_of(history: list[Recorded[Event]], first: int) -> dict[str, Any]:
    values = ShownReferrals().row(history)
    assert values is not None
    return {"id": str(history[0].stream), "version": len(history), "first": first, **values}


def faults(report: Report) -> dict[CheckName, list[Fault]]:
    return {check.name: check.faults for check in report.checks if check.faults}


@pytest.fixture(scope="module")
def day() -> Ledger:
    return distinct(a_day())


@pytest.fixture
async def bundle(day: Ledger, tmp_path: Path) -> Path:
    return await day.write(tmp_path / "day.bundle")


async def test_an_untouched_bundle_passes_with_both_verifiers(bundle: Path, day: Ledger, tmp_path: Path) -> None:
    report = verify(bundle, REPLAYS, trust=Policy.parse(day.policy()), kept=tmp_path / "kept")
    assert faults(report) == {}
    assert f"hecho el {in_mexico(report.made_at)}" in report_lines(report)[0]
    counts = {check.name: check.counts for check in report.checks}
    assert counts[CheckName.LEAVES]["entries"] == sum(len(leaves) for leaves in day.logs.values())
    assert counts[CheckName.SIGNATURES] == {"checkpoints": 2, "cosignatures": 2}
    assert counts[CheckName.EARLIER] == {"checkpoints": 3}
    assert counts[CheckName.MODELS] == {"models": 1, "rows": REFERRALS}
    assert counts[CheckName.STREAMS]["streams"] == REFERRALS + len(day.logs["intake"])
    fine, said = by_the_small_one(bundle)
    assert fine, said
    assert "dato suprimido" in said


Leaves = list[bytes]


def put(leaf: bytes, position: int) -> bytes:
    """The same event as if it were at another position."""
    return leaf[:1] + position.to_bytes(8, "big") + leaf[9:]


def renumbered(leaves: Sequence[bytes]) -> Leaves:
    return [put(leaf, n) for n, leaf in enumerate(leaves, 1)]


def edited(log: Leaves) -> Leaves:
    return [*log[:5], log[5].replace(b"officer:", b"somebo:") + b"", *log[6:]]


def deleted(log: Leaves) -> Leaves:
    return [*log[:5], b"", *log[6:]]


def deleted_and_renumbered(log: Leaves) -> Leaves:
    return renumbered([*log[:5], *log[6:], log[5]])


def inserted(log: Leaves) -> Leaves:
    return renumbered([*log[:5], entry(referral(777)[0], 6), *log[5:-1]])


def reordered(log: Leaves) -> Leaves:
    return [*log[:4], put(log[5], 5), put(log[4], 6), *log[6:]]


def boxes_swapped(log: Leaves) -> Leaves:
    """The boxes of two cases' proposals; their keys and commitments go with them."""
    found = [leaf[(begin := leaf.index(b'"grounds":')) : leaf.index(b"}", begin) + 1] for leaf in (log[0], log[3])]
    return [log[0].replace(found[0], found[1]), *log[1:3], log[3].replace(found[1], found[0]), *log[4:]]


ATTACKS: dict[Callable[[Leaves], Leaves], list[int]] = {
    edited: [6],
    deleted: [6],
    deleted_and_renumbered: list(range(6, 3 * REFERRALS + 1)),
    inserted: list(range(6, 3 * REFERRALS + 1)),
    reordered: [5, 6],
    boxes_swapped: [1, 4],
}
"""What is done to a log, and the positions at which it is then another."""


def distinct(day: Ledger) -> Ledger:
    """The day with a box of its own in every proposal."""
    log = day.logs["referral"]
    commitment = re.compile(rb'"commitment":"(.)')
    own = [commitment.sub(b'"commitment":"%c' % (65 + n % 26), leaf, count=1) for n, leaf in enumerate(log)]
    return replace(day, logs={**day.logs, "referral": own})


def after(day: Ledger, attack: Callable[[Leaves], Leaves], **also: Any) -> Ledger:
    log = day.logs["referral"]
    changed = attack(log)
    assert changed != log
    return replace(day, logs={**day.logs, "referral": changed}, sealed_leaves={**day.logs}, **also)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_rows_that_the_databases_owner_changed_are_located_one_by_one(
    attack: Callable[[Leaves], Leaves], day: Ledger, tmp_path: Path
) -> None:
    path = await after(day, attack).write(tmp_path / "tampered")
    check = next(check for check in verify(path, REPLAYS).checks if check.name is CheckName.LEAVES)
    where = {fault.position or 0 for fault in check.faults if fault.code in {"leaf_differs", "entry_missing"}}
    assert sorted(where) == ATTACKS[attack][: len(where)]
    assert len(where) + check.more >= len(ATTACKS[attack])
    fine, said = by_the_small_one(path)
    assert not fine
    assert f"referral {ATTACKS[attack][0]}:" in said


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_whoever_makes_tiles_and_digests_anew_but_cannot_sign_is_found_between_two_seals(
    attack: Callable[[Leaves], Leaves], day: Ledger, tmp_path: Path
) -> None:
    forger = signer(day.key("bundle").name, 666)
    path = await after(day, attack, tiles_follow=True, bundle_key=forger).write(tmp_path / "forged")
    found = faults(verify(path, REPLAYS))
    assert {fault.code for fault in found[CheckName.MANIFEST]} == {"manifest_not_signed"}
    first = ATTACKS[attack][0]
    seals = [*EARLIER["referral"], len(day.logs["referral"])]
    broken = next(fault for fault in found[CheckName.EARLIER] if fault.code == "root_differs")
    assert broken.until == next(size for size in seals if size >= first)
    assert broken.position == max([size for size in seals if size < first], default=0) + 1
    fine, said = by_the_small_one(path)
    assert not fine
    assert f"referral {broken.position}-{broken.until}" in said


async def test_a_row_that_shows_something_else_is_located_to_the_field(day: Ledger, tmp_path: Path) -> None:
    rows = [dict(row) for row in day.models["referral", "referrals"]]
    rows[7]["state"], rows[9]["version"] = "declined", 2
    del rows[20]
    extra = {**rows[0], "id": str(uuid4())}
    path = await replace(day, models={("referral", "referrals"): [*rows, extra]}).write(tmp_path / "rows")
    found = faults(verify(path, REPLAYS))
    assert found.keys() == {CheckName.MODELS}
    located = {(fault.code.value, fault.stream, fault.field) for fault in found[CheckName.MODELS]}
    assert located == {
        ("row_differs", rows[7]["id"], "state"),
        ("row_differs", rows[9]["id"], "version"),
        ("row_missing", day.models["referral", "referrals"][20]["id"], None),
        ("row_without_events", extra["id"], None),
    }


async def test_newer_rows_are_counted_and_cannot_be_more_than_there_were_newer_events(
    day: Ledger, tmp_path: Path
) -> None:
    rows = [dict(row) for row in day.models["referral", "referrals"]]
    rows[7] |= {"state": "declined", "version": 4}
    ledger = replace(day, models={("referral", "referrals"): rows})
    one_more = {"referral": len(day.logs["referral"]) + 1}
    report = verify(await replace(ledger, heads=one_more).write(tmp_path / "newer"), REPLAYS)
    assert faults(report) == {}
    assert next(check for check in report.checks if check.name is CheckName.MODELS).counts["newer"] == 1
    found = faults(verify(await ledger.write(tmp_path / "hidden"), REPLAYS))
    assert [fault.code.value for fault in found[CheckName.MODELS]] == ["too_many_newer"]


async def test_a_changed_checkpoint_and_a_missing_witness_are_named(day: Ledger, tmp_path: Path) -> None:
    note = day.sealed("referral")
    shorter = replace(note, text=note.text.replace("390", "389"))
    found = faults(verify(await replace(day, notes={"referral": shorter}).write(tmp_path / "a"), REPLAYS))
    assert [(fault.code.value, fault.log) for fault in found[CheckName.SIGNATURES]] == [
        ("checkpoint_not_signed", "referral")
    ]
    alone = replace(note, signatures=note.signatures[:1])
    path = await replace(day, notes={"referral": alone}).write(tmp_path / "b")
    found = faults(verify(path, REPLAYS))
    assert [(fault.code.value, fault.name) for fault in found[CheckName.SIGNATURES]] == [("witness_missing", "w0")]
    assert "w0" in by_the_small_one(path)[1]
    late = note.signatures[0], cosignature(signer(WITNESS.name, 902, Algorithm.COSIGNATURE), note)
    path = await replace(day, notes={"referral": replace(note, signatures=late)}).write(tmp_path / "c")
    assert CheckName.SIGNATURES in faults(verify(path, REPLAYS))
    assert not by_the_small_one(path)[0]


async def test_a_bundle_that_trusts_itself_does_not_pass_the_auditors_own_policy(day: Ledger, bundle: Path) -> None:
    other = Policy.parse(day.policy().replace(str(day.key("referral").verifier), str(signer("x.invalid", 5).verifier)))
    found = faults(verify(bundle, REPLAYS, trust=other))
    assert [(fault.code.value, fault.log) for fault in found[CheckName.SIGNATURES]] == [
        ("checkpoint_not_signed", "referral")
    ]


async def test_what_was_kept_reveals_a_shorter_log_another_history_and_another_key(
    day: Ledger, bundle: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    assert verify(bundle, REPLAYS, kept=kept).passed
    later = day.made_at + timedelta(hours=1)
    short = {**day.logs, "referral": day.logs["referral"][:300]}
    rows = {("referral", "referrals"): day.models["referral", "referrals"][:100]}
    shorter = await replace(day, logs=short, models=rows, made_at=later).write(tmp_path / "shorter")
    found = faults(verify(shorter, REPLAYS, kept=kept))
    assert [(f.code.value, f.position, f.until) for f in found[CheckName.KEPT]] == [("shorter_than_kept", 301, 390)]
    older = await replace(day, logs=short, models=rows, made_at=MADE_AT - timedelta(hours=1)).write(tmp_path / "older")
    assert verify(older, REPLAYS, kept=kept).passed
    other = {**day.logs, "referral": edited(day.logs["referral"])}
    forked = await replace(day, logs=other, made_at=later).write(tmp_path / "forked")
    found = faults(verify(forked, REPLAYS, kept=kept))
    assert {fault.code.value for fault in found[CheckName.KEPT]} == {"differs_from_kept"}
    before = sorted(kept.rglob("*"))
    (next(one for one in sorted(kept.iterdir()) if one.is_dir()) / ("0" * 64)).mkdir()
    found = faults(verify(bundle, REPLAYS, kept=kept))
    assert [fault.code.value for fault in found[CheckName.KEPT]] == ["key_changed"]
    assert verify(bundle, REPLAYS, kept=kept, trust=Policy.parse(day.policy())).passed
    assert {path for path in kept.rglob("*") if path.is_file()} == {path for path in before if path.is_file()}


async def test_two_histories_shown_to_two_parties_part_at_a_position_that_is_named(
    day: Ledger, bundle: Path, tmp_path: Path
) -> None:
    other = await replace(
        day, logs={"intake": day.logs["intake"][:20], "referral": edited(day.logs["referral"])}, earlier={}
    ).write(tmp_path / "other")
    report = verify(bundle, REPLAYS, other=other)
    check = next(check for check in report.checks if check.name is CheckName.OTHER)
    assert [(note.code.value, note.log, note.position) for note in check.notes] == [("begins_alike", "intake", 20)]
    forks = [(fault.log, fault.position, fault.name) for fault in check.faults if fault.code == "fork"]
    assert forks == [("referral", 6, "this"), ("referral", 6, "other")]


async def test_something_that_remains_of_an_erased_person_is_said(day: Ledger, tmp_path: Path) -> None:
    listed = day.erasures_listed[0]
    left = {**listed, "remains": {**listed["remains"], "slips": 1}}
    found = faults(verify(await replace(day, erasures_listed=[left]).write(tmp_path / "left"), REPLAYS))
    assert [(f.code.value, f.field) for f in found[CheckName.ERASURES]] == [("something_remains", "slips")]
    found = faults(verify(await replace(day, erasures_listed=[]).write(tmp_path / "none"), REPLAYS))
    assert [f.code.value for f in found[CheckName.ERASURES]] == ["erasure_not_listed"]
