"""What a user is told: warnings at the line of the user's call, and engine errors in our words."""

from __future__ import annotations

import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crisisdata.errors import CrisisDataError, EventsWarning, InvalidEventsError

_PACKAGE = str(Path(__file__).resolve().parents[1])


def warn(message: str, category: type[Warning] = EventsWarning) -> None:
    """Warn at the line outside this package from which it was called."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(_PACKAGE) or "contextlib" in frame.f_code.co_filename
    ):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn an error from an engine or Arrow into our own error, which says what could not be read."""
    try:
        yield
    except CrisisDataError:
        raise
    except Exception as error:
        if not isinstance(error, _foreign()):
            raise
        reason = _reason(error).rstrip(".")
        raise InvalidEventsError(
            f"{what} could not be read: {reason}. Correct it, or pass the data in another form."
        ) from error


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "CSV Error on Line" in lines[0]:  # the line itself and what is wrong with it stand below
        wrong = [
            line for line in lines[1:] if line.startswith(("Expected Number", "Value with unterminated", "Maximum"))
        ]
        shown = [f"it is {line.removeprefix('Original Line: ')[:120]!r}" for line in lines[1:2]]
        return f"{lines[0].removeprefix('Invalid Input Error: ')}: {'; '.join([*wrong, *shown])}"
    return lines[0][:300]


def _foreign() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    kinds: list[Any] = [pa.ArrowException, OverflowError, OSError, EOFError, zlib.error]
    try:
        import duckdb
        from ibis.common.exceptions import IbisError

        kinds += [duckdb.Error, IbisError]
    except ImportError:
        pass
    return tuple(kinds)
