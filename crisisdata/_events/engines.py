"""Where a user's events are, and how a result gets back into the same kind of frame.

Frames and files are read by a DuckDB that lives inside the process for the one call; an Ibis table stays in its engine.
pandas frames pass through Arrow, which shares their memory where the types allow it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crisisdata.errors import InvalidEventsError, MissingDependencyError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_CSV = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


@dataclass(frozen=True)
class Events:
    """A user's events as an Ibis table, with the engine that holds them."""

    table: ir.Table
    engine: Any
    """Backend of Ibis."""
    deliver: Callable[[ir.Table], Any]
    """Turns an expression into the kind of frame that came in."""
    lazy: bool
    """Whether the result is an expression, so that nothing is to be run before it is asked for."""

    def run(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Return the rows of a small result."""
        return self.engine.to_pyarrow(expression).to_pylist()


def open_events(events: Any, columns: Callable[[Sequence[str]], Iterable[str]] = tuple) -> Events:
    """Return a user's events as an Ibis table; `columns` chooses those that are needed, by their names."""
    ibis = import_ibis()
    if isinstance(events, ibis.Table):
        return _of_ibis(events.select(*columns(events.columns)))
    engine = ibis.duckdb.connect()
    if isinstance(events, (str, os.PathLike)):
        table = _of_path(os.fspath(events), engine)
        return in_process(table.select(*columns(table.columns)), engine)
    kind = type(events).__module__.partition(".")[0]
    name = type(events).__name__
    if kind == "pandas" and name == "DataFrame":
        return in_process(_of_pandas(events, columns), engine)
    if kind == "polars" and name in ("DataFrame", "LazyFrame"):
        names = events.collect_schema().names()
        chosen = events.lazy().select(list(columns(names))).collect()
        return Events(ibis.memtable(chosen.to_arrow()), engine, _to_polars(engine), lazy=False)
    if kind == "pyarrow" and name == "Table":
        chosen = events.select(list(columns(events.column_names)))
        return Events(ibis.memtable(chosen), engine, engine.to_pyarrow, lazy=False)
    raise InvalidEventsError.of_kind(events)


def in_process(table: ir.Table, engine: Any) -> Events:
    """Return events that an engine of this process holds, to be given back as pandas."""
    return Events(table, engine, lambda expression: to_pandas(engine.to_pyarrow(expression)), lazy=False)


def import_ibis() -> Any:
    """Return the module ibis, with its DuckDB."""
    try:
        import duckdb  # noqa: F401
        import ibis
    except ImportError as error:
        raise MissingDependencyError.of("crisisdata.align", "events", error.name) from None
    return ibis


def kind_of_path(path: str) -> str:
    """Return "parquet" or "csv" for a path that names files of that kind, else raise."""
    if path.lower().endswith((".parquet", ".pq")):
        return "parquet"
    if path.lower().endswith(_CSV):
        return "csv"
    raise InvalidEventsError(
        f"{path!r} names no Parquet or CSV file: it should end in .parquet or one of {', '.join(_CSV)}. "
        "For a folder, write 'folder/*.parquet'."
    )


def to_pandas(arrow: pa.Table) -> Any:
    """Return Arrow as pandas, with the types that `load` gives: nullable whole numbers and dates."""
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.int8(): pd.Int8Dtype()}
    return arrow.to_pandas(types_mapper=nullable.get, date_as_object=False)


def _of_ibis(table: ir.Table) -> Events:
    import ibis

    try:
        engine = table.get_backend()
    except ibis.common.exceptions.IbisError as error:
        raise InvalidEventsError(f"the Ibis table belongs to no single engine: {error}") from None
    return Events(table, engine, lambda expression: expression, lazy=True)


def _of_path(path: str, engine: Any) -> ir.Table:
    read = engine.read_parquet if kind_of_path(path) == "parquet" else engine.read_csv
    with reading(path):
        return read(path)


def _of_pandas(frame: Any, columns: Callable[[Sequence[str]], Iterable[str]]) -> ir.Table:
    import ibis
    import pyarrow as pa

    chosen = frame[list(columns([str(name) for name in frame.columns]))]
    try:
        return ibis.memtable(pa.Table.from_pandas(chosen, preserve_index=False))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InvalidEventsError(
            f"a column holds values of several kinds, so that it has no type: {error}. "
            "Make them all of one kind, with pandas.to_datetime or astype, and try again."
        ) from None


def _to_polars(engine: Any) -> Callable[[ir.Table], Any]:
    def deliver(expression: ir.Table) -> Any:
        import polars as pl

        return pl.DataFrame(pl.from_arrow(engine.to_pyarrow(expression)))

    return deliver


class reading:  # noqa: N801 - used as a statement
    """Turns an error of DuckDB while it reads a user's data into one that says so."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        import duckdb

        if isinstance(error, duckdb.Error):
            reason = str(error).strip().splitlines()[0]
            raise InvalidEventsError(f"{self.what} could not be read: {reason}") from error
