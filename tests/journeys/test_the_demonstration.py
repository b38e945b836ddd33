"""The first thing that a newcomer sees: it checks itself, so here it only has to run and end well."""

import asyncio
import os
import sys

import pytest

pytestmark = pytest.mark.slow


async def test_a_newcomer_sees_a_child_reach_unicef_and_every_check_hold() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from services.cli import main; main()",
        "demo",
        "--exit",
        env=environment | {"COLUMNS": "120"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await demo.communicate()
    told = output.decode()
    assert demo.returncode == 0, told[-2000:]
    assert "Se envió la canalización a la mesa de guardia de UNICEF" in " ".join(told.split())
    assert "30 casos comprobados" in told
    assert "con hoja y palabra y consintió que se hiciera cargo" in " ".join(told.split())
    assert "✓ con hoja y palabra el caso siguió a la persona" in " ".join(told.split())
    for rung in ("aviso a quien sigue de guardia", "aviso a la supervisión", "agencia de respaldo"):
        assert "OIM no ha acusado recibo: se avisó" in " ".join(told.split())
        assert f"({rung})" in " ".join(told.split())
    assert "se preguntó a ACNUR sin datos de la persona" in " ".join(told.split())
    assert "está en silencio desde" in " ".join(told.split())
    assert "volvió a responder el" in " ".join(told.split())
