"""Checks that span columns, rows or tables.

Each check is a function that yields its findings; its docstring is the reason for it. A finding is a fault, which is
refused, or a warning, which must be corrected, or justified in `exceptions.csv` under the name of the check.
"""

from __future__ import annotations

from crisisdata.coding.checks import (  # noqa: F401  (importing a module registers its checks)
    actors,
    codings,
    dates,
    doubles,
    episodes,
    evidence,
    keys,
    matrix,
    readings,
    responses,
    sanctions,
    sources,
    support,
    texts,
    transition,
    universe,
)
from crisisdata.coding.checks.exceptions import Findings, run_checks
from crisisdata.coding.checks.registry import CHECKS, Check

__all__ = ["CHECKS", "Check", "Findings", "run_checks"]
