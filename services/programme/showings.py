"""How often one reader is recorded who is shown the same, as data (``showings.yaml``), validated at start."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.programme.policy_file import read

POLICY = Path(__file__).parent / "showings.yaml"


class ShowingPolicy(BaseModel):
    """The whole policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Annotated[str, Field(min_length=1, max_length=20)]
    remembered: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=1))]

    @classmethod
    @cache
    def load(cls, path: Path = POLICY) -> "ShowingPolicy":
        """The policy in a file.

        Raises:
            PolicyFaultsError: the file has a fault.
        """
        return read(path).validated(cls)
