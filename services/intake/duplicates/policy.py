"""How much one worker is shown of look-alikes, as data (``policy/duplicates.yaml``), validated at start."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.programme.policy_file import read

POLICY = Path(__file__).parents[1] / "policy" / "duplicates.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Shown(_Part):
    """How many pairs that they have not seen one worker is shown in a day in Mexico."""

    pairs_a_day: Annotated[int, Field(ge=1, le=200)]


class DuplicatePolicy(_Part):
    """The whole policy."""

    version: Annotated[str, Field(min_length=1, max_length=20)]
    shown: Shown

    @classmethod
    @cache
    def load(cls, path: Path = POLICY) -> "DuplicatePolicy":
        """The policy in a file.

        Raises:
            PolicyFaultsError: the file has a fault.
        """
        return read(path).validated(cls)
