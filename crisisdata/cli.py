"""The `crisisdata` command."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from crisisdata._export import FORMATS
from crisisdata.errors import ArgumentError, CrisisDataError, MissingDependencyError, UnknownNameError, needs

if TYPE_CHECKING:
    import pandas as pd

    from crisisdata._editions import Edition
    from crisisdata._terminal import Form
    from crisisdata.coding.releases import Plan
    from crisisdata.coding.rows import Coding

try:
    with needs("cli", "the crisisdata command"):
        import rich  # noqa: F401
        import typer
except MissingDependencyError as error:
    sys.exit(str(error))

app = typer.Typer(
    epilog="Exit status: 0 done, 1 refused with a message, 2 invalid command.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _edition(text: str) -> str | Path:
    """Return what `--version` names: a version, or the folder of a custom edition."""
    from crisisdata._editions import versions

    return Path(text) if text not in versions() and (Path(text).is_dir() or "/" in text or os.sep in text) else text


def _own_version(asked: bool) -> None:
    if asked:
        from crisisdata import __version__
        from crisisdata._editions import versions

        typer.echo(f"crisisdata {__version__}, newest edition {versions()[-1]}")
        raise typer.Exit


Version = Annotated[
    # Typer has no type for "a version or a path": the parser makes one of the two.
    Any,
    typer.Option(
        "--version",
        parser=_edition,
        metavar="EDITION",
        help="Version of an edition, or its folder; default: the newest.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")]
TableArgument = Annotated[str, typer.Argument(help="Name of a table; `crisisdata tables` lists them.")]

audit = typer.Typer(help="Recode a sample blind and measure its agreement with the dataset.", no_args_is_help=True)
READ, CODE = "Read the dataset", "Code cases and publish editions"
app.add_typer(audit, name="audit", rich_help_panel=READ)


@app.callback()
def crisisdata(
    version: Annotated[
        bool, typer.Option("--version", callback=_own_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Coup episodes: read the dataset, check case files, build editions."""


@app.command(rich_help_panel=READ)
def tables(version: Version = None, json: Json = False) -> None:
    """List the tables of an edition."""
    from crisisdata._codebook import tables as read

    _show(read(version)[["group", "rows", "columns", "grain"]], json)


@app.command(rich_help_panel=READ)
def show(
    table: TableArgument,
    record: Annotated[str | None, typer.Argument(help="Key of one row, to show it in full.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--column", "-c", help="A column to show; repeat the option for several.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", "-w", help="Keep rows with this value: sender_id=un; date= keeps rows without a value."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", min=1, help="Maximum number of rows to show; default 20 (JSON and CSV: all)."),
    ] = None,
    version: Version = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show rows of a table, or all of one row.

    Without --column, a terminal shows the columns that fit: keys, dates, status, names. JSON and CSV have all
    columns.
    """
    from crisisdata import _show as rows_of
    from crisisdata._editions import Edition
    from crisisdata._terminal import fitting

    form = _form(json, csv)
    edition = Edition.find(version)
    frame = rows_of.rows(table, record, where or (), edition)
    key = rows_of.primary_key(table, edition)
    for name in columns or ():
        rows_of.column(frame, name, table, edition)
    if columns:
        frame = frame[list(dict.fromkeys([*key, *columns]))]
    if record is not None and form == "table":
        row = frame.iloc[0].dropna()
        return _show(row.astype(object).rename("value").rename_axis("variable").to_frame(), form)
    total, limit = len(frame), limit or (20 if form == "table" else None)
    frame = frame.head(limit) if limit else frame
    left_out: list[str] = []
    if form == "table" and not columns:
        # What --where fixes is the same in every row.
        fixed = {condition.partition("=")[0] for condition in where or ()} & set(key[1:])
        key = [name for name in key if name not in fixed]
        ordered = frame[[name for name in rows_of.by_importance(table, edition) if name not in fixed]]
        frame = ordered[fitting(ordered, len(key), len(key) + rows_of.FIRST)]
        left_out = [str(name) for name in ordered if name not in frame]
    _show(frame, form, index=False)
    if len(frame) < total:
        typer.echo(f"{len(frame)} of {total} rows; use --limit to show more, --where to filter", err=True)
    if left_out:
        more = f" and {len(left_out) - 10} more" if len(left_out) > 10 else ""
        names = ", ".join(left_out[:10])
        typer.echo(f"too wide for this terminal: {names}{more}; use --column to show them", err=True)


@app.command(rich_help_panel=READ)
def find(
    words: Annotated[list[str], typer.Argument(help="One or more words; a row must contain all of them.")],
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", min=1, help="Maximum number of rows to show; default 40 (JSON and CSV: all)."),
    ] = None,
    version: Version = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Find rows by words in names, aliases, texts and codes of all tables, ignoring accents and case."""
    from crisisdata._find import find as read

    form = _form(json, csv)
    frame = read(" ".join(words), version)
    if frame.empty:
        raise UnknownNameError(f"no row contains {' and '.join(map(repr, words))}. Try fewer words, or parts of words.")
    total, limit = len(frame), limit or (40 if form == "table" else None)
    frame = frame.head(limit) if limit else frame
    if form == "table":
        from textwrap import shorten

        frame = frame.assign(label=frame["label"].fillna("").map(lambda text: shorten(text, 120, placeholder=" …")))
    _show(frame, form, index=False)
    if len(frame) < total:
        typer.echo(f"{len(frame)} of {total} rows; use --limit to show more, more words to narrow the search", err=True)


@app.command(rich_help_panel=READ)
def codebook(
    table: Annotated[str | None, typer.Argument(help="Name of a table; `crisisdata tables` lists them.")] = None,
    variable: Annotated[str | None, typer.Argument(help="One column, to show its codes.")] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write the codebook of the table, or of all tables, to this PDF file.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing PDF file.")] = False,
    version: Version = None,
    json: Json = False,
) -> None:
    """Explain the variables of a table, or the codes of one variable; or write the whole codebook as a PDF."""
    from crisisdata._codebook import codebook as read

    if pdf is not None:
        if variable is not None or json:
            raise ArgumentError("--pdf writes whole tables; leave out the variable and --json.")
        return _write_codebook(pdf, table, version, overwrite)
    if table is None:
        raise ArgumentError(
            "Name a table (`crisisdata tables` lists them), or write the whole codebook with --pdf codebook.pdf."
        )
    frame = read(table, variable, version)  # type: ignore[arg-type]
    if variable is not None and "rule" in frame and not json:
        return _show(frame.dropna(axis="columns").T.set_axis(["value"], axis="columns").rename_axis("what"), json)
    shown = ["type", "unit", "description", "label", "value", "definition"]
    shown += ["alpha", "alpha_low", "alpha_high", "flag"] if json else []
    wanted = [column for column in shown if column in frame]
    _show(frame[wanted], json)


def _write_codebook(pdf: Path, table: str | None, version: Any, overwrite: bool) -> None:
    from crisisdata._codebook_pdf import write_codebook
    from crisisdata._terminal import busy

    with busy(f"writing {pdf}"):
        made = write_codebook(pdf, table, version, overwrite=overwrite)
    typer.echo(f"wrote {made}")


@app.command(rich_help_panel=READ)
def evidence(
    table: TableArgument,
    record: Annotated[str, typer.Argument(help="Key of a row.")],
    variable: Annotated[str | None, typer.Argument(help="One variable of the row.")] = None,
    version: Version = None,
    json: Json = False,
) -> None:
    """Show the sources of a record, or of one of its values."""
    from crisisdata._evidence import evidence as read

    frame = read(table, record, variable, version)  # type: ignore[arg-type]
    _show(frame[["relation", "confidence", "reading", "publisher", "locator", "url"]], json, index=False)


@app.command(rich_help_panel=READ)
def explain(
    table: TableArgument,
    record: Annotated[str, typer.Argument(help="Key of a row; join its parts with slashes.")],
    variable: Annotated[str, typer.Argument(help="One computed variable of the row.")],
    version: Version = None,
    json: Json = False,
) -> None:
    """Show the rows, the arithmetic and the rule behind a computed value."""
    from crisisdata._explain import explain as read

    found = read(table, record, variable, version)  # type: ignore[arg-type]
    if json:
        from json import dumps

        return typer.echo(dumps(found.as_dict(), ensure_ascii=False, indent=1))
    typer.echo(f"{table}.{variable} of {record}: {found.value}\n{found.arithmetic}\n\n{found.text}\n")
    _show(found.rows, json, index=False)


@app.command(rich_help_panel=READ)
def compare(
    episodes: Annotated[list[str] | None, typer.Argument(help="Keys of episodes; default: all.")] = None,
    version: Version = None,
    json: Json = False,
) -> None:
    """Show the computed variables of episodes side by side."""
    from crisisdata._compare import compare as read

    frame = read(episodes or None, version=version)
    if json:
        return _show(frame, json)
    from crisisdata._terminal import without_long_keys

    shown = without_long_keys(frame)
    _show(shown, json)
    if left_out := [str(name) for name in frame.index if name not in shown.index]:
        typer.echo(f"too wide for this terminal: {', '.join(left_out)}; use --json to read them", err=True)


@app.command(rich_help_panel=READ)
def changes(
    old: Annotated[str, typer.Argument(help="The older edition.")],
    new: Annotated[str | None, typer.Argument(help="The newer edition; default: the newest.")] = None,
    table: Annotated[str | None, typer.Option(help="One table; default: all.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only changes of this kind, such as recoded.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="Maximum number of changes to show (JSON: all).")
    ] = 50,
    json: Json = False,
) -> None:
    """Show the differences between two editions, cell by cell, with reasons."""
    from crisisdata._changes import KINDS
    from crisisdata._changes import changes as read

    for each in kind or ():
        if each not in KINDS:
            raise ArgumentError.of("kind", each, KINDS)
    frame = read(old, new, table)  # type: ignore[arg-type]
    frame = frame[frame["kind"].isin(kind)] if kind else frame
    _show_changes(frame if json else frame.head(limit), json)
    if len(frame) > limit and not json:
        counts = ", ".join(f"{count} {each}" for each, count in frame["kind"].value_counts().items())
        typer.echo(
            f"{limit} of {len(frame)} changes ({counts}); use --kind and --table to filter, --limit to show more",
            err=True,
        )


def _show_changes(frame: pd.DataFrame, json: bool) -> None:
    """Show changes: on a terminal, without the bounds of dates and with long texts cut; in JSON, in full."""
    from textwrap import shorten

    if not json:
        frame = frame[~frame["variable"].str.endswith(("_latest", "_precision"))]
        texts = frame[["old_value", "new_value"]].fillna("").map(lambda text: shorten(text, 60, placeholder=" …"))
        frame = frame.assign(**texts)
    _show(frame, json, index=False)


@app.command(rich_help_panel=READ)
def cite(
    format: Annotated[str, typer.Option(help="text or bibtex")] = "text",  # noqa: A002
    stamp: Annotated[
        bool, typer.Option("--stamp", help="Add the content hash and how the data were coded, for an appendix.")
    ] = False,
    version: Version = None,
) -> None:
    """Print the citation of an edition."""
    from crisisdata._cite import cite as read
    from crisisdata._cite import stamp as read_stamp

    typer.echo(read_stamp(version) if stamp else read(format, version))


@app.command(rich_help_panel=READ)
def versions(json: Json = False) -> None:
    """List the editions in the installed package."""
    import pandas as pd

    from crisisdata._editions import Edition
    from crisisdata._editions import versions as read

    editions = [Edition.find(version) for version in read()]
    rows = [
        {
            "edition": edition.version,
            "published": edition.descriptor["created"][:10],
            "coded to": edition.descriptor["asOf"],
            "content hash": edition.content_hash,
        }
        for edition in editions
    ]
    _show(pd.DataFrame(rows), json, index=False)


@app.command(rich_help_panel=READ)
def verify(version: Version = None) -> None:
    """Check the files of an edition against their checksums."""
    from crisisdata._editions import Edition
    from crisisdata._editions import verify as check

    edition = Edition.find(version)
    typer.echo(f"{edition.label}: {len(check(edition))} files, all as published")


@app.command(rich_help_panel=READ)
def export(
    dest: Annotated[Path, typer.Argument(help="File or folder to write.")],
    format: Annotated[str, typer.Option(help=", ".join(FORMATS))],  # noqa: A002
    table: Annotated[
        list[str] | None, typer.Option(help="A table; repeat the option for several. Default: all.")
    ] = None,
    version: Version = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
) -> None:
    """Write an edition in the format of another program."""
    from crisisdata._export import export as write
    from crisisdata._terminal import busy

    with busy(f"writing {dest}"):
        made = write(format, dest, table or None, version, overwrite=overwrite)  # type: ignore[arg-type]
    typer.echo(f"wrote {made}")


@app.command(rich_help_panel=READ)
def site(
    dest: Annotated[Path, typer.Argument(help="Folder to write.")],
    version: Version = None,
    base_url: Annotated[str | None, typer.Option(help="Web address at which the site will be served, if any.")] = None,
    format: Annotated[  # noqa: A002
        list[str] | None,
        typer.Option(
            help="A format to offer for download; repeat the option for several. Default: csv, excel, stata, sqlite."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier site.")] = False,
) -> None:
    """Write an edition as a website that opens with a double click."""
    from crisisdata._site.building import site as write
    from crisisdata._terminal import busy

    with busy(f"writing {dest}"):
        made = write(dest, version, base_url=base_url, formats=format or None, overwrite=overwrite)  # type: ignore[arg-type]
    typer.echo(f"wrote {made}; open {made / 'index.html'}")


@app.command(rich_help_panel=CODE)
def validate(path: Annotated[Path, typer.Argument(help="A case file, or a folder laid out like data/raw.")]) -> None:
    """Check case files; nothing is written.

    They may refer to the actors, sources, countries and episodes of the newest edition without defining them.
    Warnings do not fail: correct errors, and say in exceptions.csv why the rest is right.
    """
    coding = _coding(path, alone=False)
    _show_warnings(coding)
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in coding.rows.items() if rows)
    typer.echo(f"{path}: no faults ({counts})")


@app.command("format", rich_help_panel=CODE)
def format_(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Case files, or folders of them; default: data/raw of the checkout.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; list the files that differ.")] = False,
) -> None:
    """Write case files in the standard style: rows by date, keys in the order of the codebook.

    If any file has faults, nothing is written. With --check, nothing is written and the exit status is 1 if a file
    differs.
    """
    try:
        from crisisdata.coding.derive import read_schema
        from crisisdata.coding.faults import shown
        from crisisdata.coding.format import format_files
        from crisisdata.coding.validate import data_folder
    except ImportError as error:
        raise MissingDependencyError.of("formatting case files", "coding", error.name) from None

    formatted = format_files(paths or [data_folder()], read_schema())
    differing = [each for each in formatted if each.differs]
    for each in differing:
        if check:
            typer.echo(f"{shown(each.file)}:{each.line}: not formatted; run: crisisdata format")
        else:
            each.write()
            typer.echo(f"formatted {shown(each.file)}")
    done = "differ" if check else "formatted"
    typer.echo(f"{len(formatted)} files, {len(differing)} {done}", err=True)
    if check and differing:
        raise typer.Exit(1)


@app.command(rich_help_panel=CODE)
def new(
    episode: Annotated[str, typer.Argument(help="Key of the episode: country, year and month, such as ner-2023-07.")],
    iso3: Annotated[str, typer.Option(help="ISO 3166-1 code of the country, such as NER.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to create; default: one with the episode's key, in the current folder.")
    ] = None,
) -> None:
    """Write a template for a new case: one file per table, with placeholders to fill in."""
    from crisisdata.coding.derive import read_schema
    from crisisdata.coding.template import write_template

    made = write_template(out or Path(episode), episode, iso3, read_schema())
    typer.echo(f"wrote {made}. Fill in each ___, then run: crisisdata validate {made}")


@app.command(rich_help_panel=CODE)
def build(
    cases: Annotated[Path, typer.Option(help="Folder of case files.")],
    out: Annotated[Path, typer.Option(help="Folder for the edition.")],
    name: Annotated[str, typer.Option(help="Name of the edition, such as niger-2023.")] = "own",
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Coding cutoff date, for countries to which coverage assigns none."),
    ] = None,
    author: Annotated[str | None, typer.Option(help="Author in citations.")] = None,
    title: Annotated[str | None, typer.Option(help="Title in citations.")] = None,
    extend: Annotated[
        Any,
        typer.Option(
            parser=_edition, metavar="EDITION", help="Edition whose episodes are added to your own, such as 1.0."
        ),
    ] = None,
) -> None:
    """Build a custom edition from case files; all or nothing.

    The edition includes the actors, sources and countries of the newest edition to which the case files refer. With
    --extend it includes all episodes of a published edition, and values are computed for all episodes together.
    """
    from crisisdata._editions import Edition

    if not re.fullmatch(r"[a-z][a-z0-9.-]{0,39}", name):
        raise ArgumentError(
            f"--name {name}: must begin with a lower-case letter, followed by lower-case letters, digits, dots "
            "and hyphens; at most 40 characters."
        )
    base = Edition.find(extend) if extend is not None else None
    coding = _coding(cases, alone=False, base=base)
    _show_warnings(coding)
    from crisisdata.coding.publish import publish

    cutoff = as_of.date() if as_of else None
    covered = {row["iso3"]: row["end_date"] for row in coding.rows["coverage"] if row["topic"] == "cutoff"}
    if cutoff and {row["iso3"] for row in coding.rows["episodes"]} <= covered.keys():
        dates = ", ".join(f"{iso3} {day}" for iso3, day in covered.items())
        raise ArgumentError(
            f"--as-of {cutoff}: coverage already gives the coding cutoff date ({dates}). Leave out --as-of."
        )
    extends = base.name if base else None
    coding.schema = coding.schema.for_own_cases(name, title=title, author=author, as_of=cutoff, extends=extends)
    edition = publish(coding, out)
    rows = sum(resource["rows"] for resource in edition.resources.values())
    draft = " (draft)" if coding.schema.is_draft else ""
    typer.echo(f"{edition.label}{draft}: {len(edition.tables)} tables, {rows} rows, in {edition.folder}")


@app.command(rich_help_panel=CODE)
def publish(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change and what prevents publishing; write nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Publish data/raw of the checkout as the edition that schemas/package.yaml names.

    Refused if the changes require a higher version number, a recoded cell or a changed rule has no
    reason in data/raw/recodes.csv, an ID was removed without a successor, the date of publication is
    not possible, the edition is a draft, or a warning is not justified in data/raw/exceptions.csv.
    """
    coding = _coding(None, alone=True)
    from crisisdata._terminal import busy
    from crisisdata.coding.releases import Plan, publish_next, published_editions

    with busy("comparing with published editions"):
        plan = Plan.of(coding, published_editions())
    if dry_run:
        _dry_run(plan, json)
    else:
        edition = publish_next(plan)
        typer.echo(f"{edition.label} ({plan.bump}): {len(edition.tables)} tables, in {edition.folder}")


def _dry_run(plan: Plan, json: bool) -> None:
    from crisisdata._terminal import busy
    from crisisdata.coding.releases import rehearse

    if json:
        _show_changes(plan.cells(), json)
    elif plan.changes:
        _show(plan.summary(), json, index=False)
    before = plan.compared.version if plan.compared else "none"
    if plan.published and plan.bump == "patch":
        typer.echo(f"the case files match the published edition {before}: nothing to do", err=True)
    else:
        typer.echo(f"{before} → {'case files' if plan.published else plan.version}: a {plan.bump} bump", err=True)
    with busy("rehearsing"):
        rehearse(plan)


@audit.command()
def draw(
    sheet: Annotated[Path, typer.Argument(help="Workbook to write (.xlsx).")],
    table: Annotated[str, typer.Option(help="A coded table.")],
    n: Annotated[int, typer.Option(min=1, help="Number of records.")],
    seed: Annotated[int, typer.Option(min=0, help="Random seed; the same seed draws the same sample.")],
    version: Version = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing workbook.")] = False,
) -> None:
    """Write a blind workbook with sources, code lists and inclusion probabilities, but none of our codes."""
    from crisisdata.audit import draw as write

    made = write(table, n, seed, sheet, version, overwrite=overwrite)
    typer.echo(f"wrote {made}")


@audit.command()
def score(
    sheet: Annotated[Path, typer.Argument(help="A completed workbook from `audit draw`.")],
    differences: Annotated[Path | None, typer.Option(help="CSV file for the cells that differ.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Edition; default: that of the workbook.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing CSV file.")] = False,
    json: Json = False,
) -> None:
    """Show error rates with intervals and alpha by variable, and write the differences."""
    from crisisdata.audit import score as read

    found = read(sheet, version)
    if differences is not None:
        found.write_differences(differences, overwrite=overwrite)
    _show(found.variables.astype(object).round(3) if json else found.variables.round(3), json)
    left = f", {found.not_recovered} without sources left out" if found.not_recovered else ""
    text = f"edition {found.edition}, {found.table}: {found.rows} rows{left}; {len(found.differences)} cells differ"
    typer.echo(text, err=True)


def _show_warnings(coding: Coding) -> None:
    from crisisdata.errors import warning_lines

    for line in warning_lines(coding.warnings):
        typer.echo(line, err=True)


def _coding(path: Path | None, *, alone: bool, base: Edition | None = None) -> Coding:
    """Read case files; unless they stand alone, they may refer to an edition, by default the newest."""
    from crisisdata._editions import Edition, versions
    from crisisdata._terminal import busy
    from crisisdata.coding.derive import read_schema
    from crisisdata.coding.validate import data_folder, read_coding

    base = base or (Edition.find() if not alone and versions() else None)
    with busy("reading case files"):
        return read_coding(path or data_folder(), read_schema(), base=base)


def _form(json: bool, csv: bool) -> Form:
    if json and csv:
        raise ArgumentError("--json and --csv are mutually exclusive; give one.")
    return "json" if json else "csv" if csv else "table"


def _show(frame: pd.DataFrame, form: Form | bool, *, index: bool = True) -> None:
    from crisisdata._terminal import show

    show(frame, form if isinstance(form, str) else "json" if form else "table", index=index)


def main() -> None:
    """Run the command; our own errors are shown as a message, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal or file cannot hold is a question mark
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _end)
    try:
        _run()
    except CrisisDataError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except BrokenPipeError:  # `crisisdata … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the rest is written at the end, and fails
        sys.exit(0)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else "the output could not be written: "
        typer.echo(f"{place}{error.strerror}.", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _run() -> None:
    try:
        app()
    except SystemExit as ended:
        # A closed pipe becomes exit status 1 in the libraries below; what closed it is the context.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        sys.stdout.flush()
        raise


def _end(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)  # by way of everything that cleans up
