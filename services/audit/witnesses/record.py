"""What a witness remembers: its own key, and of each log the last checkpoint that it cosigned. Nothing else.

It is checked, stored on the disk and only then answered, one request after the other: a witness that is killed in
between has seen what it may have said, and never goes back.
"""

import base64
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.notes import NAME, Algorithm, Note, NoteError, Signature, SignerKey, VerifierKey
from services.audit.witnesses.domain import AddCheckpoint, checked, cosignature_in, cosigned, origin_of
from services.chassis.private_files import UnsafeSecretsError, private_folder, read_private, write_private
from services.chassis.secrets.folder import alone_in

KEY_FILE = "witness.key"


@dataclass(frozen=True, slots=True)
class WitnessRecord:
    """The folder of one witness. Several processes may share it."""

    folder: Path
    key: SignerKey
    logs: Mapping[str, VerifierKey]
    """The logs that it knows, by their origin."""
    clock: Callable[[], float] = time.time

    @classmethod
    def at(cls, folder: Path, name: str, logs: Mapping[str, VerifierKey]) -> "WitnessRecord":
        """The witness of a folder; its key is made the first time. ``name``: of the key, if it is made now.

        Raises:
            NoteError: the name is none, or what is to be witnessed is no log.
            UnsafeSecretsError: the folder or the key cannot be used.
        """
        if not NAME.fullmatch(name) or any(key.algorithm is not Algorithm.ED25519 for key in logs.values()):
            raise NoteError("not the name of a key, or not the key of a log")
        private_folder(folder)
        with alone_in(folder):
            path = folder / KEY_FILE
            if not path.exists():
                if any(folder.glob("*.note")):
                    raise UnsafeSecretsError(f"{path} is gone: bring it back from its backup")
                write_private(path, f"{name} {base64.b64encode(secrets.token_bytes(32)).decode()}\n")
            try:
                known, _, seed = read_private(path).strip().rpartition(" ")
                private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True))
                key = SignerKey(known, private, Algorithm.COSIGNATURE)
                VerifierKey.parse(str(key.verifier))
            except (ValueError, NoteError):
                raise UnsafeSecretsError(f"{path} is not the key of a witness") from None
        return cls(folder, key, logs)

    def cosign(self, request: AddCheckpoint) -> Signature:
        """Checks a checkpoint against the last one of its log, stores it, and cosigns it.

        Raises:
            RefusedError: it is not cosigned.
            UnsafeSecretsError: what was stored cannot be used: nothing is cosigned then.
        """
        origin = origin_of(request)
        key = self.logs.get(origin)
        with alone_in(self.folder):
            last = None if key is None else self.last(origin)
            checked(request, key, None if last is None else Checkpoint.parse(last.text))
            signature = cosigned(request.note.text, self.key, int(self.clock()))
            own = tuple(one for one in request.note.signatures if key is not None and one.is_of(key))
            write_private(self._path(origin), str(Note(request.note.text, (*own, signature))))
        return signature

    def last(self, origin: str) -> Note | None:
        """The last checkpoint of a log that was cosigned, with the log's signature and the own; ``None``: none was.

        Raises:
            UnsafeSecretsError: it is not what this witness stored.
        """
        path = self._path(origin)
        if not path.exists():
            return None
        try:
            note = Note.parse(read_private(path).encode())
            checkpoint = Checkpoint.parse(note.text)
            cosignature_in("".join(f"{one}\n" for one in note.signatures), note.text, self.key.verifier)
        except (NoteError, UnicodeDecodeError):
            raise UnsafeSecretsError(f"{path} is not what this witness has cosigned") from None
        if checkpoint.origin != origin:
            raise UnsafeSecretsError(f"{path} is another log's")
        return note

    def seen(self) -> Iterator[tuple[str, Note | None]]:
        """Each log that the witness knows, with its last checkpoint."""
        for origin in self.logs:
            yield origin, self.last(origin)

    def origin_of_hash(self, digest: str) -> str | None:
        """The known log whose origin has this SHA-256 (hexadecimal); ``None``: there is none."""
        return next((origin for origin in self.logs if _digest(origin) == digest), None)

    def _path(self, origin: str) -> Path:
        return self.folder / f"{_digest(origin)}.note"


def _digest(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()
