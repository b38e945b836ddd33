"""Whoever reads an alert over a shoulder learns that a desk has work, and how soon; nothing about anybody."""

import asyncio
import base64
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, get_args
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import answers, vocabulary
from events.contract import Recorded
from events.notifications import AlertRaised
from events.referral import Deadlines, ReferralRequested
from events.sealed import Box
from events.vocabulary import Agency, AlertAbout, BoxClass, RiskCategory, SendingBasis, Urgency
from services.chassis.link_codes import LinkCodes
from services.chassis.programme import programme
from services.chassis.workspace import Workspace
from services.intake.submission import places
from services.notifications.channels.email import EmailChannel
from services.notifications.contacts import contacts
from services.notifications.domain import (
    HANDED_OVER,
    SUBJECT,
    SUBJECTS,
    alert_of,
    code_of,
    next_attempt,
    text_of,
    text_of_handover,
    text_of_many,
)
from services.notifications.due import Due
from services.notifications.reactions import raise_alert
from services.referral import words
from tests.harness.mailbox import SENDER, Mail, Mailbox, open_mailbox
from tests.harness.system import sample_day

THEN = datetime(2013, 6, 12, 15, 32, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(64))).decode()
TEMPLATE = re.compile(r"Tiene una canalización U[0-3] pendiente, código ([2-9A-Z]{4})")
IDENTIFIER = re.compile(r"<[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@canaliza\.invalid>")

STEMS = """
    abus aband agre albergue amenaz asesor asil asylum atencion caso child delit detenid embaraz explot famil genero
    healt hij human incident indocument kidnap libertad madre medic menor migra mujer nacional nina nino origen padre
    pelig persona proteg refug retorn robo salud secuestr sexual shelter traf trata urgenc victim violac violen woman
    """.split()  # noqa: SIM905  # one stem per line would fill pages
"""Beginnings of words that would tell a neighbour, a smuggler or a husband something."""


def plain(text: str) -> str:
    """Without accents, capitals and punctuation: as somebody reads it."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(one for one in letters if not unicodedata.combining(one))))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple | frozenset):
        for item in value:
            yield from texts(item)


def code_lists() -> Iterator[str]:
    """Every value of every list that a case, a referral or a person's answer is made of."""
    for name in vars(answers):
        yield from texts([one for one in get_args(getattr(answers, name)) if isinstance(one, str)])
    lists = [kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, StrEnum)]
    for kind in set(lists) - {Urgency, AlertAbout, StrEnum}:  # the two that every alert says
        yield from (str(member) for member in kind)


def forbidden() -> frozenset[str]:
    """All that an alert must not say, as it would be read: codes, their words in both languages, places, names."""
    day = sample_day()
    everything = [
        *code_lists(),
        *texts([words.CODES, words.FIELDS, words.FACTS]),
        *texts(programme()["shelters"]),
        *texts(programme()["agencies"]),
        *places.ALPHA_3,
        *(f"MX-{state}" for state in places.STATES_OF_MEXICO),
        *(part for one in day for part in one.get("person", {}).get("name", "").split()),
        *(one.get("person", {}).get(field, "") for one in day for field in ("document", "phone", "notes")),
        *(one["worker"] for one in day),
    ]
    return frozenset(plain(text) for text in everything if len(plain(text)) > 1)


FORBIDDEN = forbidden()
CATEGORIES = frozenset(plain(category) for category in RiskCategory)


def told(text: str) -> set[str]:
    """What a text gives away."""
    read = plain(text)
    whole = {word for word in FORBIDDEN if f" {word} " in f" {read} "}
    return whole | {stem for stem in map(plain, STEMS) if any(word.startswith(stem) for word in read.split())}


def told_by_code(code: str) -> set[str]:
    """What the four characters could be read as, by chance or not: also in the middle of them."""
    read = plain(code)
    return {word for word in FORBIDDEN if len(word) > 2 and word in read} | {one for one in CATEGORIES if one in read}


def told_by_mail(mail: Mail, to: str) -> set[str]:
    """What a mail gives away: each header is known, and nothing in it is of the case."""
    headers = {name: str(value) for name, value in mail.message.items()}
    code = TEMPLATE.fullmatch(mail.text)
    found = told(mail.text) | told(headers["Subject"]) | ({"another text"} if code is None else told_by_code(code[1]))
    expected = {
        "Content-Type": 'text/plain; charset="utf-8"',
        "MIME-Version": "1.0",
        "Content-Transfer-Encoding": headers.get("Content-Transfer-Encoding", ""),
        "Auto-Submitted": "auto-generated",
        "Subject": SUBJECT,
        "From": SENDER,
        "To": to,
        "Message-ID": headers["Message-ID"],
        "Date": headers["Date"],
    }
    found |= {name for name, value in headers.items() if expected.get(name) != value}
    found |= set() if IDENTIFIER.fullmatch(headers["Message-ID"]) else {"Message-ID"}
    assert headers.get("Content-Transfer-Encoding") in {"quoted-printable", "base64", "8bit"}
    assert abs(parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)) < timedelta(minutes=5)
    return found


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


referrals = st.builds(
    lambda number, agency, urgency, shelter, basis: Recorded(
        id=uuid5(number, "event"),
        stream=number,
        version=2,
        case=uuid5(number, "case"),
        occurred_at=THEN,
        recorded_at=THEN,
        actor="referral",
        cause=None,
        event=ReferralRequested(
            agency=agency,
            shelter=shelter,
            urgency=urgency,
            basis=basis,
            refusal_shown=True,
            deadlines=Deadlines(acknowledge_by=THEN, decide_by=THEN, serve_by=THEN),
            disclosure=Box(key=number, kind=BoxClass.SCREENING, commitment="c" * 43, sealed="s" * 64),
        ),
    ),
    st.uuids(),
    st.sampled_from(Agency),
    st.sampled_from(Urgency),
    st.sampled_from(sorted(programme()["shelters"])),
    st.sampled_from(SendingBasis),
)
"""Referrals of every agency, urgency, shelter and basis. What is sealed in one the service cannot open."""


def alert_to(referral: Recorded[ReferralRequested]) -> Recorded[Any]:
    """The alert that the reaction raises."""
    log: Any = None
    workspace = Workspace(log, lambda: THEN)
    workspace.begin(alert_of(referral.stream))
    raise_alert(referral, workspace)
    (raised,) = workspace.history(alert_of(referral.stream))
    return raised


def address_of(agency: Agency) -> tuple[str, str]:
    return next((one.code, one.ways[0].target) for one in contacts(None) if one.agency == agency)


@given(referral=referrals)
def test_an_alert_is_an_urgency_and_a_code_that_means_nothing(referral: Recorded[ReferralRequested]) -> None:
    raised = alert_to(referral)
    assert isinstance(raised.event, AlertRaised)
    fields = {"referral", "agency", "urgency", "code", "duties", "escalation", "asked", "desk", "unreached"}
    assert raised.event.model_dump().keys() == fields | {"about", "caravan"}
    text = text_of(raised.event.urgency, raised.event.code)
    assert TEMPLATE.fullmatch(text)
    assert (told(text), told(SUBJECT), told_by_code(raised.event.code)) == (set(), set(), set())


@given(
    about=st.sampled_from([AlertAbout.SILENCE, AlertAbout.ACCESS]),
    urgency=st.sampled_from(Urgency),
    language=st.sampled_from(["es", "en"]),
)
def test_of_a_silence_or_an_access_it_says_that_there_is_one(
    about: AlertAbout, urgency: Urgency, language: str
) -> None:
    text = text_of(urgency, "7F3K", language=language, about=about)
    assert told(text) == set()
    assert re.findall(r"\d+", text) == ["7", "3"]


@given(number=st.uuids())
@settings(max_examples=2000)
def test_a_code_never_spells_anything(number: UUID) -> None:
    code = code_of(number)
    assert re.fullmatch("[2-9A-Z]{4}", code)
    assert not set(code) & set("01ILOU")
    assert told_by_code(code) == set()
    assert not re.search("[A-Z]{2}", code)


@given(number=st.integers(2, 999), urgency=st.sampled_from(Urgency), language=st.sampled_from(["es", "en"]))
def test_what_is_said_of_many_is_how_many_and_how_soon(number: int, urgency: Urgency, language: str) -> None:
    text = text_of_many(number, urgency, language)
    assert told(text) <= {str(number)}, "a count may be any number, also that of an age"
    assert re.findall(r"\d+", text) == [str(number), urgency[1]]


@given(
    notice=st.sampled_from(["given", "taken"]),
    number=st.integers(0, 99),
    urgency=st.sampled_from(Urgency),
    language=st.sampled_from(["es", "en"]),
)
def test_a_change_of_shift_says_how_many_and_how_soon(
    notice: str, number: int, urgency: Urgency, language: str
) -> None:
    text = text_of_handover(notice, number, urgency, language)
    assert told(text) | told(HANDED_OVER[language]) <= {str(number)}
    assert re.findall(r"\d+", text) == [str(number), *([urgency[1]] if number else [])]


@given(referral=referrals)
def test_an_alert_in_english_says_no_more(referral: Recorded[ReferralRequested]) -> None:
    code = code_of(referral.stream)
    text = text_of(referral.event.urgency, code, language="en")
    assert text == f"You have a pending {referral.event.urgency} referral, code {code}"
    assert told(text) == set()
    assert {told_word for subject in SUBJECTS.values() for told_word in told(subject)} == set()


@given(referral=st.uuids(), days=st.integers(1, 30))
def test_a_link_is_an_opaque_code_that_says_nothing_of_the_referral_and_stays_the_same(
    referral: UUID, days: int
) -> None:
    codes, expires = LinkCodes(KEY), THEN + timedelta(days=days)
    code = codes.code(referral, expires)
    assert code == codes.code(referral, expires)
    assert re.fullmatch("[A-Za-z0-9_-]{48}", code)
    read = base64.urlsafe_b64decode(code)
    assert referral.bytes not in read
    assert referral.hex not in code
    opened = codes.read(code)
    assert opened is not None
    assert (opened.referral, opened.expires_at) == (referral, expires)
    assert LinkCodes(base64.b64encode(bytes(64)).decode()).read(code) is None


def test_codes_tell_the_pending_alerts_of_a_desk_apart() -> None:
    pending = [code_of(UUID(int=number)) for number in range(200)]
    assert len(set(pending)) >= 198


@given(referral=referrals)
@settings(max_examples=60, deadline=None)
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
    sending = channel.send(target=target, subject=SUBJECT, text=text, message_id=due.message_id)
    assert asyncio.run(sending) is None
    mail = mailbox.mails.pop()
    assert (mail.to, mail.message_id, mail.text) == ((target,), due.message_id, text)
    assert told_by_mail(mail, target) == set()
    for secret in (referral.stream, referral.case, raised.stream, referral.event.shelter):
        assert str(secret) not in mail.everything().decode()


class TestTheCheckItself:
    """Were it blind, it would find nothing either."""

    @given(word=st.sampled_from(sorted(FORBIDDEN)), referral=referrals)
    def test_a_template_that_says_one_word_of_a_list_is_found_out(
        self, word: str, referral: Recorded[ReferralRequested]
    ) -> None:
        text = text_of(referral.event.urgency, code_of(referral.stream))
        assert word in told(f"{text} ({word.upper()})")
        assert word in told(f"{word}: {text}")

    @pytest.mark.parametrize(
        "said",
        [
            "VSG", "NNA_NA", "Violencia sexual", "sexual_violence", "secuestro", "de una niña", "embarazada", "12-14",
            "72h", "GTM", "ALB-IXT-01", "Ixtepec", "Óscar", "UNICEF", "Fondo de las Naciones Unidas para la Infancia",
        ],
    )  # fmt: skip
    def test_what_must_never_be_said_is_on_the_list(self, said: str) -> None:
        assert told(f"Tiene una canalización U1 pendiente, código 7F3K, {said}")

    @pytest.mark.parametrize("code", ["PEAS", "VSG7", "7VSG", "2SM4", "GTM3", "MED9", "72H4"])
    def test_a_code_that_spells_something_is_found_out(self, code: str) -> None:
        assert told_by_code(code)

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
            "subject": SUBJECT,
            "text": "Tiene una canalización U1 pendiente, código 7F3K",
            "message_id": f"<{UUID(int=7)}@canaliza.invalid>",
        }
        for sent, harmless in ((said, True), (said | leak, False)):
            assert asyncio.run(EmailChannel(mailbox.url).send(target=target, **sent)) is None
            assert (told_by_mail(mailbox.mails.pop(), target) == set()) is harmless


attempts = st.integers(min_value=1, max_value=10_000)


class TestTheNextAttempt:
    @given(urgency=st.sampled_from(Urgency), attempt=attempts)
    def test_never_comes_at_once_and_never_sooner_than_the_one_before(self, urgency: Urgency, attempt: int) -> None:
        assert timedelta(seconds=5) <= next_attempt(urgency, attempt) <= next_attempt(urgency, attempt + 1)

    @given(attempt=attempts, pair=st.tuples(st.sampled_from(Urgency), st.sampled_from(Urgency)))
    def test_what_is_more_urgent_never_waits_longer(self, attempt: int, pair: tuple[Urgency, Urgency]) -> None:
        urgent, other = sorted(pair)
        assert next_attempt(urgent, attempt) <= next_attempt(other, attempt)

    @given(urgency=st.sampled_from(Urgency), attempt=attempts)
    def test_leaves_time_for_a_human_to_acknowledge(self, urgency: Urgency, attempt: int) -> None:
        """15 min, 1 h, 12 h and two working days (domain.md §6): a mail server that comes back is used well before."""
        acknowledge = {Urgency.U0: timedelta(minutes=15), Urgency.U1: timedelta(hours=1)}
        assert next_attempt(urgency, attempt) * 10 <= acknowledge.get(urgency, timedelta(hours=12))

    @given(urgency=st.sampled_from(Urgency))
    def test_an_alert_that_cannot_wait_is_tried_three_times_in_the_first_minute(self, urgency: Urgency) -> None:
        assert sum((next_attempt(urgency, attempt) for attempt in (1, 2)), timedelta(0)) < timedelta(minutes=1)
