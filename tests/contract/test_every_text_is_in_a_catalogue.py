"""Every key has its words in Spanish and English, every word has its use, and no translation loses a placeholder."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import services
from events import vocabulary as v
from events.contract import Event
from events.notifications import ContactsChanged, WebhookChanged
from events.referral import ReferralFact
from services.audit.bundles.errors import BundleFault
from services.audit.explanations.words import OTHERWISE, WHATS
from services.audit.knowledge.domain import Closing, Standing
from services.audit.ledger.domain import Inconsistency
from services.audit.ledger.keys import LOGS as SEALED_LOGS
from services.audit.pages.alert_trails import TONES
from services.audit.prose.people import WRITTEN_DOWN
from services.audit.prose.referral import POLICIES
from services.audit.reconciliation.domain import WhyMissing
from services.audit.time_machine.clocks import STATES
from services.audit.time_machine.times import By
from services.audit.trace.projections import READ
from services.audit.verification.domain import COUNTED, CheckName, FaultCode, NoteCode
from services.audit.verification.erasures import PLACES
from services.audit.verification.uploads import Agreement
from services.audit.witnesses.commands import WitnessFault
from services.chassis.errors import ServiceError
from services.chassis.identity.zones import ZONES, code_of_zone
from services.chassis.locales import COMPLETE, SPANISH, Catalogue, Text, catalogue, glossary
from services.chassis.runtime.words import CODES as HEALTH_CODES
from services.chassis.web.problems import status_codes
from services.directory import phones
from services.doctor import domain as doctored
from services.intake.case_list.domain import Waiting
from services.intake.case_timeline.clocks import AWAITED
from services.intake.case_timeline.domain import DID, IN_OTHER_WORDS, NOT_TOLD
from services.intake.devices.schemas import RecordState
from services.intake.duplicates.domain import DuplicateReason
from services.intake.erasures.schemas import DueErasure
from services.intake.identity.domain import IdentityField
from services.intake.pages import amend_form, case_choices
from services.intake.pages import register_questions as form
from services.intake.pages.register_words import DESKS
from services.intake.reference.code_lists import CHOICES, NOT_COUNTRIES
from services.intake.restricted_contacts.schemas import RestrictedContactItem
from services.intake.routing.domain import RoutingState
from services.intake.submissions.document import faults
from services.intake.submissions.document.consent import DISCLOSABLE
from services.intake.submissions.domain import CaseChange
from services.notifications.alerts.inbox import Which
from services.notifications.channel_tests.domain import ChannelTest
from services.notifications.channels.kinds import KINDS
from services.referral.disclosures.messages import TEXT_FIELD
from services.referral.lifecycle.schemas import BODIES
from services.referral.pages import board_filters, board_rows, capacity, coordination, export_table
from services.referral.pages.attempts import IN_OWN_WORDS
from services.referral.pages.clocks import CLOCKS
from services.referral.pages.steps import AT_ONCE
from services.referral.routing.policy import load_rules
from services.referral.timeline.unseen import ChangeKind
from services.referral.what_if.schemas import RunState
from services.referral.what_if.words import ASSUMED

ROOT = Path(services.__file__).parent
SERVICES = sorted(folder.parent.name for folder in ROOT.glob("*/locale"))
NAMES = [*SERVICES, "glossary"]
BY_KEY = {"say", "both", "plural", "first", "find", "sentence"}
"""What a translator is called by, in the code and in the templates; its arguments by position are keys."""
IN_TEMPLATE = re.compile(r"""["']([a-z_]+\.(?!html|css|js|svg|webmanifest)[a-z_.]*)["'](\s*~)?""")
"""A key, or the beginning of one, in a template."""


def of(name: str) -> Catalogue:
    return glossary() if name == "glossary" else catalogue(f"services.{name}")


def own(name: str, locale: str = SPANISH) -> Mapping[str, Text]:
    return of(name).own(locale)


def placeholders(text: Text) -> set[frozenset[str]]:
    """The named placeholders of each of its forms."""
    return {frozenset(name for _, name, _, _ in Formatter().parse(form) if name is not None) for form in text.forms}


@cache
def errors() -> tuple[type[ServiceError], ...]:
    """Every kind of error that any service defines."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        importlib.import_module(module.name)
    return (ServiceError, *_below(ServiceError))


def _below(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("services."):
            yield one
            yield from _below(one)


def names_of(kind: type[Event]) -> set[str]:
    """The names of the events of a kind."""
    below = {name for one in kind.__subclasses__() for name in names_of(one)}
    return below | ({kind.NAME} if "NAME" in vars(kind) else set())


def facts_of(kind: type[Event]) -> set[type[Event]]:
    """The events of a kind."""
    below = {fact for one in kind.__subclasses__() for fact in facts_of(one)}
    return below | ({kind} if "NAME" in vars(kind) else set())


def literals(event: type[Event], field: str) -> set[str]:
    """The codes that a field of an event may have."""

    def within(annotation: object) -> Iterator[str]:
        yield from [annotation] if isinstance(annotation, str) else []
        for part in get_args(annotation):
            yield from within(part)

    return set(within(event.model_fields[field].annotation))


GLOSSARY: Mapping[str, Iterable[str]] = {
    "about.": v.AlertAbout,
    "agency.": v.Agency,
    "alarm_scope.": v.AlarmScope,
    "audit_view.": v.AuditView,
    "authority.": v.Authority,
    "basis.": v.SendingBasis,
    "block.": v.BlockReason,
    "capacity.": v.Capacity,
    "caravan_end.": v.CaravanEnd,
    "caravan_reason.": v.CaravanReason,
    "category.": v.RiskCategory,
    "channel.": sorted(KINDS),
    "choice.": [f"{name}.{code}" for name, codes in CHOICES.items() for code in codes],
    "clock.": v.ReferralClock,
    "confirmation.": v.Confirmation,
    "confirmed_by.": v.ConfirmedBy,
    "consent.": v.ConsentDecision,
    "consent_form.": v.ConsentForm,
    "consent_giver.": v.ConsentGiver,
    "contacts_change.": literals(ContactsChanged, "change"),
    "contest.": v.ContestReason,
    "contest_decision.": v.ContestDecision,
    "decline.": v.DeclineReason,
    "demand_answer.": v.DemandAnswer,
    "demanded.": v.DemandedThing,
    "duty.": v.Duty,
    "erasure.": v.ErasureBasis,
    "export_purpose.": v.ExportPurpose,
    "export_selection.": v.ExportSelection,
    "first_step.": v.FirstStep,
    "identity_field.": IdentityField,
    "identity_purpose.": v.IdentityPurpose,
    "kind.": v.CaseKind,
    "milestone.": v.Milestone,
    "missing_number.": WhyMissing,
    "tampering.": v.Tampering,
    "obligation.": v.Obligation,
    "obligation_owner.": v.ObligationOwner,
    "obligation_result.": v.ObligationResult,
    "outcome.": v.Outcome,
    "override.": v.OverrideBasis,
    "plain.basis.": v.SendingBasis,
    "plain.decline.": v.DeclineReason,
    "plain.state.": v.ReferralState,
    "plain.urgency.": v.Urgency,
    "policy.": POLICIES,
    "purpose.": v.ConsentPurpose,
    "read_for.": v.ReadPurpose,
    "renewal.": v.RenewalReason,
    "restricted.": v.RestrictedRecipient,
    "role.": v.Role,
    "same_person.": v.SamePerson,
    "shown_view.": v.ShownView,
    "silence_measure.": v.SilenceMeasure,
    "state.": v.ReferralState,
    "urgency.": v.Urgency,
    "verdict.": v.ReviewVerdict,
    "watched.": v.Watched,
    "renewed_secret.": v.RenewedSecret,
    "webhook_change.": literals(WebhookChanged, "change"),
    "webhook_why.": literals(WebhookChanged, "reason"),
    "withdrawal.": v.WithdrawalReason,
    "withdrawal_check.": v.WithdrawalAnswer,
}
"""The glossary: every beginning of its keys, and the codes that have words there."""
GLOSSARY_OF_POLICIES = {"answer.", "field.", "rung."}
"""Beginnings whose codes come from a policy file, which may add to them."""
NEVER_READ = {v.BoxClass: "of two keys of one person; nobody is shown which", v.HelpAnswer: "a part of Confirmation"}
IN_WORDS = BODIES.keys() - AT_ONCE
"""The steps whose form says what they mean."""
OF_ONE_REFERRAL: Mapping[tuple[str, str], Iterable[str]] = {
    ("referral", "asked_answer."): ("offered", "unavailable"),
    ("referral", "change."): ChangeKind,
    ("referral", "contest_do."): v.ContestDecision,
    ("referral", "contest_means."): v.ContestDecision,
    ("referral", "due."): CLOCKS,
    ("referral", "happened."): {name.removeprefix("referral.") for name in names_of(ReferralFact)},
    ("referral", "message_kind."): set(TEXT_FIELD.values()),
    ("referral", "step."): BODIES,
    ("referral", "step_do."): IN_WORDS,
    ("referral", "step_hint."): IN_OWN_WORDS,
    ("referral", "step_means."): IN_WORDS,
    ("referral", "step_text."): IN_OWN_WORDS,
}
"""What the page of one referral puts together."""
OF_THE_FORM: Mapping[tuple[str, str], Iterable[str]] = {
    ("intake", "paper.only."): ("told", "child"),
    ("intake", "register.country."): NOT_COUNTRIES,
    ("intake", "register.decision."): v.ConsentDecision,
    ("intake", "register.field."): DISCLOSABLE,
    ("intake", "register.given_by."): v.ConsentGiver,
    ("intake", "register.harm."): (*form.HARM, "row", "add", "remove"),
    ("intake", "register.hint."): (*(one.name for one in form.QUESTIONS if one.hint), "worker"),
    ("intake", "register.how."): v.ConsentForm,
    ("intake", "register.kind."): v.CaseKind,
    ("intake", "register.lead."): [step.name for step in form.STEPS],
    ("intake", "register.purpose."): v.ConsentPurpose,
    ("intake", "register.q."): (*(one.name for one in form.QUESTIONS), *form.LATE),
    ("intake", "register.step."): (*(step.name for step in form.STEPS), "review", "first", "save"),
    ("intake", "register.who."): DESKS,
}
"""What the registration form puts together."""
ELSEWHERE = (*NOT_TOLD, *IN_OTHER_WORDS)
OF_ONE_CASE: Mapping[tuple[str, str], Iterable[str]] = {
    ("intake", "case.authority_state."): get_args(RestrictedContactItem.model_fields["state"].annotation),
    ("intake", "case.awaits."): AWAITED,
    ("intake", "case.changed."): CaseChange,
    ("intake", "case.check."): v.WithdrawalAnswer,
    ("intake", "case.did."): DID,
    ("intake", "case.group."): [group.name for group in amend_form.GROUPS],
    ("intake", "case.happened."): {
        kind.NAME.removeprefix("referral.") for kind in facts_of(ReferralFact) if not issubclass(kind, ELSEWHERE)
    },
    ("intake", "case.harm."): amend_form.HARM,
    ("intake", "case.said."): case_choices.ASKABLE,
    ("intake", "case.scope."): case_choices.SCOPES,
    ("intake", "case.waits."): Waiting,
}
"""What the page of a shelter's case puts together."""
GROUPS: Mapping[tuple[str, str], Iterable[str]] = {
    **OF_ONE_REFERRAL,
    **OF_THE_FORM,
    **OF_ONE_CASE,
    ("intake", "fault."): faults.FAULT_CODES,
    ("intake", "alike.do."): v.SamePerson,
    ("intake", "alike.means."): v.SamePerson,
    ("intake", "alike.reason."): DuplicateReason,
    ("intake", "demand.means."): v.DemandAnswer,
    ("intake", "devices.state."): RecordState,
    ("intake", "missing."): v.BlockReason,
    ("intake", "routing."): RoutingState,
    ("notifications", "alert.about."): v.AlertAbout,
    ("notifications", "alerts.caption."): get_args(Which),
    ("notifications", "alerts.nothing."): get_args(Which),
    ("notifications", "channels.result."): get_args(ChannelTest.__annotations__["result"]),
    ("referral", "export.column."): [name for name, _ in export_table.COLUMNS],
    ("chassis", "language."): COMPLETE,
    ("chassis", "zone."): tuple(map(code_of_zone, ZONES)),
    ("referral", "board.next."): board_rows.NEXT,
    ("referral", "board.view."): [one.name.lower() for one in board_filters.View],
    ("chassis", "health."): HEALTH_CODES,
    ("audit", "bundle_agreement."): Agreement,
    ("audit", "bundle_fault."): BundleFault,
    ("audit", "audit.moment.as_"): (*By, "now"),
    ("audit", "audit.running."): STATES,
    ("audit", "closing."): Closing,
    ("audit", "contact."): sorted(WRITTEN_DOWN),
    ("audit", "duty_to."): v.Duty,
    ("audit", "otherwise."): OTHERWISE,
    ("audit", "log."): READ,
    ("audit", "result."): (*TONES, "other"),
    ("audit", "standing."): Standing,
    ("audit", "verify.check."): CheckName,
    ("audit", "verify.count."): COUNTED,
    ("audit", "verify.fault."): FaultCode,
    ("audit", "verify.note."): NoteCode,
    ("audit", "verify.place."): PLACES,
    ("audit", "why."): WHATS,
    ("audit", "seal_log."): SEALED_LOGS,
    ("audit", "seal_problem."): Inconsistency,
    ("audit", "seal_state."): ("inconsistent", "nothing", "late", "sealed", "witnessed"),
    ("audit", "witness_state."): ("cosigned", "behind", "never", *WitnessFault),
    ("referral", "access.means."): v.OverrideBasis,
    ("referral", "access.verdict_means."): v.ReviewVerdict,
    ("referral", "coordination.caption."): (*coordination.LISTS, "sin-canalizar"),
    ("referral", "coordination.clock."): (*coordination.CLOCKS, v.ReferralClock.FREEZE),
    ("referral", "coordination.question_of."): (*coordination.LISTS, "sin-canalizar"),
    ("referral", "coordination.title_of."): coordination.LISTS,
    ("referral", "duties.means."): v.ObligationResult,
    ("referral", "room.answer_means."): capacity.ANSWERS,
    ("referral", "room.shelter_means."): capacity.ANSWERS,
    ("referral", "what_if.assumed."): ASSUMED,
    ("referral", "what_if.state."): RunState,
    ("cli", "moment."): (*By, "late", "read", "number"),
    ("cli", "due."): get_args(DueErasure.model_fields["kind"].annotation),
    ("cli", "erased."): ("boxes", "refused_documents", "slips", "open_referrals"),
    ("directory", "day."): phones.DAYS,
    ("doctor", "holds."): doctored.Code,
    ("doctor", "fault."): doctored.Code,
    ("doctor", "fix."): doctored.Code,
    ("doctor", "why."): doctored.Why,
    ("doctor", "level."): doctored.Level,
    ("doctor", "remedy."): HEALTH_CODES,
}
"""Keys that the code puts together from a beginning and a code, outside the glossary: which codes there are."""
OPEN = {
    ("audit", "refused."),
    ("chassis", "done."),
    ("chassis", "field_fault."),
    ("chassis", "field_label."),
    ("chassis", "page.what_now."),
    ("intake", "document_field."),
    ("intake", "page_fault."),
    ("intake", "refusal."),
    ("intake", "stored_fault."),
    ("referral", "answer_of."),
    ("programme", "fact."),
    ("referral", "tongue."),
    ("referral", "region."),
}
"""Beginnings whose codes a programme may add to: there is a text for what has none, and
``test_prose_has_words_for_every_code`` and ``test_explain`` look at those that come with the program."""


@cache
def used(name: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The keys that a service asks for, the beginnings of those it puts together, and every string in its code."""
    asked, begun, strings = set[str](), set[str](), set[str]()
    for path in (ROOT / name).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
            if isinstance(node, ast.Call) and _called(node.func) in BY_KEY:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        asked.add(argument.value)
                    if isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
                        begun.add(str(argument.values[0].value))
    for path in (ROOT / name).rglob("*.html"):
        for key, continues in IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
            (begun if continues else asked).add(key)
    return frozenset(asked), frozenset(begun), frozenset(strings)


def _called(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_there_in_spanish_and_english(name: str) -> None:
    assert own(name)
    for locale in COMPLETE:
        assert own(name, locale).keys() == own(name).keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_further_language_translates_nothing_that_does_not_exist(name: str) -> None:
    for locale in of(name).locales:
        assert own(name, locale).keys() <= own(name).keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_language_fills_in_the_same_and_nothing_but_plain_names(name: str) -> None:
    for locale in of(name).locales:
        for key, text in own(name, locale).items():
            assert len(placeholders(text) | placeholders(own(name)[key])) == 1, f"{locale}: {key}"
            assert all(each.isidentifier() for filled in placeholders(text) for each in filled), f"{locale}: {key}"


@pytest.mark.parametrize("name", NAMES)
def test_a_further_languages_gaps_are_read_in_spanish(name: str) -> None:
    for locale in of(name).locales:
        assert {key: of(name)(locale).texts[key] for key in own(name).keys() - own(name, locale).keys()} == {
            key: own(name)[key] for key in own(name).keys() - own(name, locale).keys()
        }


@pytest.mark.parametrize("name", SERVICES)
def test_every_key_that_the_code_asks_for_has_words(name: str) -> None:
    asked, begun, strings = used(name)
    known = of(name)(SPANISH).texts.keys()
    handed_on = {text for text in strings if text.startswith(("prose.", "explain.", "hsds.", "stranded."))}
    assert {key for key in asked | handed_on if "." in key} <= known
    empty = {begin for begin in begun if not any(key.startswith(begin) for key in known)}
    assert empty <= {begin for service, begin in OPEN if service == name}


def test_every_code_that_a_key_is_put_together_with_has_words() -> None:
    for (name, begin), codes in GROUPS.items():
        found = {key.removeprefix(begin) for key in own(name) if key.startswith(begin)}
        assert found == {str(code) for code in codes}, (name, begin)


def test_the_glossary_has_words_for_every_code_and_for_nothing_else() -> None:
    for begin, codes in GLOSSARY.items():
        found = {key.removeprefix(begin) for key in own("glossary") if key.startswith(begin)}
        assert found == {str(code) for code in codes}, begin
    assert {key for key in own("glossary") if not key.startswith((*GLOSSARY, *GLOSSARY_OF_POLICIES))} == set()


def test_every_list_of_codes_that_a_person_may_read_is_in_the_glossary() -> None:
    lists = {one for one in vars(v).values() if isinstance(one, type) and issubclass(one, StrEnum)} - {StrEnum}
    worded = {codes for codes in GLOSSARY.values() if isinstance(codes, type)}
    assert lists - worded == NEVER_READ.keys()


def test_no_service_says_a_code_otherwise_than_the_glossary() -> None:
    for name in SERVICES:
        assert own(name).keys() & own("glossary").keys() == set(), name
        assert not [key for key in own(name) if key.startswith((*GLOSSARY, *GLOSSARY_OF_POLICIES))], name


def test_a_category_has_the_words_of_its_rule() -> None:
    """The command line does not read the rules: a system it asks may be elsewhere."""
    for locale in COMPLETE:
        found = own("glossary", locale).items()
        words = {key: text.forms[0] for key, text in found if key.startswith("category.")}
        assert words == {f"category.{rule.code}": getattr(rule, locale) for rule in load_rules().policy.rules}


def test_every_key_that_is_put_together_is_of_a_list_that_is_looked_at() -> None:
    begun = {(name, begin) for name in SERVICES for begin in used(name)[1]} - {("chassis", "problem.")}
    of_the_glossary = GLOSSARY.keys() | GLOSSARY_OF_POLICIES
    assert {(name, begin) for name, begin in begun if begin not in of_the_glossary} == GROUPS.keys() | OPEN


@pytest.mark.parametrize("name", SERVICES)
def test_no_text_lies_there_without_a_use(name: str) -> None:
    users = SERVICES if name == "chassis" else [name]
    needed = {text for user in users for part in (used(user)[0], used(user)[2]) for text in part}
    # The frame of every page puts together keys that each service has words for, such as what was done.
    begins = tuple(begin for user in {*users, "chassis"} for begin in used(user)[1] if begin != "problem.")
    problems = {f"problem.{error.code}" for error in errors() if error.__module__.startswith(f"services.{name}.")}
    problems |= {f"problem.{code}" for code in status_codes()} if name == "chassis" else set()
    assert {key for key in own(name) if key not in needed | problems and not key.startswith(begins)} == set()


def test_every_problem_has_words_of_its_own() -> None:
    assert len(errors()) > 50
    for error in errors():
        key = f"problem.{error.code}"
        assert key in catalogue(error.__module__)(SPANISH).texts, f"{error.__module__}: no words for {key}"
    assert {f"problem.{code}" for code in status_codes()} <= own("chassis").keys()


def test_what_a_problem_says_fills_nothing_in_and_is_a_sentence() -> None:
    for name in NAMES:
        for locale in of(name).locales:
            for key, text in own(name, locale).items():
                if key.startswith("problem."):
                    assert placeholders(text) == {frozenset()}
                    assert text.forms[0].endswith("."), f"{locale}: {key}"
