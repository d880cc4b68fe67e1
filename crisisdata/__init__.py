"""Coup episodes: triggers, popular support, international responses and sanctions.

Start with `load`, `tables` and `codebook`. Each name is imported on first use, so
importing the package is fast.

The public names are those in ``crisisdata.__all__``, ``crisisdata.figures.__all__``, ``crisisdata.audit.__all__`` and
``crisisdata.errors``, and the command ``crisisdata``. If one of them is renamed, the old name still works, with a
`DeprecationWarning` that gives the new name. Everything else may change in any release: modules that begin with an
underscore, and ``crisisdata.coding``, which is for the maintainers of the dataset.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` would cost more than all the rest
if TYPE_CHECKING:
    from crisisdata import audit as audit
    from crisisdata import figures as figures
    from crisisdata._changes import changes
    from crisisdata._cite import cite, stamp
    from crisisdata._codebook import codebook, tables
    from crisisdata._compare import compare
    from crisisdata._editions import Edition, path, require, verify, versions
    from crisisdata._events.alignment import align, in_force
    from crisisdata._events.reading import read_events
    from crisisdata._evidence import evidence
    from crisisdata._explain import Explanation, explain, explanations
    from crisisdata._export import export
    from crisisdata._find import find
    from crisisdata._load import load
    from crisisdata._site.building import site
    from crisisdata.errors import CrisisDataError

__version__ = "1.4.0"

_HOME = {
    "CrisisDataError": "errors",
    "Edition": "_editions",
    "Explanation": "_explain",
    "align": "_events.alignment",
    "audit": "audit",
    "changes": "_changes",
    "cite": "_cite",
    "codebook": "_codebook",
    "compare": "_compare",
    "evidence": "_evidence",
    "explain": "_explain",
    "explanations": "_explain",
    "export": "_export",
    "figures": "figures",
    "find": "_find",
    "in_force": "_events.alignment",
    "load": "_load",
    "path": "_editions",
    "read_events": "_events.reading",
    "require": "_editions",
    "site": "_site.building",
    "stamp": "_cite",
    "tables": "_codebook",
    "verify": "_editions",
    "versions": "_editions",
}

__all__ = [  # without `figures` and `audit`, whose libraries a reader of the data need not have
    "CrisisDataError",
    "Edition",
    "Explanation",
    "align",
    "changes",
    "cite",
    "codebook",
    "compare",
    "evidence",
    "explain",
    "explanations",
    "export",
    "find",
    "in_force",
    "load",
    "path",
    "read_events",
    "require",
    "site",
    "stamp",
    "tables",
    "verify",
    "versions",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(f"{__name__}.{_HOME[name]}")
    value = home if _HOME[name] == name else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from importlib.util import find_spec

    drawn = ["figures"] if find_spec("matplotlib") and find_spec("seaborn") else []  # else `help` would fail on it
    audited = ["audit"] if find_spec("krippendorff") and find_spec("openpyxl") else []
    return sorted([*__all__, "__version__", *drawn, *audited])
