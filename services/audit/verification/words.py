"""A verification's report as lines for people, in each language asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.audit.history.lines import local_time
from services.audit.verification.domain import Check, Fault, NoteCode, Report
from services.audit.verification.erasures import PLACES
from services.chassis.locales import COMPLETE, Translator, catalogue

WORDS = catalogue(__name__)
MAX_SHOWN = 200
FINE, WRONG = "✓", "✗"


@dataclass(frozen=True, slots=True)
class CheckWords:
    """One check in words: what it looked at, what it found and where, and what is said besides."""

    passed: bool
    text: str
    faults: Sequence[str]
    notes: Sequence[str]


def checks_in_words(report: Report, locales: Sequence[str] = COMPLETE) -> list[CheckWords]:
    """Every check of a report, in each language asked for."""
    says = [WORDS(locale) for locale in locales]
    return [
        CheckWords(
            check.passed,
            _both(_checked(check, say) for say in says),
            [
                *_found(check.faults, says),
                *([_both(say("verify.more", number=check.more) for say in says)] if check.more else []),
            ],
            _found(check.notes, says),
        )
        for check in report.checks
    ]


def report_lines(report: Report, locales: Sequence[str] = COMPLETE) -> list[str]:
    """Every check with what it looked at, and below it every finding with its place; at the end the verdict."""
    says = [WORDS(locale) for locale in locales]
    at = local_time(report.made_at.isoformat(), seconds=True)
    lines = [_both(say("verify.made", installation=shown(report.installation), at=at) for say in says), ""]
    for check in checks_in_words(report, locales):
        lines.append(f"{FINE if check.passed else WRONG} {check.text}")
        lines += [f"    {WRONG} {line}" for line in check.faults]
        lines += [f"    · {line}" for line in check.notes]
    lines.append("")
    if not report.trusted:
        lines += [_both(say("verify.untrusted") for say in says), *(f"  {shown(key)}" for key in report.keys), ""]
    faults = sum(len(check.faults) + check.more for check in report.checks)
    verdict = "verify.passed" if report.passed else "verify.altered"
    lines.append(_both(say(verdict, faults=faults) for say in says))
    return lines


def shown(text: str) -> str:
    """What comes out of a bundle as it may reach a terminal or a page: printable, and not long."""
    return "".join(one if one.isprintable() else "�" for one in text[:MAX_SHOWN])


def _checked(check: Check, say: Translator) -> str:
    counts = ", ".join(f"{number:,} {say(f'verify.count.{what}')}" for what, number in check.counts.items())
    name = say(f"verify.check.{check.name}")
    return f"{name}: {counts}" if counts else name


def _found(faults: Sequence[Fault], says: Sequence[Translator]) -> list[str]:
    return [f"{_place(one)}: {_both(_sentence(one, say) for say in says)}" for one in faults]


def _sentence(fault: Fault, say: Translator) -> str:
    if fault.code is NoteCode.ERASED:
        basis = say.find(f"erasure.{fault.name}", otherwise=shown(fault.name or ""))
        return say("verify.note.erased", date=fault.row, basis=basis, boxes=fault.version)
    values = {"name": shown(fault.name or ""), "position": fault.position}
    if isinstance(fault.code, NoteCode):
        return say(f"verify.note.{fault.code}", **values)
    sentence = say(f"verify.fault.{fault.code}", **values)
    return f"{sentence}: {say(f'verify.place.{fault.field}')}" if fault.field in PLACES else sentence


def _place(fault: Fault) -> str:
    """Where it is, as far as it is known."""
    until = "" if fault.until is None else f"-{fault.until}"
    erased = fault.code is NoteCode.ERASED
    parts = [
        fault.log,
        None if fault.position is None else f"{fault.position}{until}",
        fault.topic,
        fault.stream if fault.version is None or erased else f"{fault.stream} v{fault.version}",
        None if erased or fault.row is None else f"{fault.row}{'' if fault.field is None else f' {fault.field}'}",
        None if fault.log and fault.position else fault.path,
    ]
    return shown(" ".join(part for part in parts if part)) or "—"


def _both(sentences: Iterable[str]) -> str:
    return " · ".join(dict.fromkeys(sentences))
