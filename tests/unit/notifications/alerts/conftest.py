"""What these tests share."""

from collections.abc import Iterator

import pytest

from tests.support.fakes.mailbox import Mailbox, open_mailbox


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box
