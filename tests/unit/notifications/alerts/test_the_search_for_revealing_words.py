"""The search for revealing words finds what it must find."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.contract import Recorded
from events.referral import ReferralRequested
from events.vocabulary import Agency
from services.notifications.alerts.domain import code_of
from services.notifications.alerts.texts import mail_subject, text_of
from services.notifications.channels.email import EmailChannel
from tests.support.builders.alerts import address_of, referrals
from tests.support.fakes.mailbox import Mailbox
from tests.support.models.revealing_mails import revealed_by_mail
from tests.support.models.revealing_words import FORBIDDEN, revealed_by, revealed_by_code


class TestTheCheckItself:
    """Were it blind, it would find nothing either."""

    @given(word=st.sampled_from(sorted(FORBIDDEN)), referral=referrals)
    def test_a_template_that_says_one_word_of_a_list_is_found_out(
        self, word: str, referral: Recorded[ReferralRequested]
    ) -> None:
        text = text_of(referral.event.urgency, code_of(referral.stream))
        assert word in revealed_by(f"{text} ({word.upper()})")
        assert word in revealed_by(f"{word}: {text}")

    @pytest.mark.parametrize(
        "said",
        [
            "VSG", "NNA_NA", "Violencia sexual", "sexual_violence", "secuestro", "de una niña", "embarazada", "12-14",
            "72h", "GTM", "ALB-IXT-01", "Ixtepec", "Óscar", "UNICEF", "Fondo de las Naciones Unidas para la Infancia",
        ],
    )  # fmt: skip
    def test_what_must_never_be_said_is_on_the_list(self, said: str) -> None:
        assert revealed_by(f"Tiene una canalización U1 pendiente, código 7F3K, {said}")

    @pytest.mark.parametrize("code", ["PEAS", "VSG7", "7VSG", "2SM4", "GTM3", "MED9", "72H4"])
    def test_a_code_that_spells_something_is_found_out(self, code: str) -> None:
        assert revealed_by_code(code)

    @pytest.mark.parametrize(
        "leak",
        [
            {"text": "Tiene una canalización U1 pendiente, código 7F3K: VSG"},
            {"text": "Tiene una canalización U1 pendiente, código 2SM4"},
            {"subject": "Canalización pendiente: TRATA"},
            {"message_id": "<ALB-IXT-01.7F3K@canaliza.invalid>"},
        ],
        ids=lambda leak: next(iter(leak)),
    )
    def test_a_mail_that_says_more_is_found_out(self, mailbox: Mailbox, leak: dict[str, str]) -> None:
        _, target = address_of(Agency.UNICEF)
        said = {
            "subject": mail_subject(),
            "text": "Tiene una canalización U1 pendiente, código 7F3K",
            "message_id": f"<{UUID(int=7)}@canaliza.invalid>",
        }
        for sent, harmless in ((said, True), (said | leak, False)):
            assert asyncio.run(EmailChannel(mailbox.url).send(target=target, **sent)) is None
            assert (revealed_by_mail(mailbox.mails.pop(), target) == set()) is harmless
