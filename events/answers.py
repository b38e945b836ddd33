"""The answers of a screening, which intake validates and seals and referral's rules read.

No event contains one in clear: they are the sealed content of a box. Lists that events name in clear are in
``events.vocabulary``. A value is added, never renamed: old boxes keep it for ever.
"""

from typing import Literal

HIDDEN_ANSWERS = "carried"
"""Key in the sealed answers listing the fields the amending shelter was not allowed to see."""

HIDDEN_VALUES = "hidden_values"
"""Key in the sealed answers with the values of those fields, which go on counting."""
WRITTEN_ANSWERS = "written"
"""Key in the sealed answers with what the amending shelter wrote in those fields."""

HARM_EVENTS = "harm_events"
ABOUT_STAFF = "shelter_or_aid_worker"
"""The perpetrator of a harm event that no shelter of the case is shown."""

YesNo = Literal["yes", "no"]
YesNoUnsure = Literal["yes", "no", "unsure"]
Answer = Literal["yes", "no", "unsure", "refused"]
"""Every question about the person may be refused, and a refusal is an answer."""

AgeBand = Literal["0-5", "6-11", "12-14", "15-17", "18-24", "25-59", "60+", "unknown"]
AgeCertainty = Literal["stated", "document", "estimated"]
Accompaniment = Literal["alone", "parent_or_guardian", "other_relative", "unrelated_adult", "unknown"]
Travelling = Literal["alone", "with_children", "with_partner", "with_group", "unknown"]
Sex = Literal["F", "M", "X", "unknown"]
ProtectionStatus = Literal["none", "claimant", "refugee", "complementary"]

HarmKind = Literal[
    "robbery",
    "extortion",
    "kidnapping",
    "assault",
    "sexual_violence",
    "gender_violence",
    "threats",
    "abandonment",
    "document_taken",
]
HarmTime = Literal["ongoing", "72h", "120h", "30d", "older"]
Perpetrator = Literal[
    "common_criminal",
    "organised_group",
    "authority",
    "employer",
    "family",
    "partner",
    "smuggler",
    "fellow_traveller",
    "shelter_or_aid_worker",
    "unknown",
]
TraffickingIndicator = Literal[
    "deceived_recruitment",
    "cannot_leave",
    "documents_held",
    "debt_bondage",
    "wages_withheld",
    "threats_to_family",
    "watched",
    "sexual_services",
    "isolated",
    "underage_work",
]
SmugglingIndicator = Literal["paid_facilitator", "abandoned", "sealed_transport", "held_for_payment", "injured"]
WorkAbuse = Literal["unpaid", "confined", "injured", "child_work", "document_withheld"]

Pregnant = Literal["yes", "no", "unknown", "refused"]
Functioning = Literal["seeing", "hearing", "walking", "remembering", "self_care", "communicating"]
"""The domains of the Washington Group's short set."""
Distress = Literal["none", "distress", "acute", "ideation", "plan"]
SelfDeclared = Literal["lgbtiq"]

Departure = Literal["today", "24h", "72h", "7d", "staying", "unknown"]
SafeContact = Literal["none", "shelter_only", "voice", "sms", "messaging", "do_not_contact"]
Need = Literal[
    "legal",
    "health",
    "srh",
    "mhpss",
    "child_protection",
    "safe_accommodation",
    "family_tracing",
    "documents",
    "return",
    "livelihood",
    "food_nfi",
    "interpretation",
]

Assent = Literal["yes", "no", "not_applicable"]
BestInterestsBasis = Literal["assessment_started", "determination_made"]
