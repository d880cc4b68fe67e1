"""A part of the package whose libraries are not there says which line installs them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import CHECKOUT

EXTRAS = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
CODING = sorted(
    ".".join(file.relative_to(CHECKOUT).with_suffix("").parts)
    for file in (CHECKOUT / "crisisdata/coding").rglob("*.py")
)
_WITHOUT = """
import sys
for name in sys.argv[1].split():
    sys.modules[name] = None
try:
    exec(sys.argv[2])
except ImportError as error:
    print(type(error).__name__, error)
"""


def said_without(libraries: str, code: str, cwd: Path) -> str:
    command = [sys.executable, "-c", _WITHOUT, libraries, code]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def install_line(extra: str) -> str:
    """Return the line that works in a clone, in an installed wheel and without an index that has the package."""
    whole = [extra, *re.findall(r"crisisdata\[(\w+)\]", " ".join(EXTRAS[extra]))]
    libraries = [each for name in whole for each in EXTRAS[name] if not each.startswith("crisisdata[")]
    return f"python -m pip install '{sorted(libraries, key=str.lower)[0]}'"


@pytest.mark.parametrize(
    ("libraries", "code", "extra"),
    [
        ("pandera", "import crisisdata.coding", "coding"),
        ("yaml", "import crisisdata.coding.schema", "coding"),
        ("edtf", "from crisisdata.coding.validate import read_coding", "coding"),
        ("yaml", "import crisisdata.coding.derive.months", "coding"),
        ("pyreadstat", "import crisisdata._writers.labelled", "export"),
        ("pyreadstat", "import crisisdata as cd; cd.export('spss', 'x')", "export"),
        ("xlsxwriter", "import crisisdata as cd; cd.export('excel', 'x.xlsx')", "export"),
        ("duckdb", "import crisisdata as cd; cd.export('duckdb', 'x.duckdb')", "export"),
        ("seaborn", "import crisisdata.figures", "plot"),
        ("seaborn", "import crisisdata as cd; cd.figures", "plot"),
        ("matplotlib", "from crisisdata.figures import timeline", "plot"),
        ("fpdf", "import crisisdata._codebook_pdf", "pdf"),
        ("jinja2", "import crisisdata as cd; cd.site('x')", "site"),
        ("polars", "import crisisdata as cd; cd.load(as_='polars')", "polars"),
        ("ibis", "import crisisdata as cd, pandas as pd; cd.align(pd.DataFrame({'a': [1]}), date='a')", "events"),
    ],
)
def test_a_missing_library_says_which_line_installs_it(libraries: str, code: str, extra: str, tmp_path: Path) -> None:
    said = said_without(libraries, code, tmp_path)
    assert said.startswith("MissingDependencyError "), said
    assert f"needs {libraries}, which is not installed" in said
    assert install_line(extra) in said


def test_every_module_for_coding_says_so(tmp_path: Path) -> None:
    code = "\n".join(
        f"try:\n    import {name.removesuffix('.__init__')}\nexcept ImportError as error:\n    print(type(error).__name__)"
        for name in CODING
    )
    assert said_without("yaml", code, tmp_path).split() == ["MissingDependencyError"] * len(CODING)


@pytest.mark.parametrize(
    ("library", "arguments", "extra"), [("typer", "tables", "cli"), ("yaml", "validate x", "coding")]
)
def test_the_command_says_so_without_a_traceback(library: str, arguments: str, extra: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules[{library!r}] = None; sys.argv[1:] = {arguments.split()!r}; from crisisdata.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert install_line(extra) in done.stderr


def test_a_fault_of_ours_is_not_taken_for_a_missing_library() -> None:
    from crisisdata.errors import needs

    with pytest.raises(ImportError, match=re.escape("crisisdata.nowhere")), needs("coding", "this"):
        import crisisdata.nowhere  # type: ignore[import-not-found]  # noqa: F401
