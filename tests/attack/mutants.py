"""Break one module in every place in turn, and see whether its tests notice: `make mutants MODULE=_record`.

Works on a copy. Further arguments are the tests to run; by default the file named after the module. Mutants that no
test runs are counted apart. The names of those that survive are printed; `docs/mutants.md` has the figures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_COPIED = ("crisisdata", "data", "schemas", "docs", "tests")


def main(module: str, *tests: str) -> None:
    source = f"crisisdata/{module}.py"
    if not (CHECKOUT / source).is_file():
        sys.exit(f"there is no module {source}. Write MODULE=_record, or MODULE=coding/publish.")
    chosen = list(tests) or [f"tests/test_{module.rpartition('/')[2].lstrip('_')}.py"]
    with tempfile.TemporaryDirectory() as temporary:
        for name in _COPIED:
            shutil.copytree(CHECKOUT / name, Path(temporary) / name, ignore=shutil.ignore_patterns("__pycache__"))
        # Neither doctests nor pictures: what they need is not where mutmut works.
        (Path(temporary) / "pyproject.toml").write_text(
            f'[tool.mutmut]\nsource_paths = ["{source}"]\nalso_copy = {list(_COPIED)}\n'
            f'pytest_add_cli_args_test_selection = {chosen}\n[tool.pytest.ini_options]\naddopts = "--disable-socket"\n'
            'markers = ["slow: as in the checkout"]\n'
        )
        mutmut = [sys.executable, "-m", "mutmut"]
        subprocess.run([*mutmut, "run", "--max-children", str(os.cpu_count())], cwd=temporary, check=True)
        listed = subprocess.run([*mutmut, "results", "--all", "true"], cwd=temporary, capture_output=True, text=True)
    lines = [line.strip().partition(": ")[::2] for line in listed.stdout.splitlines() if ": " in line]
    print(*(f"{name}: {outcome}" for name, outcome in lines if outcome == "survived"), sep="\n")
    print(", ".join(f"{count} {outcome}" for outcome, count in Counter(outcome for _, outcome in lines).items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
