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
    told = " ".join(output.decode().split())
    assert demo.returncode == 0, told[-2000:]
    assert "Se envió la canalización a la mesa de guardia de UNICEF" in told
    assert "30 casos comprobados" in told
    assert "con hoja y palabra y consintió que se hiciera cargo" in told
    assert "✓ con hoja y palabra el caso siguió a la persona" in told
    for rung in ("aviso a quien sigue de guardia", "aviso a la supervisión", "agencia de respaldo"):
        assert "OIM no ha acusado recibo: se avisó" in told
        assert f"({rung})" in told
    assert "se preguntó a ACNUR sin datos de la persona" in told
    assert "está en silencio desde" in told
    assert "volvió a responder el" in told
    for step in ("falta pedir la decisión", "nadie ha pedido la decisión", "sigue sin pedirse la decisión"):
        assert f"({step})" in told
    assert "Sobre OIM, la persona consintió" in told
    assert "La mesa de ACNUR vio lo que cambió" in told
    assert "Se avisó a la mesa de guardia de algo que cambió (ACNUR)" in told
    assert "OIM puede ayudar en lugar de ACNUR" in told
    assert "✓ casos de los que no supo nadie, ni su albergue ni la coordinación: 0 de" in told
    assert "Empezó una tarea del albergue" in told
    assert "Nada se alteró" in told
    assert "✗ referral " in told
    assert "✓ una copia alterada se encontró en el registro referral, posición" in told
    assert "✓ una persona suprimida, y toda la historia se sigue comprobando" in told
    assert "✓ un deber con plazo nació por regla, se avisó y se cumplió" in told
