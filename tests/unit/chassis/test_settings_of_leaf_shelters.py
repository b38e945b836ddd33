"""The shelters with a leaf node, as the settings list them."""

import pytest
from pydantic import ValidationError

from services.chassis.settings import Settings


def test_shelters_with_a_leaf_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANALIZA_LEAF_SHELTERS", "ALB-TAP-01, ALB-IXT-01,")
    assert Settings().leaf_shelters == ("ALB-TAP-01", "ALB-IXT-01")


@pytest.mark.parametrize("code", ["ALB.TAP", "*", "ALB >", "alb-tap-01", "-A", "A" * 40])
def test_a_code_that_would_mean_something_to_nats_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        Settings(leaf_shelters=(code,))
