"""What an alert's mail consists of, and a search for anything else in one."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from services.notifications.alerts.texts import mail_subject
from tests.support.fakes.mailbox import SENDER, Mail
from tests.support.models.revealing_words import revealed_by, revealed_by_code

TEMPLATE = re.compile(r"Tiene una canalización U[0-3] pendiente, código ([2-9A-Z]{4})")
IDENTIFIER = re.compile(r"<[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@canaliza\.invalid>")


def revealed_by_mail(mail: Mail, to: str) -> set[str]:
    """The forbidden words in a mail, and its unexpected headers."""
    headers = {name: str(value) for name, value in mail.message.items()}
    code = TEMPLATE.fullmatch(mail.text)
    found = (
        revealed_by(mail.text)
        | revealed_by(headers["Subject"])
        | ({"another text"} if code is None else revealed_by_code(code[1]))
    )
    expected = {
        "Content-Type": 'text/plain; charset="utf-8"',
        "MIME-Version": "1.0",
        "Content-Transfer-Encoding": headers.get("Content-Transfer-Encoding", ""),
        "Auto-Submitted": "auto-generated",
        "Subject": mail_subject(),
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
