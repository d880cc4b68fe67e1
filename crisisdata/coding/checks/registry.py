"""What a check is: a function that yields its findings, with a name that exceptions use and a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Literal, NamedTuple

from crisisdata.coding.casefiles import Record
from crisisdata.coding.checks.coded import Coded

Level = Literal["fault", "warning"]


class Found(NamedTuple):
    """Something that a check found."""

    record: Record
    message: str
    variable: str | None = None


Find = Callable[[Coded], Iterator[Found]]


@dataclass(frozen=True)
class Check:
    """A named rule that case files must follow; a warning can be answered in `exceptions.csv`, a fault cannot."""

    name: str
    level: Level
    find: Find

    @property
    def reason(self) -> str:
        """Why the rule exists, as the codebook states it."""
        return " ".join(cleandoc(self.find.__doc__ or "").split())


CHECKS: dict[str, Check] = {}
"""All checks by name, in the order in which they run."""


def fault(find: Find) -> Find:
    """Register a check whose findings are refused."""
    return _register(find, "fault")


def warning(find: Find) -> Find:
    """Register a check whose findings must be corrected or justified in `exceptions.csv`."""
    return _register(find, "warning")


def _register(find: Find, level: Level) -> Find:
    CHECKS[find.__name__] = Check(find.__name__, level, find)
    return find
