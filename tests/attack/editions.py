"""Corrupt the files of an edition and read it: each corruption must be refused, or change no cell.

A corruption is of one of three ranks: of a file alone; with `SHA256SUMS` made to fit, as whoever changes a file can;
of the descriptor, value by value, with `SHA256SUMS` made to fit. Of the last two only `require` with a content hash can
know; whatever else reads them must give a result or an error of ours, and write nothing but what it was asked to.
`--number` says how many, `--seed` which. The figures are printed; the exit status is 1 where one is bad.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import crisisdata as cd
from crisisdata._editions import CHECKSUMS, DESCRIPTOR, sha256
from crisisdata.errors import CrisisDataError

_BATCH, _PATIENCE = 100, 600  # corruptions for each program, so that one that crashes ends few; seconds for it
_ODD: list[Any] = [
    None, True, -1, 0, 10**30, 1.5, float("nan"), "", "x", "../x", "/tmp/x", "a\0b", "\ud800", "x" * 10_000, [], [None], {}, {"x": []},
]  # fmt: skip


def corrupted(content: bytes, draw: random.Random) -> bytes:
    """Return a content of which something is another."""
    at, length = draw.randrange(len(content)), draw.choice([1, 1, 2, 8, 100])
    return draw.choice(
        [
            content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :],
            content[:at],
            content[:at] + content[at + length :],
            content[:at] + draw.randbytes(length) + content[at + length :],
            content[:at] + b"\0" * length + content[at + length :],
            content + content[-length:],
            content[:at] + content[at - length : at] + content[at:],
            b"",
        ]
    )


def changed(descriptor: Any, draw: random.Random) -> None:
    """Put something odd in the place of a value, or take it away, somewhere in a descriptor."""
    while True:
        key = draw.choice(list(descriptor) if isinstance(descriptor, dict) else range(len(descriptor)))
        inner = descriptor[key]
        if isinstance(inner, (dict, list)) and inner and draw.random() < 0.9:
            descriptor = inner
            continue
        if draw.random() < 0.25:
            del descriptor[key]
        else:
            descriptor[key] = draw.choice(_ODD)
        return


def with_sums(folder: Path) -> None:
    files = sorted(file for file in folder.iterdir() if file.name != CHECKSUMS)
    (folder / CHECKSUMS).write_text("".join(f"{sha256(file.read_bytes())}  {file.name}\n" for file in files))


def attack(folder: Path, rank: str, draw: random.Random) -> str:
    """Corrupt something and return what it was."""
    if rank == "descriptor":
        descriptor = json.loads((folder / DESCRIPTOR).read_text())
        changed(descriptor, draw)
        (folder / DESCRIPTOR).write_text(json.dumps(descriptor))
        with_sums(folder)
        return DESCRIPTOR
    names = sorted(file.name for file in folder.iterdir())
    file = folder / draw.choice([name for name in names if rank == "file" or name != CHECKSUMS])
    if rank == "file" and draw.random() < 0.1:
        file.unlink()
    else:
        file.write_bytes(corrupted(file.read_bytes(), draw))
    if rank == "sums":
        with_sums(folder)
    return file.name


def cells(edition: Any) -> dict[str, Any]:
    return {name: cd.load(name, edition, as_="arrow") for name in cd.Edition.find(edition).tables}  # type: ignore[call-overload]


def judge(folder: Path, rank: str, right: dict[str, Any], said: str) -> str:
    """Return what became of a corruption: refused, right data, or what is bad about it."""
    outcome = "right data"
    try:
        cd.require(folder, said)
    except CrisisDataError:
        outcome = "refused"
    try:
        read = cells(folder)
        if rank == "file" and any(not table.equals(right[name]) for name, table in read.items()):
            return "WRONG DATA"
        if outcome == "right data" and any(not table.equals(right[name]) for name, table in read.items()):
            return "WRONG DATA"
        if rank != "file":
            for kind in ("csv", "json", "sqlite"):
                place = folder.parent / "exports" / f"x{'' if kind == 'csv' else '.' + kind}"
                cd.export(kind, place, list(read)[:2], folder)  # type: ignore[arg-type]
            cd.tables(folder)
            cd.codebook("episodes", version=folder)
            cd.cite(version=folder)
            cd.load(version=folder, as_="polars")
            cd.load(version=folder)
    except CrisisDataError:
        pass
    shutil.rmtree(folder.parent / "exports")
    (folder.parent / "exports").mkdir()
    if {each.name for each in folder.parent.iterdir()} != {"edition", "exports", "victim"}:
        return "WRITTEN ELSEWHERE"
    return outcome


def batch(version: str, seed: int, number: int) -> None:
    source = cd.Edition.find(version)
    right, said = cells(source), source.content_hash
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "edition"
        (Path(temporary) / "exports").mkdir()
        (Path(temporary) / "victim").write_text("mine")
        for each in range(number):
            draw = random.Random(f"{seed}/{each}")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source.folder, folder)
            rank = draw.choice(["file", "sums", "descriptor"])
            what = attack(folder, rank, draw)
            try:
                outcome = judge(folder, rank, right, said)
            except Exception as error:
                traceback.print_exc()
                outcome = f"TRACEBACK {type(error).__name__} in {what}"
            print(f"{rank}: {outcome}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--number", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--edition", default="0.1")
    parser.add_argument("--batch", action="store_true", help="Do all in this program.")
    asked = parser.parse_args()
    if asked.batch:
        batch(asked.edition, asked.seed, asked.number)
        return
    found: Counter[str] = Counter()
    for start in range(0, asked.number, _BATCH):
        number = min(_BATCH, asked.number - start)
        options = ["--seed", f"{asked.seed + start}", "--number", f"{number}", "--edition", asked.edition]
        command = [sys.executable, __file__, "--batch", *options]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE)
        except subprocess.TimeoutExpired as late:
            found["HANG"] += 1
            found.update((late.stdout or b"").decode().splitlines())
            continue
        found.update(done.stdout.splitlines())
        if done.returncode:
            found[f"CRASH {done.returncode}, seed {asked.seed + start}"] += 1
    for outcome, count in sorted(found.items()):
        print(f"{count:5} {outcome}")
    bad = sum(
        count
        for outcome, count in found.items()
        if any(word in outcome for word in ("WRONG", "WRITTEN", "TRACE", "HANG", "CRASH"))
    )
    print(f"{sum(found.values())} corruptions, {bad} bad")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
