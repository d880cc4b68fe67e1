"""The attacks in `attack/`, in a few of their rounds; run by hand, they go through thousands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ATTACKS = Path(__file__).parent / "attack"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "rounds", "expected"),
    [
        ("editions.py", ["--number", "10", "--edition", "1.0"], "10 corruptions, 0 bad"),
        ("kills.py", ["--clock", "15"], "15 kills: 0 lost"),
        ("nonsense.py", ["--number", "15"], "0 passed (100.0% met), 0 bad"),
    ],
)
def test_an_attack_finds_nothing(script: str, rounds: list[str], expected: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, ATTACKS / script, *rounds], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert expected in done.stdout
