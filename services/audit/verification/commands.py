"""Verifies a bundle, without a database and without a network.

It writes to a temporary file, and to the folder of kept checkpoints; never anywhere else.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import events.published  # noqa: F401 - registers every event
from events.contract import Event, Recorded
from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import POLICY, LogPart, ModelPart
from services.audit.ledger.keys import BUNDLE
from services.audit.ledger.notes import Note, VerifierKey
from services.audit.verification.domain import Check, CheckName, Report
from services.audit.verification.erasures import LOG as ERASING_LOG
from services.audit.verification.erasures import Erasures
from services.audit.verification.forks import check_other
from services.audit.verification.kept import Kept, check_kept, check_whole
from services.audit.verification.models import Comparison, Replays
from services.audit.verification.seals import check_checkpoint, check_earlier, check_manifest, check_root
from services.audit.verification.spill import Spill
from services.audit.verification.streams import CAUSE, check_causes, check_schemas, check_streams
from services.audit.verification.trees import RECORD, Tree, check_leaves, check_tiles
from services.audit.verification.trust import Policy, PolicyError, read_policy

T = TypeVar("T")
Progress = Callable[[CheckName], None]


class Verification:
    """One verification; ``run`` once."""

    def __init__(
        self,
        bundle: Bundle,
        replays: Replays | None,
        *,
        trust: Policy | None = None,
        kept: Kept | None = None,
        other: Bundle | None = None,
        on_progress: Progress = lambda _: None,
        timer: Callable[[], float] = time.perf_counter,
        now: Callable[[], datetime] = partial(datetime.now, UTC),
    ) -> None:
        """``trust``: the auditor's own policy; without it the bundle's. ``kept``: where checkpoints are kept.

        ``replays``: what each service would show; ``None``: what was shown is not compared.
        """
        self._timer, self._now = timer, now
        self._bundle, self._replays, self._trust, self._kept, self._other = bundle, replays or {}, trust, kept, other
        asked = {CheckName.OTHER: other is not None, CheckName.MODELS: replays is not None}
        self._checks = {name: Check(name) for name in CheckName if asked.get(name, True)}
        self._say = on_progress
        self._sealed: list[tuple[LogPart, Note]] = []
        self.seconds: dict[CheckName, float] = {}
        """How long each part took, for the benchmark."""

    def run(self) -> Report:
        """Checks everything, whatever was found before; keeps the checkpoints if nothing is wrong.

        Raises:
            NotABundleError: the file became shorter meanwhile, or has a line that is too long.
            OSError: what was verified cannot be kept.
        """
        bundle, head = self._bundle, self._bundle.head
        self._checks[CheckName.CONTAINER].count("files", len(bundle.files))
        policy = self._policy()
        self._timed(CheckName.MANIFEST, lambda check: check_manifest(check, bundle, policy))
        with ExitStack() as stack:
            places = {log.name: stack.enter_context(Spill(RECORD.size)) for log in head.logs}
            causes = stack.enter_context(Spill(CAUSE.size))
            for log in head.logs:
                self._log(log, policy, places[log.name])
            self._history(places, causes)
        self._whole(policy)
        if self._other is not None:
            of_other = self._other
            self._timed(CheckName.OTHER, lambda check: check_other(check, bundle, of_other))
        report = Report(
            installation=head.installation,
            made_at=head.made_at.astimezone(UTC),
            trusted=self._trust is not None,
            keys=tuple(sorted(str(key) for key in [*policy.logs.values(), *policy.witnesses.values()])),
            logs={log.name: log.size for log in head.logs},
            checks=tuple(self._checks.values()),
        )
        if report.passed and self._kept is not None:
            # Kept as of a later moment, it would excuse every shorter log that comes before that moment.
            made_at = min(head.made_at, self._now())
            for log, note in self._sealed:
                key = policy.logs[note.text.split("\n", 1)[0]]
                self._kept.keep(key, note, log.size, made_at)
            self._kept.keep_witnessing(head.installation, policy.witnessing())
        return report

    def _whole(self, policy: Policy) -> None:
        """A log of which nothing was ever sealed is in no bundle. One that is left out looks the same: it is said."""
        head = self._bundle.head
        for name in policy.logs_of(head.installation):
            if name != BUNDLE and head.log(name) is None:
                self._checks[CheckName.SIGNATURES].note("log_absent", log=name)
        if self._kept is not None:
            check_whole(self._checks[CheckName.KEPT], self._kept, head, policy, trusted=self._trust is not None)

    def _policy(self) -> Policy:
        if self._trust is not None:
            return self._trust
        try:
            return read_policy(self._bundle.read(POLICY))
        except PolicyError as error:
            self._checks[CheckName.SIGNATURES].fault("policy_unreadable", path=POLICY, position=error.line)
            return Policy()

    def _log(self, log: LogPart, policy: Policy, places: Spill) -> None:
        bundle = self._bundle
        self._timed(CheckName.LEAVES, lambda check: check_leaves(check, bundle, log, places.add))
        self._timed(CheckName.TREE, lambda check: check_tiles(check, bundle, log))
        tree = Tree(bundle, log)
        known = self._timed(CheckName.EARLIER, lambda check: check_earlier(check, bundle, log, policy, tree))
        found = self._timed(CheckName.SIGNATURES, lambda check: check_checkpoint(check, bundle, log, policy))
        if found is None:
            return
        checkpoint, note = found
        self._timed(CheckName.TREE, lambda check: check_root(check, tree, log.name, checkpoint, known))
        if self._kept is not None:
            kept, key, trusted = self._kept, policy.logs[checkpoint.origin], self._trust is not None
            made_at = bundle.head.made_at
            self._timed(
                CheckName.KEPT, lambda check: check_kept(check, kept, log.name, key, tree, made_at, trusted=trusted)
            )
        self._sealed.append((log, note))

    def _history(self, places: dict[str, Spill], causes: Spill) -> None:
        bundle = self._bundle
        streams, events = self._checks[CheckName.STREAMS], self._checks[CheckName.EVENTS]
        erasures = Erasures.read(self._checks[CheckName.ERASURES], bundle)
        check_schemas(events, bundle, known_schema)
        for log in bundle.head.logs:
            comparisons = self._comparisons(log)

            def whole(
                history: list[Recorded[Event]], log: LogPart = log, comparisons: list[Comparison] = comparisons
            ) -> None:
                for fact in history:
                    erasures.event(log.name, fact)
                for one in comparisons:
                    one.stream(history)

            self._timed(
                CheckName.STREAMS,
                lambda _, log=log, whole=whole: check_streams(  # type: ignore[misc]
                    streams, events, bundle, log, places[log.name], causes, whole
                ),
            )
            for one in comparisons:
                one.finish()
        self._uncompared()
        erasures.finish(bundle.head.log(ERASING_LOG))
        self._timed(CheckName.CAUSES, lambda check: check_causes(check, bundle, causes))

    def _comparisons(self, log: LogPart) -> list[Comparison]:
        check, found = self._checks.get(CheckName.MODELS), list[Comparison]()
        if check is None:
            return found
        for model in self._bundle.head.models:
            replay = self._replays.get((model.service, model.name))
            if replay is None:
                if model.service == log.name:
                    check.fault("model_unknown", row=model.path)
            elif replay.log == log.name:
                check.count("models")
                found.append(Comparison(check, self._bundle, log, model, replay))
        return found

    def _uncompared(self) -> None:
        """A model that the bundle lacks was not compared; nothing can be shown of a log that the bundle lacks."""
        check, head = self._checks.get(CheckName.MODELS), self._bundle.head
        if check is None:
            return
        exported = {(model.service, model.name) for model in head.models}
        for (service, name), replay in self._replays.items():
            if (service, name) not in exported:
                check.fault("model_missing", row=f"{service}/{name}")
            elif head.log(replay.log) is None:
                path = ModelPart(service=service, name=name).path
                if any(True for _ in self._bundle.lines(path)):
                    check.fault("log_missing", log=replay.log, row=path)

    def _timed(self, name: CheckName, work: Callable[[Check], T]) -> T:
        self._say(name)
        before = self._timer()
        try:
            return work(self._checks[name])
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + self._timer() - before


def verify(
    path: Path,
    replays: Replays | None,
    *,
    trust: Policy | None = None,
    kept: Path | None = None,
    other: Path | None = None,
    on_progress: Progress = lambda _: None,
) -> Report:
    """Verifies the bundle in a file. ``kept``: the folder of kept checkpoints; ``other``: a bundle that another has.

    ``replays``: ``None`` leaves the comparison with what was shown out.

    Raises:
        NotABundleError: one of the files is not a bundle.
        OSError: what was verified cannot be kept.
    """
    with ExitStack() as stack:
        bundle = stack.enter_context(Bundle(path))
        second = None if other is None else stack.enter_context(Bundle(other))
        of_kept = None if kept is None else Kept(kept)
        one = Verification(bundle, replays, trust=trust, kept=of_kept, other=second, on_progress=on_progress)
        report = one.run()
        if second is None:
            return report
        theirs = Verification(second, replays, trust=trust, on_progress=on_progress).run()
        if theirs.installation == report.installation and _logs_keys(bundle) != _logs_keys(second):
            # Without it whoever makes a bundle up with keys of their own accuses an installation of two histories.
            _other(report).fault("key_changed", name=theirs.installation)
        return report if theirs.passed else _with_theirs(report, theirs)


def known_schema(topic: str) -> bytes | None:
    """This program's schema of a topic, as a bundle has it; ``None``: it knows no such topic."""
    path = files("events") / "schemas" / f"{topic}.json"
    return path.read_bytes() if path.is_file() else None


def _other(report: Report) -> Check:
    return next(one for one in report.checks if one.name is CheckName.OTHER)


def _logs_keys(bundle: Bundle) -> Mapping[str, VerifierKey]:
    """The keys of an installation's logs as its bundle has them; without any if they cannot be read."""
    try:
        return read_policy(bundle.read(POLICY)).logs_of(bundle.head.installation)
    except PolicyError:
        return {}


def _with_theirs(report: Report, theirs: Report) -> Report:
    """The report, which says besides that the other bundle is altered."""
    check = _other(report)
    for one in theirs.checks:
        for fault in one.faults:
            where = {name: value for name, value in fault.as_json().items() if name not in {"code", "name"}}
            check.fault("other_altered", **where, name=fault.code)
    return report
