"""Checks who signed: every file's manifest, each log's checkpoint with its quorum, and the earlier checkpoints."""

import json
from collections.abc import Iterator
from hashlib import sha256

from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import DIGESTS, MANIFEST, LogPart, digest_line, manifest_text
from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.notes import Note, NoteError, VerifierKey
from services.audit.verification.domain import Check
from services.audit.verification.trees import Tree
from services.audit.verification.trust import Policy

UNSIGNED = (DIGESTS, MANIFEST)


def check_manifest(check: Check, bundle: Bundle, policy: Policy) -> None:
    """Compares every file with its digest, and the digests with their signature."""
    count = _check_digests(check, bundle)
    whole = sha256()
    for piece in bundle.pieces(DIGESTS):
        whole.update(piece)
    try:
        key = VerifierKey.parse(bundle.head.key)
        raw = bundle.read(MANIFEST)
        note = Note.parse(raw)
    except NoteError:
        check.fault("manifest_unreadable", path=MANIFEST)
        return
    own = key.name.endswith(f"/{bundle.head.installation}/bundle")
    if not own or policy.logs.get(key.name) != key:  # a policy may trust the keys of several installations
        check.fault("manifest_key_unknown", path=MANIFEST, name=key.name)
    if note.text != manifest_text(key.name, count, whole.hexdigest()):
        check.fault("manifest_differs", path=MANIFEST)
    if len(note.signatures) != 1 or str(note).encode() != raw or not note.is_signed_by(key):
        check.fault("manifest_not_signed", path=MANIFEST)


def _check_digests(check: Check, bundle: Bundle) -> int:
    recorded, count = bundle.lines(DIGESTS), 0
    for path, extent in bundle.files.items():
        if path in UNSIGNED:
            continue
        digest, count = sha256(), count + 1
        for piece in bundle.pieces(path):
            digest.update(piece)
        if next(recorded, b"") + b"\n" != digest_line(path, extent.size, digest.hexdigest()):
            check.fault("digest_differs", path=path)
    if next(recorded, None) is not None:
        check.fault("digests_too_many", path=DIGESTS)
    check.count("files", count)
    return count


def check_checkpoint(check: Check, bundle: Bundle, log: LogPart, policy: Policy) -> tuple[Checkpoint, Note] | None:
    """The checkpoint of the exported size, if its log signed it; who cosigned it is counted."""
    path = f"{log.folder}/checkpoint"
    try:
        note = Note.parse(bundle.read(path))
        origin = note.text.split("\n", 1)[0]
        checkpoint = policy.opened(note, origin)
    except NoteError:
        check.fault("checkpoint_not_signed", log=log.name, path=path)
        return None
    check.count("checkpoints")
    if not origin.endswith(f"/{bundle.head.installation}/{log.name}"):
        check.fault("another_log", log=log.name, path=path)
    if checkpoint.size != log.size:
        check.fault("checkpoint_of_another_size", log=log.name, path=path, position=checkpoint.size)
    cosigned = policy.cosigned(note)
    check.count("cosignatures", len(cosigned))
    if not policy.has_quorum(cosigned):
        for name in policy.witnesses.keys() - cosigned.keys():
            check.fault("witness_missing", log=log.name, path=path, name=name)
        if not policy.witnesses.keys() - cosigned.keys():
            check.fault("no_quorum", log=log.name, path=path)
    return checkpoint, note


def check_root(check: Check, tree: Tree, log: str, checkpoint: Checkpoint, known: int) -> bool:
    """Compares the tree with a checkpoint. ``known``: the largest smaller size whose root is known to fit."""
    if checkpoint.size <= tree.size and tree.root(checkpoint.size) == checkpoint.root:
        return True
    check.fault("root_differs", log=log, position=known + 1, until=checkpoint.size)
    return False


def earlier_checkpoints(check: Check, bundle: Bundle, log: LogPart, policy: Policy) -> Iterator[Checkpoint]:
    """The earlier checkpoints of a log that it signed."""
    path = f"{log.folder}/checkpoints"
    for number, line in enumerate(bundle.lines(path), start=1):
        try:
            text = json.loads(line)
            note = Note.parse(text.encode())
            checkpoint = policy.opened(note, note.text.split("\n", 1)[0])
        except (NoteError, ValueError, AttributeError, RecursionError):
            check.fault("checkpoint_not_signed", log=log.name, path=path, position=number)
            continue
        if checkpoint.origin.endswith(f"/{bundle.head.installation}/{log.name}"):
            yield checkpoint
        else:
            check.fault("another_log", log=log.name, path=path, position=number)


def check_earlier(check: Check, bundle: Bundle, log: LogPart, policy: Policy, tree: Tree) -> int:
    """Compares the tree with each earlier checkpoint; returns the largest size up to which all of them fit."""
    known, fits = 0, True
    for checkpoint in sorted(earlier_checkpoints(check, bundle, log, policy), key=lambda one: one.size):
        check.count("checkpoints")
        fits = check_root(check, tree, log.name, checkpoint, known) and fits
        known = checkpoint.size if fits else known
    return known
