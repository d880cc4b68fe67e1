"""What can go wrong: every error says what was requested, what is available, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class CrisisDataError(Exception):
    """Base class of all errors of this package."""


class UnknownNameError(CrisisDataError, LookupError):
    """A table, variable, record, episode or version that does not exist."""

    @classmethod
    def of(
        cls, kind: str, asked: object, known: Iterable[object], *, where: str = "", hint: str = ""
    ) -> UnknownNameError:
        """Build the message from what was requested and what is available."""
        names = [str(name) for name in known]
        place = f" in {where}" if where else ""
        listed = ", ".join(names[:40]) + (f" … ({len(names)} in all)" if len(names) > 40 else "")
        sentences = [f"there is no {kind} {str(asked)!r}{place}{suggestion(asked, names) or '.'}"]
        sentences.append(f"Available: {listed}." if names else "None is available.")
        if hint:
            sentences.append(hint)
        return cls(" ".join(sentences))


class DamagedEditionError(CrisisDataError):
    """A file of an edition is missing or differs from the published one."""

    @classmethod
    def differs(cls, file: Path, expected: str, found: str) -> DamagedEditionError:
        return cls(
            f"{file} differs from the published file: expected SHA-256 {expected}; got {found}. "
            "Nothing was read. Reinstall the package, or restore the file from version control."
        )

    @classmethod
    def lacks(cls, file: Path, folder: Path) -> DamagedEditionError:
        return cls(
            f"{file.name} is missing or cannot be read in {folder}. "
            "Reinstall the package, or restore the file from version control."
        )

    @classmethod
    def malformed(cls, file: Path, fault: str) -> DamagedEditionError:
        return cls(
            f"{file} is not a valid edition file: {fault}. Nothing was read. "
            "Reinstall the package, restore the file from version control, or build the edition again."
        )

    @classmethod
    def garbled(cls, file: Path) -> DamagedEditionError:
        return cls(
            f"{file} is not a valid register of editions: a line is missing, truncated or not of the form "
            "version,sha256. Nothing was read. Reinstall the package, or restore the file from version control."
        )


class MissingDependencyError(CrisisDataError, ImportError):
    """The libraries that a function needs are not installed."""

    @classmethod
    def of(cls, what: str, extra: str, missing: str | None) -> MissingDependencyError:
        """Build the message with a command that works for any installation: it names libraries, not the location of the
        package.
        """
        libraries = " ".join(f"'{each}'" for each in _required(extra))
        return cls(
            f"{what} needs {missing}, which is not installed. Run: python -m pip install {libraries} "
            f"(the libraries of crisisdata's extra {extra!r})"
        )


def _required(extra: str) -> list[str]:
    """Return the libraries of an extra, as listed by the installed package."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        listed = requires("crisisdata") or []
    except PackageNotFoundError:
        listed = []
    parts = (each.partition("; extra == ") for each in listed)
    found = [library for library, _, name in parts if name.strip("'\"") == extra]
    # A clone that is read in its place, or was installed before it had the extra, installs itself.
    return found or [f"{Path(__file__).resolve().parents[1]}[{extra}]"]


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Turn a failed import in the block into an error that names the extra with the library; `what` needs it."""
    try:
        yield
    except ImportError as error:
        if isinstance(error, MissingDependencyError) or (error.name or "").partition(".")[0] == "crisisdata":
            raise
        raise MissingDependencyError.of(what, extra, error.name) from None


class ArgumentError(CrisisDataError, ValueError):
    """An invalid argument."""

    @classmethod
    def of(cls, name: str, asked: object, allowed: Iterable[object]) -> ArgumentError:
        choices = list(allowed)
        closest = suggestion(asked, map(str, choices)) or "."
        return cls(f"{name} must be one of {', '.join(map(repr, choices))}; got {asked!r}{closest}")


class InvalidEventsError(CrisisDataError, ValueError):
    """Events that cannot be aligned with the episodes."""

    @classmethod
    def of_kind(cls, events: object) -> InvalidEventsError:
        kind = f"{type(events).__module__}.{type(events).__qualname__}"
        return cls(
            f"events of type {kind} are not supported. Pass a pandas, Polars or Arrow frame, the path of "
            "Parquet, CSV or Excel files, or an Ibis table: ibis.duckdb.from_connection(c).table('t') for DuckDB, "
            "ibis.pyspark.connect(session).table('t') for Spark."
        )

    @classmethod
    def lacks(cls, missing: Iterable[str], columns: Iterable[str]) -> InvalidEventsError:
        names = [str(name) for name in columns]
        wanted = ", ".join(f"{name!r}{suggestion(name, names)}" for name in missing)
        more = f" … ({len(names)} in all)" if len(names) > 60 else ""
        return cls(f"the events have no column {wanted}. Available: {', '.join(names[:60])}{more}.")


class InexactDateError(CrisisDataError, ValueError):
    """An anchor that is not known to the day, so that days cannot be counted from it."""

    @classmethod
    def of(cls, anchors: Iterable[tuple[str, str, str]]) -> InexactDateError:
        listed = "; ".join(f"{name} is known to the {precision} ({dates})" for name, precision, dates in anchors)
        return cls(
            f"some anchors are not known to the day: {listed}. Choose how to treat them: inexact='first' or "
            "'last' uses the first or the last possible day; inexact='drop' drops these anchors."
        )


class EventsWarning(UserWarning):
    """A property of the events that changes the meaning of counts."""


class NoOverlapWarning(EventsWarning):
    """A requested window is outside the days that the events cover."""


class _FaultyFilesError(CrisisDataError, ValueError):
    """Files with faults; `faults` holds each of them."""

    def __init__(self, faults: Iterable[object], beside: Iterable[str] = ()) -> None:
        self.faults = list(faults)
        count = f"{_counted(self.faults, 'fault')}; nothing was written."
        super().__init__("\n".join([*map(str, self.faults), *beside, count]))


class AuditError(CrisisDataError, ValueError):
    """An audit workbook that cannot be scored; `faults` lists each reason, with the cell."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


class InvalidCodingError(_FaultyFilesError):
    """Case files that violate the schema or a check; `faults` lists the faults, `warnings` the warnings."""

    def __init__(self, faults: Iterable[object], warnings: Iterable[object] = ()) -> None:
        self.warnings = list(warnings)
        super().__init__(faults, warning_lines(self.warnings))


class InvalidSchemaError(_FaultyFilesError):
    """Invalid schema files, or a schema whose rules do not exist; `faults` lists each fault."""


class UnpublishableError(CrisisDataError, ValueError):
    """Case files that cannot be published as the requested version; `faults` lists each reason."""

    def __init__(self, message: str, faults: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.faults = list(faults)

    @classmethod
    def of(cls, version: str, faults: list[str]) -> UnpublishableError:
        count = len(faults)
        listing = "\n".join(faults)
        return cls(
            f"{listing}\n{count} problem{'' if count == 1 else 's'} to fix before edition {version} can be published; "
            "nothing was written.",
            faults,
        )


class EditionExistsError(CrisisDataError):
    """An edition with this version is already published, with different content."""


class ExportError(CrisisDataError):
    """An export that could not be written; the previous content is unchanged."""

    @classmethod
    def failed(cls, place: Path, error: Exception) -> ExportError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return cls(f"{place} could not be written: {reason}. Nothing was changed there.")

    @classmethod
    def unfit(cls, format: str, what: str, why: str) -> ExportError:  # noqa: A002
        return cls(
            f"{what} {why}, which the format {format!r} cannot store. Nothing was written: no value is silently "
            "truncated or changed. Leave out the table, or use another format; json can store everything."
        )


class DestinationExistsError(ExportError):
    """The destination of an export already exists."""

    @classmethod
    def of(cls, place: Path) -> DestinationExistsError:
        return cls(
            f"{place} already exists. Choose another path, or replace it with overwrite=True (--overwrite on the "
            "command line)."
        )

    @classmethod
    def holds_other(cls, place: Path, what: str) -> DestinationExistsError:
        return cls(f"{place} was not replaced: {what}. Nothing was changed. Choose another path.")


def warning_lines(warnings: Sequence[object]) -> list[str]:
    """Return warnings as lines, followed by what to do about them."""
    if not warnings:
        return []
    answer = (
        f"{_counted(warnings, 'warning')}: correct what is wrong; for the rest, say in exceptions.csv why it is "
        "right, under the name of the check in brackets."
    )
    return [*(f"warning: {each}" for each in warnings), answer]


def _counted(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def suggestion(asked: object, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" if one of the known names is close, otherwise nothing."""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(str(asked).lower(), list(by_lower), n=1, cutoff=0.65)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else ""
