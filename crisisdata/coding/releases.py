"""Publishing the next edition: which bump the difference allows, and what must be said first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crisisdata._changes import RECORD, Change, Snapshot, difference
from crisisdata._editions import CHECKSUMS, REGISTER, Edition, editions_folder, sha256, version_parts, versions
from crisisdata.coding.publish import Draft, write
from crisisdata.coding.rows import Coding
from crisisdata.errors import EditionExistsError, UnpublishableError, warning_lines


@dataclass(frozen=True)
class Plan:
    """What publishing a draft would do."""

    draft: Draft
    previous: Edition | None
    changes: list[Change]
    breaks: list[str]
    """What would break a reader's code or joins."""
    differs: list[str]
    """Tables whose content differs from that of the edition before."""
    warnings: list[str]
    """What checks warn of and no exception answers."""

    @classmethod
    def of(cls, coding: Coding, published: Sequence[Edition]) -> Plan:
        """Compare a coding with the editions published before it, oldest first."""
        draft = Draft.of(coding, published)
        warnings = warning_lines(coding.warnings)
        if not published:
            return cls(draft, None, [], [], sorted(draft.tables), warnings)
        old, new = Snapshot.of(published[-1]), draft.snapshot
        before = {name: entry["contentHash"] for name, entry in published[-1].resources.items()}
        differs = [name for name, found in draft.hashes.items() if before.get(name) != found and name != RECORD]
        return cls(draft, published[-1], list(difference(old, new)), list(breaks(old, new)), differs, warnings)

    @property
    def version(self) -> str:
        return self.draft.schema.version

    @property
    def bump(self) -> str:
        """The smallest bump that the difference allows."""
        return "major" if self.breaks else "minor" if self.differs else "patch"

    def cells(self) -> pd.DataFrame:
        """Return the changes as `crisisdata.changes` does, with the reasons that the lines of `recodes.csv` give."""
        rows: list[dict[str, str]] = self.draft.tables[RECORD].to_pylist()
        reasons = {
            (row["table"], row["record_id"], row["variable"]): row["reason"]
            for row in rows
            if row["edition"] == self.version
        }
        found = [[*change, reasons.get(change[:3])] for change in self.changes]
        return pd.DataFrame(found, columns=[*Change._fields, "reason"])

    def faults(self) -> Iterator[str]:
        """Yield everything that stands in the way of publishing."""
        yield from sorted(self.draft.faults)
        yield from self.warnings
        if self.previous is None:
            return
        major, minor = version_parts(self.previous.version)
        following = {"minor": f"{major}.{minor + 1}", "major": f"{major + 1}.0"}
        if self.bump == "patch":
            yield (
                f"nothing differs from edition {self.previous.version}: that is a patch, which publishes no edition. "
                f"Set `version` in schemas/package.yaml back to {self.previous.version}"
            )
        elif self.version not in following.values():
            yield (
                f"edition {self.version} does not follow {self.previous.version}: "
                f"the next is {following['minor']}, or {following['major']} where a reader's code breaks"
            )
        elif self.bump == "major" and self.version != following["major"]:
            yield from (f"{each}; that asks for edition {following['major']}" for each in self.breaks)


def breaks(old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Yield what the newer edition takes from a reader's code or joins: tables, columns, codes, types and keys."""
    for name, before in old.schemas.items():
        after = new.schemas.get(name)
        if after is None:
            yield f"table {name} is gone"
            continue
        if before["primaryKey"] != after["primaryKey"]:
            yield f"{name}: the key was {', '.join(before['primaryKey'])} and is {', '.join(after['primaryKey'])}"
        fields = {field["name"]: field for field in after["fields"]}
        for field in before["fields"]:
            now = fields.get(field["name"])
            if now is None:
                yield f"{name}.{field['name']} is gone"
            elif now["type"] != field["type"]:
                yield f"{name}.{field['name']}: the type was {field['type']} and is {now['type']}"
            else:
                codes = {category["value"] for category in now.get("categories", ())}
                gone = [c["value"] for c in field.get("categories", ()) if c["value"] not in codes]
                yield from (f"{name}.{field['name']}: code {code} is gone" for code in gone)


def editions_before(version: str) -> list[Edition]:
    """Return the published editions that are older than a version, oldest first."""
    return [Edition.find(each) for each in versions() if version_parts(each) < version_parts(version)]


def publish_next(plan: Plan, folder: Path | None = None) -> Edition:
    """Write the edition of a plan to its place and enter it in the register, or change nothing.

    Raises
    ------
    UnpublishableError
        The version is not the one the difference asks for, a recode has no reason, or an id has no successor;
        the error lists everything.
    EditionExistsError
        The edition is published and holds something else.
    """
    faults = list(plan.faults())
    if faults:
        raise UnpublishableError.of(plan.version, faults)
    folder = folder or editions_folder()
    entered = plan.version in _entered(folder / REGISTER)
    place = folder / plan.version
    if entered and not place.exists():
        raise EditionExistsError(
            f"edition {plan.version} is published, as {folder / REGISTER} says, but {place} is gone. "
            "Restore it from version control; another one cannot take its place."
        )
    try:
        edition = write(plan.draft, place)
    except EditionExistsError:
        if entered:
            raise
        raise EditionExistsError(
            f"{place} holds something else than the case files say, and is not published: {folder / REGISTER} does not "
            "list it. It was left when publishing was stopped half-way. Delete it and publish again."
        ) from None
    _enter(edition, folder / REGISTER)
    return edition


def _entered(register: Path) -> set[str]:
    return {line.partition(",")[0] for line in register.read_text("utf-8").splitlines()[1:]}


def _enter(edition: Edition, register: Path) -> None:
    """Enter an edition in the register, which makes it one that readers see."""
    lines = register.read_text("utf-8").splitlines()
    line = f"{edition.version},{sha256((edition.folder / CHECKSUMS).read_bytes())}"
    if line not in lines:
        beside = register.with_name(f".{register.name}-{os.getpid()}")
        beside.write_text("\n".join([*lines, line, ""]), encoding="utf-8", newline="\n")
        beside.replace(register)
