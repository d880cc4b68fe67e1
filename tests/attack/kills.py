"""Kill what is being written, and see what is there then and after the next run.

`--operations` kills a program at each operation on files that the moving of a file or folder takes. `--clock 200` kills
exports and publishing at random moments (`--seed`). The figures are printed; the exit status is 1 where something was
lost, half-visible, or left after the next run.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crisisdata as cd
from crisisdata import _atomic
from crisisdata._atomic import write_atomically
from crisisdata._editions import CHECKSUMS, sha256

_EVENTS = ("open", "os.rename", "os.mkdir", "os.link", "os.remove", "os.rmdir", "os.listdir", "os.scandir")
# Whether it is a folder, whether one is there already, and whether the system can exchange the two in one step.
_MODES = [(False, False, True), (False, True, True), (True, False, True), (True, True, True), (True, True, False)]


def contents(place: Path) -> dict[str, bytes] | None:
    if place.is_file():
        return {"": place.read_bytes()}
    return {file.name: file.read_bytes() for file in place.iterdir()} if place.is_dir() else None


def put(place: Path, text: str, folder: bool) -> None:
    def write(made: Path) -> None:
        for file in (made / "a", made / "b") if folder else (made,):
            file.write_text(text)

    write_atomically(place, write, folder=folder, overwrite=True, manifest={"of": text})


def kill_at(number: int, folder: Path) -> None:
    """Kill this program before its nth operation on files of a folder."""
    left = number

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        # Within a folder that is being deleted, names are relative to it.
        if event in _EVENTS and arguments and (str(folder) in str(arguments[0]) or event in ("os.rmdir", "os.remove")):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def judge(found: Counter[str], place: Path, olds: Any, news: Any, again: Callable[[], object]) -> None:
    """Count what is there after a kill, and after the next run."""
    found["kills"] += 1
    there = contents(place)
    found["half-visible"] += there not in (None, olds, news)
    if olds is not None and there is None:
        kept = [contents(each) for each in place.parent.glob(f".crisisdata-*/replaced/{place.name}")]
        found["lost"] += olds not in kept
        found["put back by the next run"] += olds in kept
    again()
    found["lost"] += contents(place) is None
    found["left"] += len([each for each in place.parent.iterdir() if each.name.startswith(".")])


def operations() -> Counter[str]:
    found: Counter[str] = Counter()
    exchange = _atomic._exchange
    for folder, there, in_one_step in _MODES:
        _atomic._exchange = exchange if in_one_step else lambda *_: False
        for number in range(1000):
            parent = Path(tempfile.mkdtemp())
            place, other = parent / "coups", parent / "other"
            put(other, "new", folder)
            news = contents(other)
            if there:
                put(place, "old", folder)
            olds = contents(place)
            child = os.fork()
            if child == 0:
                kill_at(number, parent)
                put(place, "new", folder)
                os._exit(0)
            killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
            judge(found, place, olds, news, lambda: put(place, "new", folder))  # noqa: B023
            found["lost"] += contents(place) != news
            shutil.rmtree(parent)
            if not killed:
                break
    _atomic._exchange = exchange
    return found


_EXPORT = "import sys, crisisdata as cd; print(1, flush=True); cd.export(*sys.argv[1:3], sys.argv[3].split(','), overwrite=True)"
_FORMATS = {"csv": "", "json": ".json", "sqlite": ".sqlite", "croissant": ""}


def clock(kills: int, seed: int) -> Counter[str]:
    found: Counter[str] = Counter()
    draw = random.Random(seed)
    for _ in range(kills):
        name = draw.choice(list(_FORMATS))
        parent = Path(tempfile.mkdtemp())
        place = parent / f"coups{_FORMATS[name]}"
        news = contents(cd.export(name, parent / f"other{_FORMATS[name]}", ["countries"]))  # type: ignore[arg-type]
        olds = contents(cd.export(name, place, ["memberships"])) if draw.random() < 0.7 else None  # type: ignore[arg-type]
        command = [sys.executable, "-c", _EXPORT, name, str(place), "countries"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(draw.uniform(0, 0.6))
            process.kill()
        if name == "sqlite" and contents(place) not in (None, olds):  # its files hold counters
            news = contents(place)
        judge(found, place, olds, news, lambda: cd.export(name, place, ["countries"], overwrite=True))  # type: ignore[arg-type] # noqa: B023
        if place.is_dir():
            lines = dict(line.split("  ")[::-1] for line in (place / CHECKSUMS).read_text().splitlines())
            found["half-visible"] += any(sha256((place / file).read_bytes()) != lines[file] for file in lines)
        shutil.rmtree(parent)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--operations", action="store_true")
    parser.add_argument("--clock", type=int, default=0)
    parser.add_argument("--seed", type=int, default=19)
    asked = parser.parse_args()
    found = Counter(operations() if asked.operations else {}) + clock(asked.clock, asked.seed)
    print(
        f"{found['kills']} kills: {found['lost']} lost, {found['half-visible']} half-visible, {found['left']} left after "
        f"the next run; {found['put back by the next run']} put back by it"
    )
    sys.exit(bool(found["lost"] or found["half-visible"] or found["left"]))


if __name__ == "__main__":
    main()
