"""Execute the notebooks anew; with --check, say which of them a new run would change.

A notebook on data that the package may not hold reads them where an environment variable says; it is skipped where that
is not set.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(file: Path) -> nbformat.NotebookNode:
    """Return a notebook as a new run leaves it."""
    notebook = nbformat.read(file, as_version=4)
    with TemporaryDirectory() as sockets:
        # Kernel and client speak over files: no port is opened, not even on this machine alone.
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}})
        place = {"metadata": {"path": str(FOLDER)}}
        client = NotebookClient(notebook, config=config, timeout=300, record_timing=False, resources=place)
        executed = client.execute()
    executed.metadata = nbformat.from_dict(METADATA)
    return executed


def lacking(file: Path) -> list[str]:
    """Return the variables that a notebook needs for its data and that are not set."""
    code = "".join(cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code")
    return [name for name in re.findall(r'os\.environ\.get\("(\w+)"', code) if name not in os.environ]


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what each cell printed or gave as text; pictures are guarded by tests of their own."""
    return [
        "".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(FOLDER.glob("*.ipynb")))
    parser.add_argument("--check", action="store_true", help="write nothing; fail where an output differs")
    arguments = parser.parse_args()
    stale = []
    for file in arguments.notebooks:
        if unset := lacking(file):
            print(f"skipped {file.name}: set {' and '.join(unset)} to the paths of its data")
            continue
        new = execute(file)
        if not arguments.check:
            nbformat.write(new, file)
            print(f"executed {file.name}")
            continue
        pairs = enumerate(zip(texts(nbformat.read(file, as_version=4)), texts(new), strict=True), start=1)
        cells = [str(number) for number, (old, again) in pairs if old != again]
        if cells:
            stale.append(f"{file.name}: a new run changes the output of code cell {', '.join(cells)}")
    if stale:
        print("\n".join(stale), "run: make notebooks", sep="\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
