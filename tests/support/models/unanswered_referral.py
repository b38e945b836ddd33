"""The escalation of a referral that nobody answers, by urgency: what fires, and when (domain.md §6)."""

from events.vocabulary import Urgency

U0, U1, U2, U3 = Urgency

UNANSWERED = {
    U0: [
        "0:05 acknowledge/on_call tells on_call",
        "0:10 acknowledge/supervisor tells supervisor",
        "0:15 acknowledge/fallback tells coordinator+fallback asking OIM",
        "1:00 expired",
        "1:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "1:30 decide/steering tells steering",
    ],
    U1: [
        "1:30 decide/reminder tells desk",
        "2:24 decide/supervisor tells supervisor",
        "3:00 expired",
        "3:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "4:30 decide/steering tells steering",
    ],
    U2: [
        "12:00 decide/reminder tells desk",
        "19:12 decide/supervisor tells supervisor",
        "24:00 expired",
        "24:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "36:00 decide/steering tells steering",
    ],
    # START is a Wednesday: five working days are seven days.
    U3: [
        "84:00 decide/reminder tells desk",
        "134:24 decide/supervisor tells supervisor",
        "168:00 expired",
        "168:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "252:00 decide/steering tells steering",
    ],
}
