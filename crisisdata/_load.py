"""One table of an edition as pandas, Arrow or Polars."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, overload

from crisisdata._editions import Edition
from crisisdata._labels import with_labels
from crisisdata.errors import ArgumentError, UnknownNameError, needs

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from crisisdata._names import DefinitionName, TableName

KINDS = ("pandas", "arrow", "polars")
_EVENTS = {"episodes": "episode_id", "candidates": "candidate_id"}
_COUNTS = ("successful", "failed", "plot")


@overload
def load(
    table: TableName = ...,
    version: str | os.PathLike[str] | Edition | None = ...,
    *,
    as_: Literal["pandas"] = ...,
    definition: DefinitionName | None = ...,
    labels: bool = ...,
) -> pd.DataFrame: ...
@overload
def load(
    table: TableName = ...,
    version: str | os.PathLike[str] | Edition | None = ...,
    *,
    as_: Literal["arrow"],
    definition: DefinitionName | None = ...,
    labels: bool = ...,
) -> pa.Table: ...
@overload
def load(
    table: TableName = ...,
    version: str | os.PathLike[str] | Edition | None = ...,
    *,
    as_: Literal["polars"],
    definition: DefinitionName | None = ...,
    labels: bool = ...,
) -> pl.DataFrame: ...
def load(
    table: TableName = "episodes",
    version: str | os.PathLike[str] | Edition | None = None,
    *,
    as_: Literal["pandas", "arrow", "polars"] = "pandas",
    definition: DefinitionName | None = None,
    labels: bool = False,
) -> Any:
    """Return one table of an edition.

    Parameters
    ----------
    table
        Name of a table; `tables` lists them with their grain.
    version
        Edition to read: ``"0.1"``, or the folder of a custom edition. None
        means the newest. For reproducible scripts, give the version.
    as_
        ``"pandas"`` (default), ``"arrow"`` or ``"polars"``. The last two do not import pandas.
    definition
        For `episodes` and `candidates` only: keep the events that count, as a success, a failure or a plot,
        under the published definition of a coup list, such as ``"csp"``. Events that the definition does not
        decide are omitted; the table `definitions` has them, with the criterion that decided each event and
        the list's own entry.
    labels
        Whether coded columns contain labels instead of codes, for example for print. Labels may
        be reworded in a later edition; codes never change their meaning.

    Returns
    -------
    pandas.DataFrame, pyarrow.Table or polars.DataFrame
        One row per unit of the table's grain. Coded columns are categories, ordered where the
        code list is an ordinal scale; dates are dates; integers are nullable.
        `codebook` explains each column. With pandas, ``df.attrs["crisisdata"]`` names the
        edition, the table, its content hash and the citation.

    Raises
    ------
    UnknownNameError
        If the table, edition or definition does not exist.
    ArgumentError
        If `definition` does not apply to the table, or `as_` is invalid.
    DamagedEditionError
        If the file is missing or differs from the published one.

    Examples
    --------
    >>> import crisisdata as cd
    >>> episodes = cd.load()
    >>> episodes.loc[episodes["episode_id"] == "mli-2021-05", "name"].item()
    'Mali, May 2021'
    >>> cd.load("sanctions", labels=True)["measure"].cat.categories[0]
    'Suspension of membership'
    """
    if as_ not in KINDS:
        raise ArgumentError.of("as_", as_, KINDS)
    if definition is not None and table not in _EVENTS:
        raise ArgumentError.of("table", table, _EVENTS)
    edition = Edition.find(version)
    resource = edition.resource(table)
    arrow = edition.cells(table)
    if definition is not None:
        arrow = _that_count(arrow, _EVENTS[table], definition, edition)
    if labels:
        arrow = with_labels(arrow, resource, edition)
    if as_ == "arrow":
        return arrow
    if as_ == "polars":
        return _to_polars(arrow, resource, "label" if labels else "value")
    return _to_pandas(arrow, resource, edition)


def _that_count(events: pa.Table, key: str, definition: str, edition: Edition) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    verdicts = edition.cells("definitions")
    names = verdicts["definition"].cast(pa.string())
    if definition not in names.to_pylist():
        raise UnknownNameError.of("definition", definition, names.unique().to_pylist(), where=edition.label)
    counts = pc.is_in(verdicts["counted_as"].cast(pa.string()), pa.array(_COUNTS))
    chosen = verdicts.filter(pc.and_(pc.equal(names, definition), counts))
    return events.filter(pc.is_in(events[key], chosen[key].combine_chunks()))


def _to_pandas(arrow: pa.Table, resource: dict[str, Any], edition: Edition) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype()}
    frame = arrow.to_pandas(types_mapper=nullable.get, date_as_object=False)
    frame.attrs["crisisdata"] = {
        "edition": edition.name,
        "table": resource["name"],
        "content_hash": resource["contentHash"],
        "citation": edition.descriptor["citation"],
    }
    return frame


def _to_polars(arrow: pa.Table, resource: dict[str, Any], shown: str) -> pl.DataFrame:
    with needs("polars", "load(as_='polars')"):
        import polars as pl

    frame = pl.DataFrame(pl.from_arrow(arrow))
    codes = {field["name"]: field["categories"] for field in resource["schema"]["fields"] if "categories" in field}
    return frame.with_columns(
        pl.col(name).cast(pl.Enum([category[shown] for category in categories])) for name, categories in codes.items()
    )


def joined(frame: pd.DataFrame, between: str) -> pd.Series[str]:
    """Return the texts of each row as one; column by column, as pandas takes ten times as long by rows."""
    first, *rest = (frame[name].astype("string") for name in frame)
    for each in rest:
        first = first + between + each
    return first
