"""Says an explanation in words: the rule's condition, what decided each step, and what would have changed it."""

from events.vocabulary import BlockReason, SendingBasis, WithdrawalReason
from services.audit.explanations.domain import Raise, Recipient, Why
from services.audit.explanations.policy import KeptRule
from services.audit.prose.glossary import WORDS, in_mexico
from services.chassis.ids import short_code
from services.chassis.locales import ENGLISH, Translator
from services.programme.condition_words import Language, describe, unwrapped
from services.programme.conditions import Condition

OF_A_CODE = {
    "sent": "basis",
    "sent_against": "basis",
    "blocked": "block",
    "declined": "decline",
    "withdrawn": "withdrawal",
    "named": "urgency",
    "raised": "urgency",
    "followed": "urgency",
    "replaced": "urgency",
    "reassessed": "urgency",
}
"""The glossary's group of the code that decided, by what was decided."""
WHATS = (*OF_A_CODE, "shortened", "expired", "rerouted", "lapsed", "frozen", "unconfirmed")
"""Everything that is explained about a referral; each is the end of its text's key."""
OTHERWISE = (
    *("not_named", "shortened", "reassessed", "declined", "expired", "rerouted", "lapsed", "frozen", "unconfirmed"),
    *(f"sent.{basis}" for basis in SendingBasis),
    *(f"blocked.{reason}" for reason in BlockReason),
    *(f"withdrawn.{reason}" for reason in WithdrawalReason),
)
"""Everything that would have changed a step; likewise."""


def spoken(language: str) -> Language:
    """The language of a condition's words: one of the two that they are complete in."""
    return "en" if language == ENGLISH else "es"


def rule_in_words(rule: KeptRule, language: str) -> str:
    """What a rule is about, as it was adopted."""
    return rule.en if spoken(language) == "en" else rule.es


def condition_in_words(condition: Condition, language: str) -> str:
    """A condition, without brackets around the whole of it."""
    return unwrapped(describe(condition, spoken(language)))


def raise_in_words(one: Raise, language: str) -> str:
    """What makes a rule's case more urgent, and whether it did."""
    say = WORDS(language)
    key = {True: "explained.raise_decided", False: "explained.raise_not", None: "explained.raise_unknown"}[one.decided]
    return say(key, urgency=urgency_of(one.to, say), condition=condition_in_words(one.condition, language))


def recipient_in_words(one: Recipient, language: str) -> str:
    """An agency that a rule leads to, and on what further condition."""
    say = WORDS(language)
    if one.condition is None:
        return say("explained.leads" if one.lead else "explained.also", agency=one.agency)
    return say("explained.also_if", agency=one.agency, condition=condition_in_words(one.condition, language))


def why_in_words(one: Why, language: str) -> str:
    """What decided a step of a referral."""
    say = WORDS(language)
    group = OF_A_CODE.get(one.what)
    code = "" if group is None or one.code is None else say(f"{group}.{one.code}")
    return say.sentence(
        f"why.{one.what}",
        code=f"{one.code} ({code})" if group == "urgency" else code,
        agency=one.agency,
        receipt="" if one.receipt is None else say("explained.by_receipt", receipt=short_code(one.receipt)),
        deadline="" if one.deadline is None else in_mexico(one.deadline),
        usual="" if one.usual is None else in_mexico(one.usual),
    )


def otherwise_in_words(one: Why, language: str) -> list[str]:
    """What would have changed a step: one sentence for each thing."""
    say = WORDS(language)
    deadline = "" if one.usual is None else in_mexico(one.usual)
    said = [say(f"otherwise.{key}", agency=one.agency, usual=deadline) for key in one.otherwise]
    for key, conditions in (("explained.if_not", one.held), ("explained.more_urgent", one.conditions)):
        said += [
            say(key, urgency=urgency_of(to, say), condition=condition_in_words(condition, language))
            for to, condition in conditions
        ]
    return said


def urgency_of(code: str, say: Translator) -> str:
    """A class of urgency with its word."""
    return f"{code} ({say(f'urgency.{code}')})"
