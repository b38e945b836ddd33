"""A command that a guide gives to copy does what the guide says of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.chassis.secrets.installation import Secrets
from services.intake.leaf_nodes.envelope import public_key_of

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guides" / "leaf-node.md"


@pytest.mark.parametrize("keys", [None, "elsewhere"])
def test_the_guide_shows_the_key_to_which_a_shelter_seals(tmp_path: Path, keys: str | None) -> None:
    data, folder = tmp_path / "data", None if keys is None else tmp_path / keys
    transit_key = Secrets.load_or_create(data, folder).transit_key
    assert transit_key is not None
    (program,) = re.findall(r"`\.venv/bin/python -c '([^']+)'`", GUIDE.read_text(encoding="utf-8"))
    own = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    own |= {"CANALIZA_DATA": str(data)} | ({} if folder is None else {"CANALIZA_KEYS": str(folder)})
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == (public_key_of(transit_key), 0), done.stderr
