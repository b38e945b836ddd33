"""A telephone of a shelter, and the server's side of it as a test plays it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.support.fakes.reception import Reception

SHELTER = "ALB-TAP-01"
NAME, NEED = "Zyanya Tototzintle", "canary-no-quiere-volver"
"""What nobody may find on the telephone."""


@pytest.fixture
def reception() -> Reception:
    return Reception(SHELTER)


@pytest.fixture
def someone() -> Callable[[], dict[str, Any]]:
    """Makes a submission, as far as a telephone cares for what is in it."""

    def made() -> dict[str, Any]:
        return {"submission_id": str(uuid4()), "person": {"name": NAME}, "screening": {"fear_of_return": NEED}}

    return made
