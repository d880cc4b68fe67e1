"""Publishing the next edition: which version the differences allow, and what must be explained first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import Any

import pandas as pd

from crisisdata._atomic import write_atomically
from crisisdata._changes import Change, Snapshot, difference
from crisisdata._editions import (
    CHECKSUMS,
    REGISTER,
    Edition,
    editions_folder,
    sha256,
    verify,
    version_parts,
    versions,
)
from crisisdata._legacy import current_row
from crisisdata._record import RECORD, WHOLE, Renames
from crisisdata.coding.publish import NewEdition, differing, unchanged, write
from crisisdata.coding.recodes import Reasons
from crisisdata.coding.rows import Coding
from crisisdata.errors import EditionExistsError, UnpublishableError, warning_lines

_EXAMPLES, _LONGEST = 3, 40


@dataclass(frozen=True)
class Plan:
    """What publishing a new edition would do."""

    new: NewEdition
    compared: Edition | None
    """The edition with which the new one is compared: the newest, or the published one of the same version."""
    renames: Renames
    changes: list[Change]
    """All that differs from it, also in tables that are computed as a whole, and codes."""
    breaks: list[str]
    """What would break a reader's code or joins."""
    differs: list[str]
    """Tables whose content differs."""
    warnings: list[str]
    """Warnings that no exception answers."""

    @classmethod
    def of(cls, coding: Coding, published: Sequence[Edition]) -> Plan:
        """Compare a coding with the published editions, oldest first."""
        version = coding.schema.version
        same = [each for each in published if each.version == version]
        before = list(takewhile(lambda each: each.version != version, published))
        new = NewEdition.of(coding, before)
        warnings = warning_lines(coding.warnings)
        if not published:
            return cls(new, None, Renames(), [], [], sorted(new.tables), warnings)
        compared = same[0] if same else published[-1]
        old, snapshot = Snapshot.of(compared), new.snapshot
        renames = Renames() if same else Reasons(version, coding.rows[RECORD]).renames(old, snapshot)
        computed = [name for name in snapshot.schemas if name not in (*snapshot.coded(), RECORD)]
        changes = [*difference(old, snapshot, renames), *difference(old, snapshot, renames, computed)]
        differs = [name for name in differing(compared, new) if name != RECORD or same]
        changes, broken = list(dict.fromkeys(changes)), list(breaks(old, snapshot, renames))
        return cls(new, compared, renames, changes, broken, differs, warnings)

    @property
    def version(self) -> str:
        return self.new.schema.version

    @property
    def published(self) -> bool:
        """Whether an edition with this version is already published."""
        return self.compared is not None and self.compared.version == self.version

    @property
    def bump(self) -> str:
        """The smallest version increase that the differences allow; a changed rule changes what its column means."""
        changed = self.differs or any(change.kind == "rule_changed" for change in self.changes)
        return "major" if self.breaks else "minor" if changed else "patch"

    def cells(self) -> pd.DataFrame:
        """Return the changes as `crisisdata.changes` does, with the reasons that the lines of `recodes.csv` give."""
        rows = [current_row(RECORD, row) for row in self.new.tables[RECORD].to_pylist()]
        reasons = {
            (row["table_name"], row["record_id"], row["variable"]): row["reason"]
            for row in rows
            if row["edition"] == self.version
        }
        found = [[*change, reasons.get(change[:3])] for change in self.changes]
        return pd.DataFrame(found, columns=[*Change._fields, "reason"])

    def summary(self) -> pd.DataFrame:
        """Return the number of changes of each kind in each table, with a few examples."""
        groups: dict[tuple[str, str], list[Change]] = {}
        for change in self.changes:
            groups.setdefault((change.table_name, change.kind), []).append(change)
        rows = [[*group, len(found), _examples(found)] for group, found in groups.items()]
        return pd.DataFrame(rows, columns=["table_name", "kind", "number", "examples"])

    def faults(self) -> Iterator[str]:
        """Yield everything that prevents publishing."""
        if self.new.schema.is_draft:
            yield f"draft: true in schemas/package.yaml; delete the line once edition {self.version} is complete"
        if self.published:
            if self.bump != "patch":
                yield (
                    f"edition {self.version} is published and must not change, but the case files now differ in: "
                    f"{', '.join(self.differs) or 'the rules'}. "
                    f"Raise `version` in schemas/package.yaml to {self._following()[self.bump]}"
                )
            return
        yield from self._faults_of_date()
        yield from self.warnings
        yield from sorted(self.new.faults)
        if self.compared is None:
            return
        following = self._following()
        if self.bump == "patch":
            yield (
                f"nothing differs from edition {self.compared.version}, and a patch does not publish an edition. "
                f"Set `version` in schemas/package.yaml back to {self.compared.version}"
            )
        elif self.version not in following.values():
            yield (
                f"edition {self.version} does not follow {self.compared.version}: "
                f"the next is {following['minor']}, or {following['major']} if the change breaks readers' code"
            )
        elif self.bump == "major" and self.version != following["major"]:
            yield from (f"{each}; this requires edition {following['major']}" for each in self.breaks)

    def _following(self) -> dict[str, str]:
        assert self.compared is not None
        major, minor = version_parts(self.compared.version)
        return {"minor": f"{major}.{minor + 1}", "major": f"{major + 1}.0"}

    def _faults_of_date(self) -> Iterator[str]:
        day, today = self.new.schema.package["published"], date.today()
        where = "`published` in schemas/package.yaml"
        if type(day) is not date:
            yield f"{where} must be a date, such as {today}; got {day!r}"
        elif day > today:
            yield f"{where} is {day}, which is in the future; today is {today}"
        elif self.compared and day < (last := date.fromisoformat(self.compared.descriptor["created"][:10])):
            yield f"{where} is {day}, before edition {self.compared.version} was published on {last}"


def _examples(changes: Sequence[Change]) -> str:
    shown = "; ".join(map(_example, changes[:_EXAMPLES]))
    return f"{shown}; …" if len(changes) > _EXAMPLES else shown


def _example(change: Change) -> str:
    if change.kind == "rule_changed":
        return change.variable
    values = [shorten(text, _LONGEST, placeholder=" …") for text in (change.old_value, change.new_value) if text]
    if WHOLE in (change.record_id, change.variable):
        return " → ".join(values)
    return f"{change.record_id} {change.variable}: {' → '.join(values)}"


def breaks(old: Snapshot, new: Snapshot, renames: Renames) -> Iterator[str]:
    """Yield what would break a reader's code or joins: tables, columns, codes, types and keys."""
    for name, before in old.schemas.items():
        now = renames.table(name)
        after = new.schemas.get(now)
        if after is None:
            yield f"table {name} was removed"
            continue
        if now != name:
            yield f"table {name} is now {now}"
        if before["primaryKey"] != after["primaryKey"]:
            yield f"{name}: the key was {', '.join(before['primaryKey'])} and is now {', '.join(after['primaryKey'])}"
        for field in before["fields"]:
            yield from _breaks_of_column(name, field, new, renames)


def _breaks_of_column(table: str, field: dict[str, Any], new: Snapshot, renames: Renames) -> Iterator[str]:
    column, place = f"{table}.{field['name']}", renames.column(table, field["name"])
    now = new.fields(place.table).get(place.name) if place.table in new.schemas else None
    if now is None:
        yield f"{column} was removed"
        return
    if place != (renames.table(table), field["name"]):
        yield f"{column} is now {place.table}.{place.name}"
    if now["type"] != field["type"]:
        yield f"{column}: the type was {field['type']} and is {now['type']}"
        return
    codes = {category["value"] for category in now.get("categories", ())}
    gone = [c["value"] for c in field.get("categories", ()) if c["value"] not in codes]
    yield from (f"{column}: code {code} was removed" for code in gone)


def published_editions() -> list[Edition]:
    """Return the published editions, oldest first."""
    return [Edition.find(each) for each in versions()]


def rehearse(plan: Plan, folder: Path | None = None) -> None:
    """Do everything that publishing a plan does, in a temporary place.

    Raises
    ------
    CrisisDataError
        If publishing would be refused, for the same reason.
    """
    refuse(plan, folder or editions_folder())
    with TemporaryDirectory() as temporary:
        verify(write(plan.new, Path(temporary) / plan.version))


def refuse(plan: Plan, folder: Path) -> None:
    """Raise if a plan cannot be published in a folder of editions.

    Raises
    ------
    UnpublishableError
        If the version is not the one that the differences require, a recode has no reason, an ID has no successor, or
        the edition is a draft; the error lists everything.
    EditionExistsError
        If the edition is published but its folder is missing, or the folder contains something else.
    """
    faults = list(plan.faults())
    if faults:
        raise UnpublishableError.of(plan.version, faults)
    place, entered = folder / plan.version, plan.version in _entered(folder / REGISTER)
    if entered and not place.exists():
        raise EditionExistsError(
            f"edition {plan.version} is published according to {folder / REGISTER}, but {place} is missing. "
            "Restore it from version control; it cannot be rebuilt."
        )
    if entered:
        unchanged(place, plan.new)
    elif os.path.lexists(place) and not _is_what_is_written(place, plan.new):
        raise EditionExistsError(
            f"{place} differs from what would be published, and {folder / REGISTER} does not list it. It was left "
            "by an interrupted publication. Delete it and publish again."
        )


def _is_what_is_written(place: Path, new: NewEdition) -> bool:
    """Say whether a folder contains exactly what would be written: its own hashes may be as wrong as its files."""
    with TemporaryDirectory() as temporary:
        return _contents(write(new, Path(temporary) / place.name).folder) == _contents(place)


def _contents(folder: Path) -> dict[str, bytes | None]:
    files = folder.iterdir() if folder.is_dir() else ()
    return {file.name: file.read_bytes() if file.is_file() else None for file in files}


def publish_next(plan: Plan, folder: Path | None = None) -> Edition:
    """Write the edition of a plan to its place and enter it in the register, or change nothing, as `refuse` says."""
    folder = folder or editions_folder()
    refuse(plan, folder)
    place = folder / plan.version
    edition = Edition.at(place) if place.exists() else write(plan.new, place)
    return replace(edition, registered=_enter(edition, folder / REGISTER))


def _entered(register: Path) -> set[str]:
    return {line.partition(",")[0] for line in register.read_text("utf-8").splitlines()[1:]}


def _enter(edition: Edition, register: Path) -> str:
    """Enter an edition in the register, which makes it visible to readers, and return the registered hash."""
    lines = register.read_text("utf-8").splitlines()
    digest = sha256((edition.folder / CHECKSUMS).read_bytes())
    if (line := f"{edition.version},{digest}") not in lines:
        text = "\n".join([*lines, line, ""])
        write_atomically(
            register,
            lambda made: made.write_text(text, encoding="utf-8", newline="\n"),
            folder=False,
            overwrite=True,
        )
    return digest
