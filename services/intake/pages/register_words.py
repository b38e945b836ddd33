"""The words of the registration form: the answers of each question, and what its script says."""

from collections.abc import Mapping, Sequence

from events.vocabulary import (
    Agency,
    CaseKind,
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
    FirstStep,
    RestrictedRecipient,
)
from services.chassis.locales import Translator
from services.intake.pages.register_questions import FREQUENT, LANGUAGES, NEAR, OTHER_LANGUAGE, QUESTIONS, Question
from services.intake.reference.code_lists import NOT_COUNTRIES, choice_words, countries, places
from services.intake.submissions.document.consent import DISCLOSABLE

Options = Sequence[tuple[str, str]]
SAID_BY_SCRIPT = (
    "register.ask.always",
    "register.ask.decision",
    "register.ask.fields",
    "register.ask.given_by",
    "register.ask.how",
    "register.ask.less",
    "register.ask.read",
    "register.ask.stop",
    "register.ask.title",
    "register.ask.until",
    "register.ask.what_for",
    "register.ask.wording",
    "register.another",
    "register.bodies",
    "register.change",
    "register.choose",
    "register.consent_later",
    "register.faults",
    "register.first_steps",
    "register.if_wanted",
    "register.missing",
    "register.no_first_steps",
    "register.no_rules",
    "register.nobody_may_decide",
    "register.nobody_to_ask",
    "register.not_kept",
    "register.nothing_said",
    "register.offline",
    "register.outbox",
    "register.progress",
    "register.save",
    "register.save_hint",
    "register.saved",
    "register.saved_next",
    "register.saved_urgent",
    "register.send",
    "register.send_hint",
    "register.told.best_interests",
    "register.told.not_personal",
    "register.told.vital_interest",
    "register.until.1",
    "register.until.24",
    "register.until.6",
    "register.until.72",
    "register.until.168",
    "register.urgent.call",
    "register.who_is_told",
)
TOLD_WITHOUT_ASKING = ("best_interests", "vital_interest", "not_personal")
SPANS = (1, 6, 24, 72, 168)
"""Hours that somebody may want for deciding."""
DESKS = tuple(one for one in Agency if one is not Agency.PEAS)
"""The recipients that a person is asked about. PEAS is never shown."""
MAY_BE_EXCLUDED = (*RestrictedRecipient, *DESKS)


def options_of(say: Translator, question: Question) -> Options:
    """The answers of a question, each with its words."""
    match question.codes:
        case "kind":
            return [(one, say(f"register.kind.{one}")) for one in CaseKind]
        case "language":
            return [*LANGUAGES, (OTHER_LANGUAGE, say("register.other_language"))]
        case "country":
            return _countries(say)
        case "withhold":
            return [(one, _recipient(say, one)) for one in MAY_BE_EXCLUDED]
        case "":
            return []
        case name:
            return choice_words(say, name)


def all_options(say: Translator) -> Mapping[str, Options]:
    """The answers of every question, and of the parts of a harm event."""
    options = {one.name: options_of(say, one) for one in QUESTIONS}
    return options | {
        "harm-kind": choice_words(say, "harm_kind"),
        "harm-when": choice_words(say, "harm_time"),
        "harm-where": _near(say),
        "harm-perpetrator": choice_words(say, "perpetrator"),
    }


def said_by_script(say: Translator) -> dict[str, str]:
    """What the form's script says, by key; ``{…}`` is filled in there."""
    words = {key.removeprefix("register."): say.find(key, otherwise="") for key in SAID_BY_SCRIPT}
    coded = {
        **{f"agency.{one}": say.sentence(f"agency.{one}") for one in DESKS},
        **{f"field.{one}": say(f"register.field.{one}") for one in sorted(DISCLOSABLE)},
        **{f"who.{one}": say(f"register.who.{one}") for one in DESKS},
        **{f"first_step.{one}": say.sentence(f"first_step.{one}") for one in FirstStep},
        **{f"decision.{one}": say(f"register.decision.{one}") for one in ConsentDecision},
        **{f"given_by.{one}": say(f"register.given_by.{one}") for one in ConsentGiver},
        **{f"how.{one}": say(f"register.how.{one}") for one in ConsentForm},
        **{f"purpose.{one}": say(f"register.purpose.{one}") for one in ConsentPurpose},
    }
    return words | coded


def _countries(say: Translator) -> Options:
    listed = dict(countries(say.locale))
    near = [(code, listed[code]) for code in FREQUENT]
    rest = [(code, name) for code, name in listed.items() if code not in FREQUENT]
    return [*near, *((code, say(f"register.country.{code}")) for code in NOT_COUNTRIES), *rest]


def _near(say: Translator) -> Options:
    return [(code, name) for code, name in places(say.locale) if code in NEAR or code.startswith("MX-")]


def _recipient(say: Translator, code: str) -> str:
    if code in set(RestrictedRecipient):
        return say.sentence(f"restricted.{code}")
    return f"{code.replace('_', ' ')} · {say(f'register.who.{code}')}"
