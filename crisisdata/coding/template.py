"""The files of a case before anything is coded: every table with its variables explained, and placeholders."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from crisisdata._atomic import refuse_inside_edition
from crisisdata.coding.schema import Field, Schema, Table, schemas_folder
from crisisdata.errors import ArgumentError, DestinationExistsError, ExportError

BLANK = "___"
"""Placeholder for a value to fill in: it has no letter or digit, so that the validator refuses it."""
_LISTED = 12  # codes that are named in a comment; the codebook has longer lists
_OPTIONAL = ("listed",)
"""Nested lists that few records have; the head of the file explains them."""
_NEARLY_ALWAYS = {"episodes": ("first_act_date",), "responses": ("tone",), "polls": ("share_for",)}
"""Variables that some records lack: figures count from the first act, words have a tone, and a poll has a share."""
_BESIDE = ("actors", "sources", "coverage")


def write_template(folder: Path, episode_id: str, iso3: str, schema: Schema) -> Path:
    """Write a new case: a folder with one file per table of an episode, and CSV files.

    The head of each file says what it may contain. Each table has one record with a placeholder, `___`, for every
    value that is required, or that a record seldom lacks; `crisisdata validate` names the placeholders that remain.

    Raises
    ------
    ArgumentError
        If the key of the episode or the country code is invalid.
    DestinationExistsError
        If the folder exists.
    ExportError
        If it cannot be written, or would be inside an edition.
    """
    pattern = schema.tables["episodes"].fields["episode_id"].constraints["pattern"]
    if not re.fullmatch(pattern, episode_id):
        raise ArgumentError(
            f"{episode_id!r} must be the country, year and month of the first act, such as ner-2023-07."
        )
    if not re.fullmatch("[A-Z]{3}", iso3):
        raise ArgumentError(f"--iso3 {iso3!r} must be an ISO 3166-1 alpha-3 code, such as NER.")
    refuse_inside_edition(folder)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise DestinationExistsError(f"{folder} already exists. Choose another folder with --out.") from None
    except OSError as error:
        raise ExportError.failed(folder, error) from error
    try:
        _write(folder, episode_id, iso3, schema)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ExportError.failed(folder, error) from error
    return folder


def _write(folder: Path, episode_id: str, iso3: str, schema: Schema) -> None:
    episodes = schema.tables["episodes"]
    known = {"episode_id": episode_id, "iso3": iso3, "tier": "comparator"}
    for table in [episodes, *schema.children("episodes")]:
        assert table.raw
        key = table.raw["key"]
        lines = [
            f"# yaml-language-server: $schema={(schemas_folder() / 'json' / 'episodes.schema.json').as_posix()}",
            *_explained(table, schema),
            f"{key}:",
            *_record(table, schema, known, 1 if table is episodes else 2, listed=table is not episodes),
        ]
        _text(folder / f"{key}.yaml", lines)
    for name in _BESIDE:
        table = schema.tables[name]
        fields = [item for item in table.fields.values() if item.coded or item.name == table.key]
        rows = [[f.name for f in fields]]
        if name == "coverage":
            cutoff = {"coverage_id": f"{episode_id}-cutoff", "iso3": iso3, "topic": "cutoff", "depth": "systematic"}
            rows.append([cutoff.get(f.name, BLANK if f.required else "") for f in fields])
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(rows)
        (folder / f"{name}.csv").write_text(written.getvalue(), encoding="utf-8", newline="\n")


def _text(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


def _explained(table: Table, schema: Schema) -> Iterator[str]:
    """Yield the head of a file: what a row is, and what each variable may contain."""
    yield f"# {table.title}: {table.grain}."
    yield f"# Fill in each {BLANK}; copy the record to add more; delete the file if there is nothing to code."
    if table.evidenced:
        yield "# `variables` names what a reading supports; leave it out if the reading supports the whole record."
    yield "#"
    for each in [table, *(schema.children(table.name) if table.name != "episodes" else ())]:
        if each is not table:
            assert each.raw
            yield f"# In `{each.raw['key']}`: {each.grain}."
        for item in each.coded_fields.values():
            if _written(item, each):
                yield f"#   {item.name}{'' if item.required else ' (optional)'}: {_allowed(item, schema)}"


def _allowed(item: Field, schema: Schema) -> str:
    text = item.description.removesuffix(".") + "."
    if item.codes:
        codes = list(schema.codes[item.codes].codes)
        more = f", … ({len(codes)} in all; see the codebook)" if len(codes) > _LISTED else ""
        text += f" One of {', '.join(codes[:_LISTED])}{more}."
    if item.separator:
        text += " May be a list."
    if item.edtf:
        text += ' A date in quotes: "2023-07-26", "2023-07", "2023-07-26/2023-07-27".'
    return text


def _written(item: Field, table: Table) -> bool:
    """Say whether a record writes a variable itself: not its parent, nor its key if it has its own ID."""
    return item.coded and not item.parent and (table.writes_key or item.name != table.key)


def _record(table: Table, schema: Schema, known: dict[str, str], depth: int, *, listed: bool) -> Iterator[str]:
    lines = [f"id: {BLANK}"] if listed and not table.writes_key else []
    for item in table.fields.values():
        wanted = item.required or item.name in _NEARLY_ALWAYS.get(table.name, ())
        if _written(item, table) and wanted and item.default is None:
            lines.append(f"{item.name}: {known.get(item.name, BLANK)}")
    if table.evidenced:
        lines += [
            "evidence:",
            f"  - source_id: {BLANK}",
            f"    locator: {BLANK}",
            f"    reading: {BLANK}",
            "    date_basis: stated",
        ]
    for child in schema.children(table.name) if listed else ():
        assert child.raw
        if child.raw["key"] not in _OPTIONAL:
            lines += [f"{child.raw['key']}:", *_record(child, schema, {}, 2, listed=True)]
    for number, line in enumerate(lines):
        mark = ("- " if number == 0 else "  ") if listed else ""
        yield "  " * (depth - listed) + mark + line
