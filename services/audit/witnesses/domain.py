"""What a witness is asked, what it checks, and what it signs (C2SP tlog-witness, tlog-cosignature). Pure."""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from http import HTTPStatus

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import EMPTY_ROOT, HASH_SIZE, is_consistent
from services.audit.ledger.notes import Note, NoteError, Signature, SignerKey, VerifierKey, signatures_in

OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")
MAX_HASHES = 63
MAX_REQUEST = 64_000
"""Bytes of the largest request."""
SIZE_TYPE = "text/x.tlog.size"
_TIME = struct.Struct(">Q")
_SIGNATURE_BYTES = 64


class RefusedError(Exception):
    """The witness does not cosign."""

    def __init__(self, status: HTTPStatus, known: int | None = None) -> None:
        """``known``: the size that it has seen, where the caller has another (409)."""
        super().__init__(status.phrase)
        self.status = status
        self.known = known


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign a checkpoint."""

    old: int
    """The size that the caller believes the witness has seen last."""
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """The body of the request."""
        lines = [f"old {self.old}", *(base64.b64encode(one).decode() for one in self.proof)]
        return "\n".join(lines) + "\n\n" + str(self.note)

    @classmethod
    def parse(cls, raw: bytes) -> "AddCheckpoint":
        """Reads the body of a request.

        Raises:
            RefusedError: 400, it is none.
        """
        try:
            head, separator, note = raw.decode().partition("\n\n")
            first, *lines = head.split("\n")
            old = OLD.fullmatch(first)
            if len(raw) > MAX_REQUEST or not separator or old is None or len(lines) > MAX_HASHES:
                raise RefusedError(HTTPStatus.BAD_REQUEST)
            proof = tuple(base64.b64decode(line, validate=True) for line in lines)
            if any(len(one) != HASH_SIZE for one in proof):
                raise RefusedError(HTTPStatus.BAD_REQUEST)
            return cls(int(old[1]), proof, Note.parse(note.encode()))
        except (NoteError, UnicodeDecodeError, binascii.Error, ValueError):
            raise RefusedError(HTTPStatus.BAD_REQUEST) from None


def origin_of(request: AddCheckpoint) -> str:
    """The log that a request is about."""
    return request.note.text.partition("\n")[0]


def checked(request: AddCheckpoint, key: VerifierKey | None, last: Checkpoint | None) -> Checkpoint:
    """The checkpoint that may be cosigned, after the last one of its log that this witness has cosigned.

    Raises:
        RefusedError: 404 (unknown log), 403 (not signed by it), 400, 409 (another size was seen last), or
            422 (it does not continue what was seen).
    """
    if key is None:
        raise RefusedError(HTTPStatus.NOT_FOUND)
    lines = [one for one in request.note.signatures if one.is_of(key)]
    message = request.note.text.encode()
    if not lines or not all(key.has_signed(message, one.blob) for one in lines):
        raise RefusedError(HTTPStatus.FORBIDDEN)
    try:
        checkpoint = Checkpoint.parse(request.note.text)
    except NoteError:
        raise RefusedError(HTTPStatus.BAD_REQUEST) from None
    if request.old > checkpoint.size:
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    known = 0 if last is None else last.size
    if request.old != known:
        raise RefusedError(HTTPStatus.CONFLICT, known)
    seen = EMPTY_ROOT if last is None else last.root
    if not is_consistent(known, seen, checkpoint.size, checkpoint.root, request.proof):
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY)
    return checkpoint


def cosigned(text: str, key: SignerKey, at: int) -> Signature:
    """A witness's signature of a checkpoint's text; ``at``: seconds since 1970."""
    return key.sign(_message(text, at), _TIME.pack(at))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature."""

    at: int
    """When the witness made it, in seconds since 1970."""
    line: Signature


def cosignature_in(answer: str, text: str, key: VerifierKey) -> Cosignature:
    """A witness's valid cosignature of a checkpoint's text among the signature lines of an answer.

    Raises:
        NoteError: there is none.
    """
    for line in signatures_in(answer):
        if line.is_of(key) and len(line.blob) == _TIME.size + _SIGNATURE_BYTES:
            (at,) = _TIME.unpack_from(line.blob)
            if 0 < at < 2**63 and key.has_signed(_message(text, at), line.blob[_TIME.size :]):
                return Cosignature(at, line)
    raise NoteError("no cosignature of this witness")


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
