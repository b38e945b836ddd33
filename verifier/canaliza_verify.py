#!/usr/bin/env python3
"""Verifies a bundle of canaliza (format canaliza-bundle/1) without canaliza.

    python3 canaliza_verify.py BUNDLE [--trust POLICY]

One file, Python 3.9 or later, the standard library and `cryptography`. It shares no line with the program whose bundles
it verifies. It needs no network, writes nothing, and prints what it finds in Spanish and English.

What it checks, in this order:
  1. container   the file is a canonical ustar with exactly the files that bundle.json implies, and nothing else
  2. manifest    every file has the digest that the installation's bundle key signed
  3. signatures  every log's checkpoint is signed by that log, and cosigned by as many witnesses as the policy wants
  4. tree        every entry hashes to its leaf, every tile follows from those beneath it, and they lead to the root
                 that was signed, and to the roots of all earlier checkpoints
  5. streams     every entry is at its position; every stream has versions 1, 2, 3 ... in this order
  6. erasures    every erasure in the log is listed, and its sweep found nothing left
It does not replay the domain to compare what was shown; `canaliza audit verify` does.

Exit codes: 0 nothing is altered; 1 something is, and it is said where; 2 not a bundle, or it cannot be read.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = 1, 4
SMALL = 1_000_000  # bytes of the largest head, policy, schema or note
LARGE = 8**11 - 1  # bytes of the largest file
MOST_ENTRIES = 10**12
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
MOST_OF_POLICY = 64_000
MOST_SHOWN = 100  # faults that are printed


class NotABundle(Exception):
    """The file is no bundle; the text says why and where, and quotes nothing of it."""


# --- 1. container ----------------------------------------------------------------------------------------------------


def header(path, size):
    """The only header that a file of this path and size can have."""
    block = bytearray(512)
    block[0 : len(path)] = path.encode("ascii")
    block[100:124] = b"0000644\0" + b"0000000\0" * 2
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156] = ord("0")
    block[257:265] = b"ustar\00000"
    block[329:345] = b"0000000\0" * 2
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def tile_number(index):
    """An index as tlog-tiles writes it: 1234067 is x001/x234/067."""
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "/".join(groups)


def tiles_of(size):
    """(level, index, width) of every tile of a tree."""
    level = 0
    while size:
        for index in range((size + 255) // 256):
            yield level, index, min(256, size - 256 * index)
        size //= 256
        level += 1


def suffix(index, width):
    return tile_number(index) + ("" if width == 256 else ".p/%d" % width)


def expected_files(head):
    """(path, most bytes, whether it has exactly so many) of every file after bundle.json, in order."""
    yield "policy", SMALL, False
    for log in head["logs"]:
        folder = "logs/" + log["name"]
        yield folder + "/checkpoint", SMALL, False
        yield folder + "/checkpoints", LARGE, False
        for level, index, width in tiles_of(log["size"]):
            yield "%s/tile/%d/%s" % (folder, level, suffix(index, width)), 32 * width, True
        for level, index, width in tiles_of(log["size"]):
            if level == 0:
                yield "%s/tile/entries/%s" % (folder, suffix(index, width)), 65537 * width, False
    for topic in head["schemas"]:
        yield "schemas/%s.json" % topic, SMALL, False
    for model in head["models"]:
        yield "models/%s/%s.jsonl" % (model["service"], model["name"]), LARGE, False
    for path, most in (("erasures.jsonl", LARGE), ("digests", LARGE), ("manifest", SMALL)):
        yield path, most, False


def parse_head(raw):
    """bundle.json, if it has exactly the fields that it must have, in their only spelling."""
    try:
        head = json.loads(raw)
        spelt = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        text = re.compile(r"[^\x00-\x1f\x7f]{1,300}").fullmatch
        name = re.compile(r"[a-z][a-z_]{0,29}").fullmatch
        topic = re.compile(r"[a-z][a-z_]{0,29}\.[a-z][a-z_]{0,49}\.v[1-9][0-9]{0,2}").fullmatch
        logs, models = head["logs"], head["models"]
        whole = (
            set(head) == {"format", "made_at", "installation", "program", "key", "logs", "schemas", "models"}
            and spelt == raw
            and head["format"] == "canaliza-bundle/1"
            and all(text(head[field]) for field in ("made_at", "installation", "program", "key"))
            and re.fullmatch(MOMENT, head["made_at"])
            and all(set(log) == {"name", "size", "head"} and name(log["name"]) for log in logs)
            and all(type(log["size"]) is int and 1 <= log["size"] <= MOST_ENTRIES for log in logs)
            and all(type(log["head"]) is int and 0 <= log["head"] <= MOST_ENTRIES for log in logs)
            and all(topic(one) for one in head["schemas"])
            and all(names == sorted(set(names)) for names in ([log["name"] for log in logs], head["schemas"]))
            and all(set(one) == {"service", "name"} and name(one["service"]) and name(one["name"]) for one in models)
            and [one["service"] + "/" + one["name"] for one in models]
            == sorted({one["service"] + "/" + one["name"] for one in models})
            and len(logs) <= 16
            and len(models) <= 64
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        whole = False
    if not whole:
        raise NotABundle("bundle.json no es de este formato · is not of this format")
    return head


class Bundle:
    """The open file, and where each file in it is."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.size = self.file.seek(0, 2)
        self.files = {}
        try:
            self.scan()
        except BaseException:
            self.close()
            raise

    def scan(self):
        offset = self.take(0, "bundle.json", SMALL, False)
        self.head = parse_head(self.read("bundle.json"))
        for path, most, exactly in expected_files(self.head):
            offset = self.take(offset, path, most, exactly)
        if self.size != offset + 1024 or self.at(offset, 1024) != bytes(1024):
            raise NotABundle("no termina donde debe · does not end where it must (byte %d)" % offset)

    def close(self):
        self.file.close()

    def at(self, offset, size):
        self.file.seek(offset)
        found = self.file.read(size)
        if len(found) != size:
            raise NotABundle("está incompleto · is cut short (byte %d)" % offset)
        return found

    def take(self, offset, path, most, exactly):
        block = self.at(offset, 512)
        written = block[124:135]
        size = int(written, 8) if re.fullmatch(rb"[0-7]{11}", written) else -1
        if size < 0 or block != header(path, size):
            raise NotABundle("no está donde debe · is not where it must be: %s (byte %d)" % (path, offset))
        if size > most or (exactly and size != most):
            raise NotABundle("un tamaño imposible · an impossible size: %s (byte %d)" % (path, offset))
        end = offset + 512 + size
        filling = -size % 512
        if self.at(end, filling) != bytes(filling):
            raise NotABundle("relleno con contenido · padding with content: %s (byte %d)" % (path, end))
        self.files[path] = (offset + 512, size)
        return end + filling

    def read(self, path):
        return self.at(*self.files[path])

    def pieces(self, path):
        offset, size = self.files[path]
        for begin in range(offset, offset + size, 1 << 20):
            yield self.at(begin, min(1 << 20, offset + size - begin))

    def lines(self, path):
        rest = b""
        for piece in self.pieces(path):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line
            if len(rest) > SMALL:
                raise NotABundle("una línea demasiado larga · a line that is too long: " + path)
        if rest:
            yield rest

    def digest(self, path):
        digest = hashlib.sha256()
        for piece in self.pieces(path):
            digest.update(piece)
        return digest.hexdigest()


# --- 2. and 3. signatures --------------------------------------------------------------------------------------------


def exact_base64(text):
    """Decodes base64 in its only spelling."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError
    return raw


class Key:
    """A verifier key: name+id+key (C2SP signed-note)."""

    def __init__(self, text):
        self.text = text
        self.name, number, encoded = text.split("+", 2)
        raw = exact_base64(encoded)
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        self.kind, self.public = raw[0], raw[1:]
        known = self.kind in (ED25519, COSIGNATURE)
        if not re.fullmatch(r"[^\s+]+", self.name) or number != self.id.hex() or len(raw) != 33 or not known:
            raise ValueError

    def signed(self, message, signature):
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Note:
    """A text and the signatures under it: (name, key id, signature)."""

    def __init__(self, raw):
        whole = raw.decode()
        self.text, _, below = whole.rpartition("\n\n")
        self.text += "\n"
        self.signatures = []
        for line in below.split("\n")[:-1]:
            found = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
            blob = exact_base64(found.group(2))
            self.signatures.append((found.group(1), blob[:4], blob[4:]))
        if not self.signatures or not below.endswith("\n"):
            raise ValueError

    def signed_by(self, key):
        message = self.text.encode()
        return any((n, i) == (key.name, key.id) and key.signed(message, s) for n, i, s in self.signatures)

    def cosigned_by(self, key):
        for name, number, blob in self.signatures:
            at = int.from_bytes(blob[:8], "big")
            message = b"cosignature/v1\ntime %d\n" % at + self.text.encode()
            if (name, number) == (key.name, key.id) and 0 < at < 2**63 and key.signed(message, blob[8:]):
                return True
        return False


UNREADABLE = (ValueError, OverflowError, AttributeError, IndexError, KeyError, TypeError, RecursionError)


class Policy:
    """Which logs and witnesses are trusted, and how many witnesses are enough (C2SP tlog-policy)."""

    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.quorum = {}, {}, {}, None
        if len(text) > MOST_OF_POLICY:
            raise ValueError
        for line in text.split("\n"):
            words = line.replace("\t", " ").split()
            if not words or words[0].startswith("#"):
                continue
            if not " ".join(words).isprintable():  # it is printed: nothing may reach the terminal but letters
                raise ValueError
            if words[0] == "log" and len(words) in (2, 3):
                key = Key(words[1])
                self.add(self.logs, key.name, key, ED25519)
            elif words[0] == "witness" and len(words) in (3, 4):
                self.new(words[1])
                self.add(self.witnesses, words[1], Key(words[2]), COSIGNATURE)
            elif words[0] == "group" and len(words) > 3:
                self.group(words[1], words[2], words[3:])
            elif words[0] == "quorum" and len(words) == 2 and self.quorum is None:
                self.quorum = words[1]
                if self.quorum != "none" and self.quorum not in self.witnesses and self.quorum not in self.groups:
                    raise ValueError
            else:
                raise ValueError
        if self.quorum is None:
            raise ValueError

    def new(self, name):
        if name == "none" or name in self.witnesses or name in self.groups:
            raise ValueError

    def add(self, keys, name, key, kind):
        """A key of its kind, which no other name has: one witness is never counted twice."""
        if key.kind != kind or name in keys or any(one.public == key.public for one in keys.values()):
            raise ValueError
        keys[name] = key

    def group(self, name, needed, members):
        """A member is in one group only, so counting ends."""
        self.new(name)
        used = {one for _, others in self.groups.values() for one in others}
        known = all(one in self.witnesses or one in self.groups for one in members)
        number = {"any": "1", "all": str(len(members))}.get(needed, needed)
        if not known or used & set(members) or len(set(members)) != len(members):
            raise ValueError
        if not re.fullmatch("[1-9][0-9]?", number) or int(number) > len(members):
            raise ValueError
        self.groups[name] = (int(number), members)

    def agrees(self, name, cosigned):
        if name == "none":
            return True
        if name in self.groups:
            needed, members = self.groups[name]
            return sum(self.agrees(one, cosigned) for one in members) >= needed
        return name in cosigned


def parse_checkpoint(note):
    """(origin, size, root) of a checkpoint (C2SP tlog-checkpoint)."""
    origin, size, root = note.text.split("\n")[:3]
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", size) or len(exact_base64(root)) != 32:
        raise ValueError
    return origin, int(size), exact_base64(root)


# --- 4. tree ---------------------------------------------------------------------------------------------------------


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """The tree of RFC 6962 while leaf after leaf is added: the roots of its complete subtrees, largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def add(self, leaf):
        size = self.size
        while size & 1:
            leaf = node(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found


def folded(hashes):
    level = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    while len(level) > 1:
        level = [node(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def printable(value):
    """A text out of the bundle as it may reach a terminal."""
    return "".join(one if one.isalnum() or one in "._-:" else "?" for one in str(value)[:99])


SWEPT = {"keys", "digests", "slips", "refused_documents", "untraced"}  # where a sweep looks


def erasure(at, values, position):
    """(moment, basis, keys, position): an erasure as its event and its report must say the same."""
    moment = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(timezone.utc)
    keys = frozenset(key.replace("-", "") for key in values["keys"])
    if not isinstance(values["basis"], str) or type(position) is not int:
        raise ValueError
    return moment, values["basis"], keys, position


ENVELOPE = struct.Struct(">BQ16s16sQ16sH")  # form, position, event, stream, version, case, length of the topic


class Verification:
    """Collects what is found."""

    def __init__(self, bundle, trust):
        self.bundle, self.head, self.faults, self.said = bundle, bundle.head, 0, {}
        try:
            self.policy = trust or Policy(bundle.read("policy").decode())
        except UNREADABLE:
            self.policy = Policy("quorum none")
            self.fault("policy", "la política no se puede leer · the policy cannot be read")

    def fault(self, where, what):
        self.faults += 1
        if self.faults <= MOST_SHOWN:
            print("  ✗ %s: %s" % (where, what))

    def run(self):
        self.manifest()
        for log in self.head["logs"]:
            self.log(log)
        self.left_out()
        self.erasures()
        return self.faults == 0

    def manifest(self):
        digests = self.bundle.lines("digests")
        count = 0
        for path in self.bundle.files:
            if path in ("digests", "manifest"):
                continue
            count += 1
            line = "%s %d %s" % (self.bundle.digest(path), self.bundle.files[path][1], path)
            if next(digests, None) != line.encode():
                self.fault(path, "el archivo cambió · the file was changed")
        if next(digests, None) is not None:
            self.fault("digests", "líneas de más · lines too many")
        try:
            key, raw = Key(self.head["key"]), self.bundle.read("manifest")
            note = Note(raw)
            text = "%s\ncanaliza-bundle/1\n%d %s\n" % (key.name, count, self.bundle.digest("digests"))
            spelt = (
                note.text
                + "\n"
                + "".join("— %s %s\n" % (n, base64.b64encode(i + s).decode()) for n, i, s in note.signatures)
            )
            own = key.name.endswith("/%s/bundle" % self.head["installation"])
            trusted = self.policy.logs.get(key.name) if own else None
            fine = note.text == text and len(note.signatures) == 1 and spelt.encode() == raw and note.signed_by(key)
            if not fine or trusted is None or trusted.text != key.text:
                self.fault("manifest", "la firma no vale · the signature is not valid")
        except UNREADABLE:
            self.fault("manifest", "no se puede leer · cannot be read")
        print("  %d archivos con su huella · files with their digests" % count)

    def left_out(self):
        """Says which of the logs whose keys are known are not there: never sealed, or left out."""
        there = {"bundle"} | {log["name"] for log in self.head["logs"]}
        for origin in sorted(self.policy.logs):
            of, _, name = origin.rpartition("/")
            if of.rpartition("/")[2] == self.head["installation"] and name not in there:
                print("  · %s: no está, nunca se selló o lo dejaron fuera · is not there, never sealed or left out"
                      % printable(name))  # fmt: skip

    def checkpoints(self, log):
        """{size: root} of every checkpoint of a log that it signed; the exported one has its quorum."""
        folder, wanted = "logs/" + log["name"], {}
        ending = "/%s/%s" % (self.head["installation"], log["name"])

        def take(note):
            origin, size, root = parse_checkpoint(note)
            key = self.policy.logs[origin]
            if not origin.endswith(ending) or key.kind != ED25519 or not note.signed_by(key):
                raise ValueError
            if wanted.setdefault(size, root) != root:
                self.fault(folder, "dos raíces de un tamaño · two roots of one size: %d" % size)
            return size

        try:
            note = Note(self.bundle.read(folder + "/checkpoint"))
            if take(note) != log["size"]:
                raise ValueError
            cosigned = {name for name, key in self.policy.witnesses.items() if note.cosigned_by(key)}
            if not self.policy.agrees(self.policy.quorum, cosigned):
                absent = sorted(self.policy.witnesses.keys() - cosigned)
                self.fault(folder, "faltan testigos · witnesses are missing: " + ", ".join(absent))
        except UNREADABLE:
            self.fault(folder + "/checkpoint", "la firma no vale · the signature is not valid")
        for number, line in enumerate(self.bundle.lines(folder + "/checkpoints"), start=1):
            try:
                take(Note(json.loads(line).encode()))
            except UNREADABLE:
                self.fault("%s/checkpoints:%d" % (folder, number), "la firma no vale · the signature is not valid")
        return wanted

    def log(self, log):
        name, size = log["name"], log["size"]
        folder, wanted, tree, versions = "logs/" + name, self.checkpoints(log), Growing(), {}
        fits = 0
        for level, index, width in tiles_of(size):
            hashes = self.bundle.read("%s/tile/%d/%s" % (folder, level, suffix(index, width)))
            if level:
                for number in range(width):
                    below = "%s/tile/%d/%s" % (folder, level - 1, suffix(256 * index + number, 256))
                    if folded(self.bundle.read(below)) != hashes[32 * number : 32 * number + 32]:
                        self.fault(below, "no lleva a la de arriba · does not lead to the tile above it")
                continue
            content, at = self.bundle.read("%s/tile/entries/%s" % (folder, suffix(index, width))), 0
            for number in range(width):
                position = 256 * index + number + 1
                end = at + 2 + int.from_bytes(content[at : at + 2], "big")
                entry, at = content[at + 2 : end], end
                leaf = hashlib.sha256(b"\x00" + entry).digest()
                if leaf != hashes[32 * number : 32 * number + 32]:
                    self.fault(*self.place(name, position, entry, "no es lo que se selló · is not what was sealed"))
                tree.add(leaf)
                if position in wanted:
                    if tree.root() == wanted[position]:
                        fits = position
                    else:
                        between = "%d-%d" % (fits + 1, position)
                        self.fault(
                            "%s %s" % (name, between), "no llevan a la raíz firmada · do not lead to the signed root"
                        )
                self.entry(name, position, entry, versions)
            if at != len(content):
                self.fault(
                    "%s %d" % (name, 256 * index + width), "contenido de más o de menos · too much or too little"
                )
        for other in wanted:
            if other > size:
                self.fault(name, "un sello mayor que el registro · a checkpoint beyond the log: %d" % other)
        print("  %s: %d hechos, %d series · events, streams; %d sellos · checkpoints"
              % (name, size, len(versions), len(wanted)))  # fmt: skip

    def place(self, log, position, entry, what):
        """Where something is, with what the entry says of itself."""
        try:
            _, _, _, stream, version, _, length = ENVELOPE.unpack_from(entry)
            topic = entry[ENVELOPE.size : ENVELOPE.size + length].decode("ascii", "replace")
            return "%s %d" % (log, position), "%s (%s, serie · stream %s/%d)" % (
                what, printable(topic), stream.hex(), version)  # fmt: skip
        except struct.error:
            return "%s %d" % (log, position), what

    def entry(self, log, position, entry, versions):
        try:
            form, said, _, stream, version, case, length = ENVELOPE.unpack_from(entry)
            topic = entry[ENVELOPE.size : ENVELOPE.size + length].decode("ascii")
            state = entry[ENVELOPE.size + length + 4 :]
            (size,) = struct.unpack_from(">I", entry, ENVELOPE.size + length)
            data = json.loads(state)
            said_case = (data["case"] or "").replace("-", "")
            fine = form == 1 and size == len(state) and (said_case or "0" * 32) == case.hex()
        except (struct.error,) + UNREADABLE:
            fine = False
        if not fine:
            self.fault(*self.place(log, position, entry, "no es un hecho · is not an event"))
            return
        if said != position:
            self.fault(*self.place(log, position, entry, "dice otra posición · says another position: %d" % said))
        if version != versions.get(stream, 0) + 1:
            self.fault(*self.place(log, position, entry, "la serie no continúa · the stream does not go on"))
        versions[stream] = version
        if topic not in self.head["schemas"]:
            self.fault(*self.place(log, position, entry, "sin esquema · without a schema"))
        if topic.startswith("intake.person_erased.v"):
            try:
                self.said[stream.hex()] = erasure(data["recorded_at"], data["data"], position)
            except UNREADABLE:
                self.fault(*self.place(log, position, entry, "no es una supresión · is not an erasure"))

    # --- 6. erasures -------------------------------------------------------------------------------------------------

    def erasures(self):
        listed = {}
        for number, line in enumerate(self.bundle.lines("erasures.jsonl"), start=1):
            try:
                one = json.loads(line)
                remains, target = one["remains"], one["target"].replace("-", "")
                whole = set(remains) == SWEPT and all(type(count) is int for count in remains.values())
                if not whole or target in listed:
                    raise ValueError
                listed[target] = erasure(one["erased_at"], one, one["position"])
                for place, count in remains.items():
                    if count != 0:
                        self.fault("erasures.jsonl:%d" % number, "queda algo · something remains: " + printable(place))
            except UNREADABLE:
                self.fault("erasures.jsonl:%d" % number, "no se puede leer · cannot be read")
        for target, said in self.said.items():
            if listed.get(target) != said:
                self.fault("intake", "una supresión sin su informe · an erasure without its report: " + target)
            else:
                print("  %s: dato suprimido (%s, %s) · erased" % (target, said[0].date(), printable(said[1])))
        sealed, newest = next(
            ((one["size"], one["head"]) for one in self.head["logs"] if one["name"] == "intake"), (0, 0)
        )
        for target in sorted(set(listed) - set(self.said)):
            if not sealed < listed[target][3] <= newest:
                self.fault("intake", "un informe sin su supresión · a report without its erasure: " + printable(target))


def main():
    """Verifies what the command line names."""
    parser = argparse.ArgumentParser(description="Verifica un paquete de canaliza · Verifies a bundle of canaliza.")
    parser.add_argument("bundle")
    parser.add_argument("--trust", help="política propia (C2SP tlog-policy) · your own policy")
    arguments = parser.parse_args()
    try:
        trust = None
        if arguments.trust:
            with open(arguments.trust, encoding="utf-8") as file:
                trust = Policy(file.read(MOST_OF_POLICY + 1))
        bundle = Bundle(arguments.bundle)
        head = bundle.head
        print("Instalación %s, %s · Installation" % (printable(head["installation"]), printable(head["made_at"])))
        verification = Verification(bundle, trust)
        if trust is None:
            print("  Sin --trust el paquete responde por sí mismo. Compare estas llaves por teléfono ·")
            print("  Without --trust the bundle vouches for itself. Compare these keys by telephone:")
            for key in list(verification.policy.logs.values()) + list(verification.policy.witnesses.values()):
                print("    " + key.text)
        fine = verification.run()
        bundle.close()
    except NotABundle as error:
        print("No es un paquete · Not a bundle: %s" % error, file=sys.stderr)
        return 2
    except (OSError,) + UNREADABLE as error:
        print("No se puede leer · Cannot be read: %s" % type(error).__name__, file=sys.stderr)
        return 2
    if fine:
        print("Nada se alteró · Nothing was altered.")
        return 0
    print("ALTERADO · ALTERED: %d" % verification.faults)
    return 1


if __name__ == "__main__":
    sys.exit(main())
