"""The rules in force as a form takes them: the policy's own data with everything that is needed to evaluate it."""

from datetime import date

from events.vocabulary import ConsentPurpose, FirstStep, RiskCategory
from services.programme.holidays import statutory_holidays
from services.referral.first_steps.domain import IF_WANTED, ORDER
from services.referral.reference.consent_rules import consent_rules
from services.referral.reference.schemas import FirstStepRules, Holidays, RulesInForce
from services.referral.routing.policy import RuleSet

FORMAT = 1
"""Of the answer; another number means that an evaluator of today would decide wrongly."""
YEARS_BEFORE, YEARS_AFTER = 15, 2
"""The years whose holidays are sent: an entry date may lie far back, and a telephone may have no network for long."""


def rules_in_force(rules: RuleSet, today: date) -> RulesInForce:
    """The rules, with the holidays of the years around this day."""
    first, last = today.year - YEARS_BEFORE, today.year + YEARS_AFTER
    days = (day for year in range(first, last + 1) for day in sorted(statutory_holidays(year)))
    return RulesInForce(
        format=FORMAT,
        version=rules.version,
        policy=dict(rules.data),
        purposes={purpose: sorted(rules.purposes[purpose]) for purpose in ConsentPurpose},
        holidays=Holidays(first_year=first, last_year=last, days=list(days)),
        first_steps=FirstStepRules(
            order=list(ORDER),
            not_for=[RiskCategory.PEAS],
            if_wanted=IF_WANTED,
            if_wanted_prosecutor=FirstStep.IF_WANTED_PROSECUTOR,
        ),
        consent=consent_rules(),
    )
