"""The `crisisdata` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from crisisdata.errors import CrisisDataError, MissingDependencyError

if TYPE_CHECKING:
    import pandas as pd

try:
    import typer
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
except ImportError as error:
    sys.exit(str(MissingDependencyError.of("the crisisdata command", "cli", error.name)))

app = typer.Typer(
    help="Coup episodes in Mali and Chad: read the dataset, check case files, build editions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Version = Annotated[str | None, typer.Option("--version", help="Edition to read; the newest one by default.")]


@app.command()
def tables(version: Version = None) -> None:
    """List the tables of an edition."""
    from crisisdata.dictionary import tables as read

    _print(read(version)[["group", "rows", "columns", "grain"]])


@app.command()
def codebook(table: str, variable: Annotated[str | None, typer.Argument()] = None, version: Version = None) -> None:
    """Explain the variables of a table, or the codes of one variable."""
    from crisisdata.dictionary import codebook as read

    frame = read(table, variable, version)  # type: ignore[arg-type]
    wanted = [column for column in ("type", "unit", "description", "label", "value", "definition") if column in frame]
    _print(frame[wanted])


@app.command()
def evidence(
    table: str, record: str, variable: Annotated[str | None, typer.Argument()] = None, version: Version = None
) -> None:
    """Show the sources of a record, or of one value of it."""
    from crisisdata.provenance import evidence as read

    frame = read(table, record, variable, version)  # type: ignore[arg-type]
    _print(frame[["relation", "confidence", "reading", "publisher", "locator", "url"]], index=False)


@app.command()
def compare(
    episodes: Annotated[list[str] | None, typer.Argument(help="Keys of episodes; all by default.")] = None,
    version: Version = None,
) -> None:
    """Show the summary codings of episodes side by side."""
    from crisisdata.comparison import compare as read

    _print(read(episodes or None, version=version))


@app.command()
def cite(
    format: Annotated[str, typer.Option(help="text or bibtex")] = "text",  # noqa: A002
    version: Version = None,
) -> None:
    """Print the citation of an edition."""
    from crisisdata.citation import cite as read

    typer.echo(read(format, version))


@app.command()
def versions() -> None:
    """List the editions in the installed package."""
    from crisisdata.editions import versions as read

    typer.echo("\n".join(read()))


@app.command()
def verify(version: Version = None) -> None:
    """Check the files of an edition against their checksums."""
    from crisisdata.editions import Edition
    from crisisdata.editions import verify as check

    edition = Edition.find(version)
    typer.echo(f"edition {edition.version}: {len(check(edition))} files, all as published")


@app.command()
def export(
    dest: Annotated[Path, typer.Argument(help="File or folder to make.")],
    format: Annotated[str, typer.Option(help="stata, spss, csv, sqlite, duckdb, excel or json")],  # noqa: A002
    table: Annotated[list[str] | None, typer.Option(help="A table; repeat it for several. All by default.")] = None,
    version: Version = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier export made.")] = False,
) -> None:
    """Write an edition in the format of another program."""
    from crisisdata.exporting import export as write

    made = write(format, dest, table or None, version, overwrite=overwrite)  # type: ignore[arg-type]
    typer.echo(f"{made}: {format}")


@app.command()
def validate(path: Annotated[Path, typer.Argument(help="A case file, or a folder laid out like data/raw.")]) -> None:
    """Check case files; nothing is written.

    They may refer to the actors, sources, countries and episodes of the newest edition without defining them.
    """
    coding = _coding(path)
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in coding.rows.items() if rows)  # type: ignore[attr-defined]
    typer.echo(f"{path}: no faults ({counts})")


@app.command()
def build(
    cases: Annotated[
        Path | None, typer.Option(help="Folder of case files; data/raw of the checkout by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the edition; by default its place in data/processed.")
    ] = None,
) -> None:
    """Read, validate, derive and publish an edition; all or nothing."""
    from crisisdata.editions import editions_folder

    coding = _coding(cases)
    from crisisdata.coding.publish import publish

    edition = publish(coding, out or editions_folder() / coding.schema.version)  # type: ignore[arg-type, attr-defined]
    rows = sum(resource["rows"] for resource in edition.resources.values())
    typer.echo(f"edition {edition.version}: {len(edition.tables)} tables, {rows} rows, in {edition.folder}")


def _coding(path: Path | None) -> object:
    from crisisdata.editions import Edition, versions

    try:
        from crisisdata.coding.schema import Schema
        from crisisdata.coding.validate import data_folder, read_coding
    except ImportError as error:
        raise MissingDependencyError.of("checking and building", "coding", error.name) from None

    base = Edition.find() if path is not None and versions() else None
    return read_coding(path or data_folder(), Schema.read(), base=base)


def _print(frame: pd.DataFrame, *, index: bool = True) -> None:
    shown = frame.reset_index() if index else frame
    # Narrow gaps, so that four episodes fit 80 columns with their keys whole.
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=0)
    for number, column in enumerate(shown.columns):
        # What names the row stays whole; the rest folds, so that a table fits any terminal.
        table.add_column(str(column), overflow="fold", no_wrap=index and number == 0)
    for row in shown.itertuples(index=False):
        table.add_row(*map(_text, row))
    Console().print(table)


def _text(value: object) -> str:
    import pandas as pd

    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def main() -> None:
    """Run the command; an error of ours is a message, not a traceback."""
    try:
        app()
    except CrisisDataError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}. Nothing was changed.", err=True)
        sys.exit(1)
