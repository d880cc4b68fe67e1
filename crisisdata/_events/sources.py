"""Where a user's events are, and how a result gets back into the same kind of frame.

Frames and files are read by a DuckDB that lives inside the process; an Ibis table stays in its engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crisisdata._events.columns import refuse_twice
from crisisdata._events.layouts import recognised
from crisisdata._events.messages import translated
from crisisdata._events.plan import ROW
from crisisdata._events.textfiles import identifier, is_tag_row, literal, open_text_files
from crisisdata.errors import InvalidEventsError, needs

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

_CSV = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_PARQUET = (".parquet", ".pq")
_EXCEL = (".xlsx", ".xlsm")
# By the frequency of a column of periods in pandas, of which the names have changed.
_PERIODS = {"D": "day", "W": "week"}
_PERIODS |= dict.fromkeys(("M", "ME"), "month") | dict.fromkeys(("Q", "QE"), "quarter")
_PERIODS |= dict.fromkeys(("A", "Y", "YE"), "year")
_NO_DOWNLOADS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


class Remote:
    """Events in an Ibis table, which stay in their engine."""

    def __init__(self, table: ir.Table) -> None:
        import ibis

        try:
            self.engine = table.get_backend()
        except ibis.common.exceptions.IbisError as error:
            raise InvalidEventsError(f"the Ibis table must belong to a single engine: {error}") from None
        self.table = table
        self.columns: list[Hashable] = list(table.columns)

    def select(self, names: Sequence[Hashable]) -> ir.Table:
        """Return some columns as x0, x1 …."""
        return self.table.select(**{f"x{number}": self.table[name] for number, name in enumerate(names)})


@dataclass(kw_only=True)
class Local:
    """Events in a frame or in files, read by the DuckDB of this process."""

    columns: list[Hashable]
    connection: Any
    deliver: Callable[[pa.Table], Any]
    """Converts Arrow to the kind of frame that was passed in."""
    what: str
    """What is read, for a message."""

    text: bool = False
    """Whether all cells are text without a declared meaning."""

    def view(self, names: Sequence[Hashable], *, row: bool = False) -> sch.Schema:
        """Make some columns the view `events`, as x0, x1 …, and return their types."""
        raise NotImplementedError

    def period_of(self, name: Hashable) -> str | None:
        """Return the period that a column of the frame gives for its values."""
        return None

    def run(self, sql: str, schema: pa.Schema | None = None) -> pa.Table:
        """Return the result of a query, with the types that Ibis expects."""
        with translated(self.what):
            arrow = self.connection.sql(sql).to_arrow_table()
            return arrow if schema is None else arrow.cast(schema)

    def execute(self, sql: str) -> None:
        """Run a statement that has no result."""
        with translated(self.what):
            self.connection.execute(sql)

    def close(self) -> None:
        """Give the memory back."""
        self.connection.close()


@dataclass(kw_only=True)
class Files(Local):
    """Events in files."""

    relation: str
    """What follows `from`."""
    identifiers: tuple[str, ...]
    """The name of each column in the relation."""

    def view(self, names: Sequence[Hashable], *, row: bool = False) -> sch.Schema:
        """Make some columns the view `events`, as x0, x1 …, and return their types."""
        own = [self.identifiers[self.columns.index(name)] for name in names]
        cells = [f"{column} as x{number}" for number, column in enumerate(own)]
        cells += [f"row_number() over () - 1 as {ROW}"] if row else []
        with translated(self.what):
            select = f"select {', '.join(cells)} from {self.relation}"
            kinds = self.connection.sql(f"{select} limit 0").to_arrow_table().schema
            cells[: len(own)] = [
                f"{column}::varchar as x{number}" if _is_dictionary(kinds.field(number)) else cell
                for number, (column, cell) in enumerate(zip(own, cells, strict=False))
            ]
            self.connection.execute(
                f"create or replace temp view events as select {', '.join(cells)} from {self.relation}"
            )
            return _schema(self.connection.sql("select * from events limit 0").to_arrow_table().schema)


@dataclass(kw_only=True)
class Frame(Local):
    """Events in a frame."""

    frame: Any
    arrow: Callable[[Hashable], pa.ChunkedArray]
    """Returns a column."""
    take: Callable[[Any], Any]
    """Returns rows of the frame, with all columns, by row number; unchanged if None is given."""

    def view(self, names: Sequence[Hashable], *, row: bool = False) -> sch.Schema:
        """Make some columns the view `events`, as x0, x1 …, and return their types."""
        import numpy as np
        import pyarrow as pa

        columns = {f"x{number}": _plain(self.arrow(name)) for number, name in enumerate(names)}
        if row:
            columns[ROW] = pa.array(np.arange(len(next(iter(columns.values())))))
        table = pa.table(columns)
        with translated(self.what):
            self.connection.register("events", table)
        return _schema(table.schema)

    def period_of(self, name: Hashable) -> str | None:
        """Return the period that a column of the frame gives for its values."""
        kind = str(self.frame[name].dtype) if hasattr(self.frame, "iloc") else ""
        if not kind.startswith("period["):
            return None
        frequency = kind.removeprefix("period[").removesuffix("]")
        return _PERIODS.get(frequency.partition("-")[0], frequency)


def open_source(events: Any) -> Local | Remote:
    """Open a user's events, wherever they are."""
    ibis = import_ibis()
    if isinstance(events, ibis.Table):
        return Remote(events)
    if isinstance(events, (str, os.PathLike)):
        return _open_path(os.fspath(events))
    kind, name = type(events).__module__.partition(".")[0], type(events).__name__
    if kind == "pandas" and name == "DataFrame":
        return _open_pandas(events)
    if kind == "polars" and name in ("DataFrame", "LazyFrame"):
        return _open_polars(events)
    if kind == "pyarrow" and name == "Table":
        return _open_arrow(events)
    raise InvalidEventsError.of_kind(events)


def import_ibis() -> Any:
    """Return the module ibis, with its DuckDB."""
    with needs("events", "crisisdata.align"):
        import duckdb  # noqa: F401
        import ibis
    return ibis


def to_pandas(arrow: pa.Table) -> pd.DataFrame:
    """Return Arrow as pandas, with the types that `load` gives: nullable integers and dates."""
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.int8(): pd.Int8Dtype()}
    return arrow.to_pandas(types_mapper=nullable.get, date_as_object=False)


def to_polars(arrow: pa.Table) -> Any:
    """Return Arrow as Polars."""
    import polars as pl

    return pl.DataFrame(pl.from_arrow(arrow))


def connect() -> Any:
    """Return a separate connection to this process's DuckDB, which downloads nothing."""
    connection = _database(os.getpid()).cursor()
    connection.execute("set enable_progress_bar = false")  # else a query of seconds prints one
    return connection


@lru_cache(maxsize=1)
def _database(_process: int) -> Any:
    """Return the DuckDB of a process: a new one costs 15 ms, and a parent process's cannot be used."""
    import duckdb

    return duckdb.connect(config=_NO_DOWNLOADS)


def _open_path(path: str) -> Local:
    if "://" in path:
        raise InvalidEventsError(
            f"{path} is a URL, and nothing is downloaded. Save the file and pass its path; for an object store, "
            "pass an Ibis table from an engine that can read it."
        )
    kind, files = _kind_of_path(path), _files(path)
    if kind == "excel":
        return _open_excel(files, path)
    connection = connect()
    if kind == "csv":
        relation, columns = open_text_files(files, connection)
        identifiers = tuple(f"c{number}" for number in range(len(columns)))
        return Files(
            columns=list(columns), connection=connection, deliver=to_pandas, what=path, text=True,
            relation=relation, identifiers=identifiers,
        )  # fmt: skip
    relation = f"read_parquet([{', '.join(map(literal, files))}])"
    with translated(path):
        names = connection.sql(f"select * from {relation} limit 0").columns
    identifiers = tuple(map(identifier, names))
    return Files(
        columns=_names_in_parquet(files[0], names), connection=connection, deliver=to_pandas, what=path,
        relation=relation, identifiers=identifiers,
    )  # fmt: skip


def _kind_of_path(path: str) -> str:
    """Return "parquet", "csv" or "excel" for a path that names files of that kind; raise otherwise."""
    for kind, endings in (("parquet", _PARQUET), ("csv", _CSV), ("excel", _EXCEL)):
        if path.lower().endswith(endings):
            return kind
    hint = {
        ".zip": "Unpack it first. ",
        ".xls": "Save it as .xlsx first. ",
        ".dta": "Read it with pandas.read_stata and pass the data frame. ",
        ".rds": "Write it as CSV in R first. ",
        ".json": "Read it with pandas.read_json and pass the data frame. ",
    }.get(Path(path).suffix.lower(), "")
    raise InvalidEventsError(
        f"{path!r} must be a Parquet, CSV or Excel file, ending in .parquet, .xlsx or one of {', '.join(_CSV)}. "
        f"{hint}For a folder, write 'folder/*.parquet'."
    )


def _files(path: str) -> list[str]:
    """Return the files that a path or a pattern names."""
    if "\0" in path:
        raise InvalidEventsError(f"{path!r} could not be read: its name contains a NUL character.")
    try:
        expanded = str(Path(path).expanduser())
    except RuntimeError as error:
        raise InvalidEventsError(f"{path} could not be read: {error}") from None
    found = [expanded] if Path(expanded).exists() else sorted(glob(expanded, recursive=True))  # noqa: PTH207
    if not found:
        raise InvalidEventsError(f"{path} could not be read: the file does not exist.")
    for file in found:
        if not Path(file).is_file():
            raise InvalidEventsError(f"{file} could not be read: it is not a regular file.")
    return found


def _names_in_parquet(file: str, names: Sequence[str]) -> list[Hashable]:
    """Return the column names as the file spells them: DuckDB renames one that differs from another only in case."""
    import pyarrow.parquet as pq

    with translated(file):
        own = pq.read_schema(file).names
    refuse_twice(own)
    return [own[number] if number < len(own) else name for number, name in enumerate(names)]


def _open_excel(files: Sequence[str], path: str) -> Frame:
    """Return the one sheet of a workbook that contains events."""
    import pandas as pd

    if len(files) > 1:
        raise InvalidEventsError(f"{path} matches {len(files)} workbooks. Read them one by one.")
    with needs("events", "an Excel file"):
        import openpyxl  # noqa: F401
    try:
        sheets = pd.read_excel(
            files[0], sheet_name=None, dtype=object, keep_default_na=False, na_values=[""], engine="openpyxl"
        )
    except Exception as error:  # openpyxl raises what the archive or the XML in it gives rise to
        raise InvalidEventsError(f"{path} could not be read as an Excel workbook: {error}") from None
    fitting = [sheet for sheet in sheets.values() if recognised(list(sheet.columns))] or [
        sheet for sheet in sheets.values() if len(sheet.columns)
    ]
    if len(fitting) != 1:
        raise InvalidEventsError(
            f"{path} has {len(sheets)} sheets ({', '.join(sheets)}), and it is not clear which contains the events. "
            "Read that sheet with pandas.read_excel and pass the data frame."
        )
    return _open_pandas(fitting[0].apply(_of_one_kind), path)


def _of_one_kind(cells: pd.Series) -> pd.Series:
    """Return the cells of a sheet as numbers or dates if all of them are, otherwise as text."""
    import datetime

    import pandas as pd

    given = cells.dropna()
    if given.empty:
        return cells.astype("string")
    if all(isinstance(cell, datetime.datetime) for cell in given):
        return pd.to_datetime(cells)
    if all(isinstance(cell, int) and not isinstance(cell, bool) for cell in given):
        return cells.astype("Int64")
    if all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in given):
        return cells.astype("Float64")
    return cells.map(lambda cell: str(cell).removesuffix(" 00:00:00"), na_action="ignore").astype("string")


def _open_pandas(frame: pd.DataFrame, what: str = "the frame") -> Frame:
    import pyarrow as pa

    if frame.columns.nlevels > 1:
        raise InvalidEventsError("the columns of the data frame have several levels. Flatten them to one name each.")
    refuse_twice(list(frame.columns))
    tagged = len(frame) > 0 and is_tag_row(list(frame.iloc[0]))
    rows = frame.iloc[1:] if tagged else frame

    def arrow(name: Hashable) -> pa.ChunkedArray:
        series = rows[name]
        if str(series.dtype).startswith("period["):
            series = series.dt.start_time
        try:
            return pa.chunked_array([pa.Array.from_pandas(series)])
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            raise InvalidEventsError(
                f"the column {str(name)!r} contains values of mixed types, or of a type that Arrow does not "
                f"support: {error}. Convert them to one type, with pandas.to_datetime or astype."
            ) from None

    def take(numbers: Any) -> pd.DataFrame:
        return rows.copy() if numbers is None else rows.iloc[numbers]

    return Frame(
        columns=list(frame.columns), connection=connect(), deliver=to_pandas, what=what, text=tagged,
        frame=rows, arrow=arrow, take=take,
    )  # fmt: skip


def _open_polars(frame: Any) -> Frame:
    import polars as pl

    names = frame.collect_schema().names()

    def take(numbers: Any) -> Any:
        collected = frame.lazy().collect()
        return collected if numbers is None else collected[numbers]

    def arrow(name: Hashable) -> pa.ChunkedArray:
        return frame.lazy().select(pl.col(str(name))).collect().to_arrow().column(0)

    return Frame(
        columns=list(names),
        connection=connect(),
        deliver=to_polars,
        what="the frame",
        frame=frame,
        arrow=arrow,
        take=take,
    )


def _open_arrow(table: pa.Table) -> Frame:
    refuse_twice(table.column_names)

    def take(numbers: Any) -> pa.Table:
        return table if numbers is None else table.take(numbers)

    return Frame(
        columns=list(table.column_names), connection=connect(), deliver=lambda arrow: arrow, what="the table",
        frame=table, arrow=table.column, take=take,
    )  # fmt: skip


def _is_dictionary(field: pa.Field) -> bool:
    import pyarrow as pa

    return pa.types.is_dictionary(field.type)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column with values instead of codes, and with all text as one type."""
    import pyarrow as pa

    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_null(kind) or kind == pa.string_view() or pa.types.is_large_string(kind):
        return column.cast(pa.string() if not pa.types.is_large_string(kind) else pa.large_string())
    return column


def _schema(schema: pa.Schema) -> sch.Schema:
    import ibis

    try:
        return ibis.Schema.from_pyarrow(schema)
    except (KeyError, NotImplementedError) as error:
        raise InvalidEventsError(f"a column has an unsupported type: {error}.") from None
