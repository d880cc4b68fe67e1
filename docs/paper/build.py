"""Draw the figures of the paper and build it as a PDF.

Usage: ``python docs/paper/build.py [PDF]``; without a path it writes ``build/paper/crisisdata.pdf``. Needs the extras
``plot`` and ``paper``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import typst
from matplotlib.axes import Axes

import crisisdata as cd

FOLDER = Path(__file__).resolve().parent
CHECKOUT = FOLDER.parents[1]
FIGURES = CHECKOUT / "build" / "paper"
PAIR = ["mli-2020-08", "mli-2021-05"]

DRAWN: dict[str, Callable[[], Axes]] = {
    "matrix": cd.figures.reaction_matrix,
    "support": lambda: cd.figures.support(PAIR),
    "in-force": cd.figures.in_force,
}


def main(arguments: list[str]) -> None:
    place = Path(arguments[0]) if arguments else FIGURES / "crisisdata.pdf"
    FIGURES.mkdir(parents=True, exist_ok=True)
    mpl.use("agg")
    mpl.rcParams["svg.fonttype"] = "path"
    for name, draw in DRAWN.items():
        drawn = draw().figure
        drawn.savefig(FIGURES / f"{name}.svg", bbox_inches="tight")
        mpl.pyplot.close(drawn)
    typst.compile(FOLDER / "paper.typ", output=place, root=CHECKOUT)
    print(f"wrote {place}")


if __name__ == "__main__":
    main(sys.argv[1:])
