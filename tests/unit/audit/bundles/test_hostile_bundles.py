"""A file that is no bundle is refused with a code and a place by both verifiers; and no bit of a bundle may change."""

import io
import json
import os
import random
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.bundles.container import Bundle
from services.audit.bundles.errors import NotABundleError
from services.audit.bundles.ustar import header, padding
from services.audit.verification.commands import verify
from services.audit.verification.words import report_lines
from services.chassis.eventlog.log_entry import EntryMapper
from services.chassis.locales import COMPLETE
from tests.contract.golden_events import EVENTS, a_fact
from tests.support.builders.bundles import Ledger, signer
from tests.support.models.small_verifier import SMALL, by_the_small_one
from tests.support.properties import examples

EVENT = next(event for event in EVENTS if event.NAME == "intake.shelter_heard")
SEED = 20_261_130


@pytest.fixture(scope="module")
async def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole bundle of two events."""
    fact, case = a_fact(EVENT), uuid4()
    facts = [replace(fact, id=uuid4(), stream=case, version=n, case=None, cause=uuid4()) for n in (1, 2)]
    leaves = [EntryMapper().to_stored_event(one).at(n).leaf() for n, one in enumerate(facts, 1)]
    ledger = Ledger({"intake": leaves}, topics=[EVENT.topic()], earlier={"intake": [1]}, witnesses=())
    path = await ledger.write(tmp_path_factory.mktemp("tiny") / "tiny")
    assert verify(path, {}).passed
    assert small_passes(path)
    return path.read_bytes()


def small_passes(path: Path) -> bool:
    """Whether the single-file verifier finds nothing; what it refuses, it refuses in words."""
    try:
        fine, said = by_the_small_one(path)
    except SMALL.NotABundle:
        return False
    assert fine or "✗" in said
    return fine


def passes(path: Path) -> bool:
    """Whether ``canaliza audit verify`` finds nothing; whatever it finds or refuses has words."""
    try:
        report = verify(path, {})
    except NotABundleError:
        return False
    assert report_lines(report)
    return report.passed


def flipped(raw: bytes, offset: int, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[offset] ^= 1 << bit
    return bytes(changed)


@settings(max_examples=examples(150))
@given(data=st.data())
def test_a_bit_that_changes_anywhere_is_found_by_both(
    data: st.DataObject, tiny: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    offset = data.draw(st.integers(0, len(tiny) - 1))
    path = tmp_path_factory.getbasetemp() / "flipped"
    path.write_bytes(flipped(tiny, offset, data.draw(st.integers(0, 7))))
    assert not passes(path)
    assert not small_passes(path)


@pytest.mark.search
def test_no_bit_of_a_tiny_bundle_may_change(tiny: bytes, tmp_path: Path) -> None:
    path, bits = tmp_path / "flipped", random.Random(SEED)
    for offset in range(len(tiny)):
        path.write_bytes(flipped(tiny, offset, bits.randrange(8)))
        assert not passes(path), offset
        assert not small_passes(path), offset


def files_of(raw: bytes) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        return [(one.name, (archive.extractfile(one) or io.BytesIO()).read()) for one in archive]


def built(files: list[tuple[str, bytes]]) -> bytes:
    return b"".join(header(name, len(content)) + content + padding(len(content)) for name, content in files) + bytes(
        1024
    )


def with_head(raw: bytes, content: bytes) -> bytes:
    return built([("bundle.json", content), *files_of(raw)[1:]])


def other_headers(raw: bytes, change: Callable[[tarfile.TarInfo], None], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """The same files as another program packs them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files_of(raw):
            one = tarfile.TarInfo(name)
            one.size = len(content)
            change(one)
            archive.addfile(one, io.BytesIO(content))
    return out.getvalue()


def head_of(raw: bytes, **changes: object) -> bytes:
    head = json.loads(files_of(raw)[0][1])
    return json.dumps({**head, **changes}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def linked(one: tarfile.TarInfo) -> None:
    one.type, one.linkname, one.size = tarfile.SYMTYPE, "/etc/passwd", 0


def climbing(one: tarfile.TarInfo) -> None:
    one.name = f"../{one.name}"


def sparse(one: tarfile.TarInfo) -> None:
    one.type = tarfile.GNUTYPE_SPARSE


def owned(one: tarfile.TarInfo) -> None:
    one.uid = 1


def long_named(one: tarfile.TarInfo) -> None:
    one.pax_headers = {"comment": "x"}


def base_256(raw: bytes) -> bytes:
    block = bytearray(raw)
    block[124:136] = b"\x80" + (10**15).to_bytes(11, "big")
    return bytes(block)


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "not_a_container"),
    "compressed": (lambda _: b"\x1f\x8b\x08" + bytes(2000), "not_a_container"),
    "cut in a header": (lambda raw: raw[:700], "truncated"),
    "cut at the end": (lambda raw: raw[:-1], "truncated"),
    "something follows": (lambda raw: raw + bytes(512), "something_follows"),
    "another end": (lambda raw: raw[:-1] + b"\x01", "trailer_not_canonical"),
    "a symbolic link": (lambda raw: other_headers(raw, linked), "not_a_container"),
    "a path that climbs": (lambda raw: other_headers(raw, climbing), "not_a_container"),
    "sparse": (lambda raw: other_headers(raw, sparse), "not_a_container"),
    "PAX": (lambda raw: other_headers(raw, long_named, tarfile.PAX_FORMAT), "not_a_container"),
    "another owner": (lambda raw: other_headers(raw, owned), "not_a_container"),
    "a size in base 256": (base_256, "not_a_container"),
    "twice the same file": (lambda raw: built([*files_of(raw)[:2], *files_of(raw)[1:]]), "unexpected_file"),
    "a missing file": (lambda raw: built(files_of(raw)[:-2] + files_of(raw)[-1:]), "unexpected_file"),
    "a foreign file": (lambda raw: built([*files_of(raw)[:2], ("evil", b""), *files_of(raw)[2:]]), "unexpected_file"),
    "a million tiny files": (
        lambda raw: built([*files_of(raw)[:2], *[(f"f{n}", b"") for n in range(5_000)]]),
        "unexpected_file",
    ),
    "a note that is too long": (
        lambda raw: built([*files_of(raw)[:2], ("logs/intake/checkpoint", bytes(1_000_001)), *files_of(raw)[3:]]),
        "size_not_possible",
    ),
    "a head that is too long": (lambda raw: with_head(raw, b" " * 1_000_001), "size_not_possible"),
    "deep nesting": (lambda raw: with_head(raw, b"[" * 400_000 + b"]" * 400_000), "head_unreadable"),
    "no UTF-8": (lambda raw: with_head(raw, b'{"format":"\xff"}\n'), "head_unreadable"),
    "a number without end": (
        lambda raw: with_head(raw, head_of(raw).replace(b'"size":2', b'"size":' + b"9" * 5000)),
        "head_unreadable",
    ),
    "a log larger than any": (
        lambda raw: with_head(raw, head_of(raw, logs=[{"name": "intake", "size": 10**12, "head": 10**12}])),
        "unexpected_file",
    ),
    "logs that are repeated": (
        lambda raw: with_head(raw, head_of(raw, logs=[{"name": "intake", "size": 2, "head": 2}] * 2)),
        "head_unreadable",
    ),
    "another format": (lambda raw: with_head(raw, head_of(raw, format="canaliza-bundle/2")), "head_unreadable"),
    "spelt in another way": (lambda raw: with_head(raw, head_of(raw).replace(b",", b", ", 1)), "head_not_canonical"),
    "a topic with a path": (lambda raw: with_head(raw, head_of(raw, schemas=["../../etc.x.v1"])), "head_unreadable"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason_and_nothing_is_written(
    name: str, tiny: bytes, tmp_path: Path
) -> None:
    make, code = HOSTILE[name]
    path = tmp_path / "hostile"
    path.write_bytes(make(tiny))
    with pytest.raises(NotABundleError) as refused, Bundle(path):
        pass
    assert refused.value.code == code
    assert all(refused.value.sentence(locale) for locale in COMPLETE)
    assert not small_passes(path)
    assert [one.name for one in tmp_path.iterdir()] == ["hostile"]


def test_a_folder_a_pipe_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent"):
        with pytest.raises(NotABundleError):
            Bundle(path)


CONTENT = {
    "erasures.jsonl": b'{"target":' * 60_000 + b"\n",
    "logs/intake/checkpoints": b"[" * 500_000 + b"\n",
    "policy": b"log \x1b[2J\nquorum none\n",
    "manifest": b"x\n\n" + "— a AAAA\n".encode() * 50_000,
}


@pytest.mark.parametrize("name", CONTENT)
def test_hostile_content_of_a_whole_container_is_a_finding_and_no_crash(name: str, tiny: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(
        built([(one, CONTENT.get(one, content) if one == name else content) for one, content in files_of(tiny)])
    )
    report = verify(path, {})
    assert not report.passed
    assert all(line.isprintable() for line in report_lines(report))
    assert not small_passes(path)


def test_a_forger_who_makes_every_digest_anew_lacks_the_key(tiny: bytes, tmp_path: Path) -> None:
    assert signer("a", 1).verifier != signer("a", 2).verifier
    path = tmp_path / "tiny"
    path.write_bytes(built(files_of(tiny)))
    assert path.read_bytes() == tiny, "there is one way to pack these files"
