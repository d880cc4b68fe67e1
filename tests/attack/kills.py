"""Kill what is being written, and see what is there then and after the next run.

`--operations` kills a program at each operation on files that the moving of a file or folder takes. `--clock 200` kills
exports, builds and publishing at random moments (`--seed`), each while it is at work; publishing goes into a copy. `--whole`
publishes all of `data/raw` at times, and else a small case alone. The figures are printed; the exit status is 1 where something was
lost, half-visible, or left after the next run.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from conftest import write_cases

import crisisdata as cd
from crisisdata import _atomic
from crisisdata._atomic import write_atomically
from crisisdata._editions import CHECKSUMS, REGISTER, sha256
from crisisdata.coding.publish import publish
from crisisdata.coding.releases import Plan, publish_next, published_editions
from crisisdata.coding.rows import Coding
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import data_folder, read_coding

_EVENTS = ("open", "os.rename", "os.mkdir", "os.link", "os.remove", "os.rmdir", "os.listdir", "os.scandir")
# Whether it is a folder, whether one already exists, and whether the system can exchange the two in one step.
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
    found["half-visible"] += there not in (None, olds) and not _alike(there or {}, news)
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


@dataclass(frozen=True)
class Deed:
    """Something that writes, and what must be there before, after it, and after a kill."""

    name: str
    place: Callable[[Path], Path]
    """Where it writes, in a folder of its own."""
    prepare: Callable[[Path], object]
    do: Callable[[Path], object]


def exporting(name: str, ending: str, tables: list[str], *, over: bool) -> Deed:
    def place(parent: Path) -> Path:
        return parent / f"coups{ending}"

    return Deed(
        f"export {name}{' over another' if over else ''}",
        place,
        lambda parent: over and cd.export(name, place(parent), ["memberships"]),  # type: ignore[arg-type]
        lambda parent: cd.export(name, place(parent), tables, overwrite=True),  # type: ignore[arg-type]
    )


def building(coding: Coding) -> Deed:
    return Deed("build", lambda parent: parent / "edition", lambda _: None, lambda p: publish(coding, p / "edition"))


def publishing(name: str, plan: Plan) -> Deed:
    """Publish into a folder of editions that has an edition already."""
    older = cd.Edition.find("0.1")
    digest = sha256((older.folder / CHECKSUMS).read_bytes())

    def prepare(parent: Path) -> None:
        shutil.copytree(older.folder, parent / "0.1")
        (parent / REGISTER).write_text(f"version,sha256\n0.1,{digest}\n")

    return Deed(name, lambda parent: parent / plan.version, prepare, lambda parent: publish_next(plan, parent))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def deeds(*, whole: bool) -> Iterator[tuple[Deed, int]]:
    """Yield what is killed, with how often each is drawn; `whole` takes the publishing of all of `data/raw` in."""
    for name, ending in {"csv": "", "json": ".json", "sqlite": ".sqlite", "croissant": ""}.items():
        for over in (False, True):
            yield exporting(name, ending, ["countries", "episodes"], over=over), 1
    schema = Schema.read()
    with tempfile.TemporaryDirectory() as temporary:
        coding = read_coding(write_cases(Path(temporary) / "cases"), schema)
    yield building(coding), 4
    yield publishing("publish", Plan.of(coding, [])), 4
    if whole:
        published = [edition for edition in published_editions() if edition.version != schema.version]
        plan = Plan.of(read_coding(data_folder(), schema), published)
        if faults := list(plan.faults()):
            print(f"data/raw cannot be published and is left out: {faults[0]}")
        else:
            yield publishing("publish all of data/raw", plan), 1


def kill_by_the_clock(deed: Deed, parent: Path, after: float) -> bool:
    """Do it in a child, kill that after so many seconds, and say whether it was still at work."""
    child = os.fork()
    if child == 0:
        deed.do(parent)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def clock(kills: int, seed: int, *, whole: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    draw, known = random.Random(seed), list(deeds(whole=whole))
    lasts: dict[str, tuple[float, Any, Any]] = {}
    for deed, _ in known:
        with tempfile.TemporaryDirectory() as temporary:
            deed.prepare(Path(temporary))
            before = everything(Path(temporary))
            start = time.monotonic()
            kill_by_the_clock(deed, Path(temporary), 0)  # so that what only the first child has to do is done
            deed.do(Path(temporary))
            lasts[deed.name] = time.monotonic() - start, before, everything(Path(temporary))
    while found["kills"] < kills:
        [deed] = draw.choices([deed for deed, _ in known], [often for _, often in known])
        seconds, _, after = lasts[deed.name]
        with tempfile.TemporaryDirectory() as temporary:
            parent = Path(temporary)
            deed.prepare(parent)
            before, olds = everything(parent), contents(deed.place(parent))
            killed = kill_by_the_clock(deed, parent, draw.uniform(0, 1.2 * seconds))
            if not killed:
                found["done before the kill"] += 1
                continue
            found[f"  {deed.name}"] += 1
            there = {name: content for name, content in everything(parent).items() if not name.startswith(".")}
            found["while something was written"] += any(each.name.startswith(".") for each in parent.iterdir())
            register = there.get(REGISTER)
            if register not in (None, before.get(REGISTER), after.get(REGISTER)):
                found["half-visible"] += 1
            if register is not None and register == after[REGISTER] and not _alike(there, after):
                found["half-visible"] += 1  # readers see what the register lists
            beside = [name for name in before if name != REGISTER and deed.place(parent).name != name.split("/")[0]]
            found["lost"] += any(there.get(name) != before[name] for name in beside)
            judge(found, deed.place(parent), olds, _of(deed, parent, after), lambda: deed.do(parent))  # noqa: B023
            found["lost"] += not _alike(everything(parent), after)
    return found


def _of(deed: Deed, parent: Path, files: dict[str, bytes]) -> dict[str, bytes] | None:
    """Return the contents of the place among the files of its folder, as `contents` does."""
    name = deed.place(parent).name
    return (
        {"": files[name]}
        if name in files
        else {n.partition("/")[2]: c for n, c in files.items() if n.startswith(f"{name}/")}
    )


def _alike(files: dict[str, bytes], others: dict[str, bytes]) -> bool:
    """Say whether two folders hold the same; a file of SQLite holds counters, so that its name and size must do."""

    def plain(content: bytes) -> object:
        return len(content) if content.startswith(b"SQLite") else content

    return {n: plain(c) for n, c in files.items()} == {n: plain(c) for n, c in others.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--operations", action="store_true")
    parser.add_argument("--clock", type=int, default=0)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--whole", action="store_true", help="publish all of data/raw as well")
    asked = parser.parse_args()
    found = Counter(operations() if asked.operations else {})
    found += clock(asked.clock, asked.seed, whole=asked.whole) if asked.clock else Counter()
    print(*(f"{count:5}{name}" for name, count in sorted(found.items()) if name.startswith(" ")), sep="\n")
    print(
        f"{found['kills']} kills: {found['lost']} lost, {found['half-visible']} half-visible, {found['left']} left after "
        f"the next run; {found['put back by the next run']} put back by it; "
        f"{found['while something was written']} while something was being written"
    )
    sys.exit(bool(found["lost"] or found["half-visible"] or found["left"]))


if __name__ == "__main__":
    main()
