"""Whoever starts on a PostgreSQL of their own that may lose what it acknowledged is told so."""

import pytest

from services.system import Installation
from tests.support.system.commands import typed

pytestmark = pytest.mark.slow


async def test_a_start_on_a_database_that_may_lose_what_it_acknowledged_says_so(installation: Installation) -> None:
    """The servers of the tests are such: they outlive nothing."""
    code, _, complained = await typed(installation, "migrate")
    assert code == 0, complained
    assert "! Un apagón puede perder lo que PostgreSQL confirmó: fsync = off" in complained
    assert "→ Set them to on" in complained
