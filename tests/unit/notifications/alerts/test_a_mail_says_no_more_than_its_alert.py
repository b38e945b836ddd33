"""A mail says no more than its alert: not in its text, its headers or its id."""

import asyncio

from hypothesis import given, settings

from events.contract import Recorded
from events.referral import ReferralRequested
from services.notifications.alerts.texts import mail_subject, text_of
from services.notifications.channels.email import EmailChannel
from services.notifications.delivery.queue import Due
from tests.support.builders.alerts import address_of, alert_to, referrals
from tests.support.fakes.mailbox import Mailbox
from tests.support.models.revealing_mails import revealed_by_mail
from tests.support.properties import examples


@given(referral=referrals)
@settings(max_examples=examples(60))
def test_a_mail_says_no_more_than_its_alert(mailbox: Mailbox, referral: Recorded[ReferralRequested]) -> None:
    raised = alert_to(referral)
    contact, target = address_of(referral.event.agency)
    due = Due(
        alert=raised.stream,
        referral=referral.stream,
        case=referral.case,
        agency=referral.event.agency,
        urgency=raised.event.urgency,
        code=raised.event.code,
        channel="email",
        contact=contact,
        target=target,
        attempts=0,
    )
    text = text_of(due.urgency, due.code)
    channel = EmailChannel(mailbox.url)
    sending = channel.send(target=target, subject=mail_subject(), text=text, message_id=due.message_id)
    assert asyncio.run(sending) is None
    mail = mailbox.mails.pop()
    assert (mail.to, mail.message_id, mail.text) == ((target,), due.message_id, text)
    assert revealed_by_mail(mail, target) == set()
    for secret in (referral.stream, referral.case, raised.stream, referral.event.shelter):
        assert str(secret) not in mail.everything().decode()
