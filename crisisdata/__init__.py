"""Coup episodes in Mali and Chad: triggers, popular support, international responses and sanctions.

Start with `load`, `tables` and `codebook`. Each name is imported when it is first used, so that
importing the package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` would cost more than all the rest
if TYPE_CHECKING:
    from crisisdata import figures as figures
    from crisisdata.citation import cite, stamp
    from crisisdata.comparison import compare
    from crisisdata.dictionary import codebook, tables
    from crisisdata.editions import Edition, path, require, verify, versions
    from crisisdata.errors import CrisisDataError
    from crisisdata.events.alignment import align, in_force
    from crisisdata.events.layouts import read_events
    from crisisdata.exporting import export
    from crisisdata.history import changes
    from crisisdata.provenance import evidence
    from crisisdata.reading import load

__version__ = "0.4.0"

_HOME = {
    "CrisisDataError": "errors",
    "Edition": "editions",
    "align": "events.alignment",
    "changes": "history",
    "cite": "citation",
    "codebook": "dictionary",
    "compare": "comparison",
    "evidence": "provenance",
    "export": "exporting",
    "figures": "figures",
    "in_force": "events.alignment",
    "load": "reading",
    "path": "editions",
    "read_events": "events.layouts",
    "require": "editions",
    "stamp": "citation",
    "tables": "dictionary",
    "verify": "editions",
    "versions": "editions",
}

__all__ = [  # without `figures`, whose libraries a reader of the data need not have
    "CrisisDataError",
    "Edition",
    "align",
    "changes",
    "cite",
    "codebook",
    "compare",
    "evidence",
    "export",
    "in_force",
    "load",
    "path",
    "read_events",
    "require",
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
    return sorted([*__all__, "__version__", *drawn])
