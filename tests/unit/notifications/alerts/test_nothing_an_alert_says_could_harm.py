"""A stranger who reads an alert learns that a desk has work, and how soon; nothing about a person."""

import re

from hypothesis import given
from hypothesis import strategies as st

from events.contract import Recorded
from events.notifications import AlertRaised
from events.referral import ReferralRequested
from events.vocabulary import AlertAbout, Urgency
from services.chassis.locales import COMPLETE
from services.notifications.alerts.domain import code_of
from services.notifications.alerts.texts import mail_subject, text_of, text_of_many, text_of_notice
from tests.support.builders.alerts import alert_to, referrals
from tests.support.models.revealing_mails import TEMPLATE
from tests.support.models.revealing_words import revealed_by, revealed_by_code


@given(referral=referrals)
def test_an_alert_is_an_urgency_and_a_code_that_means_nothing(referral: Recorded[ReferralRequested]) -> None:
    raised = alert_to(referral)
    assert isinstance(raised.event, AlertRaised)
    fields = {"referral", "agency", "urgency", "code", "duties", "escalation", "asked", "desk", "unreached"}
    further = {"about", "caravan", "formerly", "shelter", "not_before", "not_by"}
    assert raised.event.model_dump().keys() == fields | further
    text = text_of(raised.event.urgency, raised.event.code)
    assert TEMPLATE.fullmatch(text)
    assert (revealed_by(text), revealed_by(mail_subject()), revealed_by_code(raised.event.code)) == (
        set(),
        set(),
        set(),
    )


@given(
    about=st.sampled_from(sorted(set(AlertAbout) - {AlertAbout.REFERRAL, AlertAbout.CHANGE})),
    urgency=st.sampled_from(Urgency),
    language=st.sampled_from(["es", "en"]),
)
def test_an_alert_about_anything_else_says_only_that_there_is_one(
    about: AlertAbout, urgency: Urgency, language: str
) -> None:
    text = text_of(urgency, "7F3K", language=language, about=about)
    assert revealed_by(text) == set()
    assert re.findall(r"\d+", text) == ["7", "3"]


@given(urgency=st.sampled_from(Urgency), language=st.sampled_from(["es", "en"]))
def test_an_alert_to_a_change_says_neither_what_changed_nor_of_whom(urgency: Urgency, language: str) -> None:
    text = text_of(urgency, "7F3K", language=language, about=AlertAbout.CHANGE)
    assert revealed_by(text) == set()
    assert re.findall(r"\d+", text) == [urgency[1], "7", "3"]


@given(number=st.integers(2, 999), urgency=st.sampled_from(Urgency), language=st.sampled_from(["es", "en"]))
def test_a_grouped_alert_says_only_how_many_and_how_soon(number: int, urgency: Urgency, language: str) -> None:
    text = text_of_many(number, urgency, language)
    assert revealed_by(text) <= {str(number)}, "a count may be any number, also that of an age"
    assert re.findall(r"\d+", text) == [str(number), urgency[1]]


@given(
    notice=st.sampled_from(["given", "taken"]),
    number=st.integers(0, 99),
    urgency=st.sampled_from(Urgency),
    language=st.sampled_from(["es", "en"]),
)
def test_a_shift_handover_says_only_how_many_and_how_soon(
    notice: str, number: int, urgency: Urgency, language: str
) -> None:
    text = text_of_notice(notice, number, urgency, language)
    assert revealed_by(text) | revealed_by(mail_subject(notice, language)) <= {str(number)}
    assert re.findall(r"\d+", text) == [str(number), *([urgency[1]] if number else [])]


@given(referral=referrals)
def test_an_alert_in_english_says_no_more(referral: Recorded[ReferralRequested]) -> None:
    code = code_of(referral.stream)
    text = text_of(referral.event.urgency, code, language="en")
    assert text == f"You have a pending {referral.event.urgency} referral, code {code}"
    assert revealed_by(text) == set()
    assert {word for language in COMPLETE for word in revealed_by(mail_subject(None, language))} == set()
