"""A projection cannot change unnoticed: whoever changes one says whether its tables must be filled again."""

import json

from services.system import MODELS
from tests.contract.read_model_pins import PINNED, essence, pins


def test_a_projection_that_changed_is_pinned_again_with_its_version() -> None:
    """Red: does the change give other rows? Then ``ReadModel(version=…)`` is one more. Then make the pins again."""
    assert json.loads(PINNED.read_text()) == pins()


def test_a_comment_is_no_change_and_another_row_is() -> None:
    one = 'def f(x):\n    """Fills."""\n    # why\n    return x + 1\n'
    assert essence(one) == essence("def f(x):\n\n    return x + 1\n")
    assert essence(one) != essence("def f(x):\n    return x + 2\n")


def test_no_two_models_of_a_service_have_one_name() -> None:
    for models in MODELS.values():
        assert len({model.name for model in models}) == len(models)
