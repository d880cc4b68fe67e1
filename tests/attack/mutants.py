"""Break modules in one place at a time, and see whether the tests notice: `make mutants MODULE=_record`.

The mutants are those of mutmut, which leaves out functions with a decorator; rules and checks have one, so this script
breaks functions itself. It collects the tests once, learns which tests run which lines, and then forks: a child puts the
broken code in the place of a function and runs the tests that reach it, fastest first, until one fails. `--sample` and
`--seed` draw some of the mutants of each module. `equivalent.yaml` says which mutants do what the code did, and why.
Those that survive are printed; `--write` puts the figures into `docs/mutants.md`.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import coverage
import libcst as cst
import pytest
import yaml
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor, OuterFunctionProvider
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

CHECKOUT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
FIGURES = CHECKOUT / "docs" / "mutants.md"
_TEST_SECONDS = 20  # a test that takes longer is not among those that are run
_MUTANT_SECONDS = 90  # what the tests of one mutant may take without it
_HANG = 4  # how many times as long as without the mutant is a hang


@dataclass(frozen=True)
class Mutant:
    """A module with one function broken in one place."""

    module: str
    function: str
    first: int
    last: int
    line: int
    was: str
    now: str
    source: str

    @property
    def file(self) -> str:
        return str(CHECKOUT / "crisisdata" / f"{self.module}.py")

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line} {self.function}\n  - {self.was}\n  + {self.now}"


class _Breaker(MutationVisitor):
    """Mutmut's mutations of function bodies, those of decorated functions as well."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        return isinstance(node, cst.Param | cst.Decorator) or super()._skip_node_and_children(node)


class Breakable:
    """A module with all the ways to break it."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.source = (CHECKOUT / "crisisdata" / f"{module}.py").read_text("utf-8")
        self.wrapper = MetadataWrapper(cst.parse_module(self.source))
        breaker = _Breaker(mutation_operators, IgnoredCode(set(), set(), set()))
        self.wrapper.visit(breaker)
        self.places = self.wrapper.resolve(PositionProvider)
        outer = self.wrapper.resolve(OuterFunctionProvider)
        self.mutations = [
            (each, function)
            for each in breaker.mutations
            if isinstance(function := outer.get(each.original_node), cst.FunctionDef)
            and each.original_node in self.places
        ]

    def mutants(self, sample: int, seed: int) -> list[Mutant]:
        """Return some of the mutants, or all of them, in the order of their lines."""
        draw = random.Random(f"{seed}/{self.module}")
        number = min(sample, len(self.mutations)) if sample else len(self.mutations)
        return sorted((self._mutant(*each) for each in draw.sample(self.mutations, number)), key=lambda m: m.line)

    def _mutant(self, mutation: Mutation, function: cst.FunctionDef) -> Mutant:
        node = mutation.original_node
        broken = self.wrapper.module.deep_replace(node, mutation.mutated_node).code  # type: ignore[arg-type]
        where, line = self.places[function], self.places[node].start.line
        was, now = _differing(self.source.splitlines(), broken.splitlines())
        return Mutant(self.module, function.name.value, where.start.line, where.end.line, line, was, now, broken)


def _differing(old: list[str], new: list[str]) -> tuple[str, str]:
    """Return the lines in which two texts differ, without those at the beginning and the end that they share."""
    shortest = min(len(old), len(new))
    start = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    end = next((n for n in range(shortest - start) if old[-1 - n] != new[-1 - n]), shortest - start)
    was, now = (" ".join(line.strip() for line in each[start : len(each) - end]) for each in (old, new))
    return was, now


def swap(mutant: Mutant) -> None:
    """Put the broken code in the place of the function, wherever in this program it is."""

    def codes(code: CodeType) -> Iterator[CodeType]:
        for each in code.co_consts:
            if isinstance(each, CodeType):
                yield each
                yield from codes(each)

    new = compile(mutant.source, mutant.file, "exec", dont_inherit=True)
    # The first line of a function's code is that of its first decorator.
    [code] = [c for c in codes(new) if c.co_name == mutant.function and _within(c.co_firstlineno, mutant)]
    swapped = 0
    for each in gc.get_objects():
        if (
            isinstance(each, FunctionType)
            and each.__code__.co_filename == mutant.file
            and each.__code__.co_qualname == code.co_qualname
            and each.__code__.co_firstlineno == code.co_firstlineno
        ):
            each.__code__ = code
            swapped += 1
    if not swapped:
        raise ValueError(f"there is no function to break: {mutant}")


def _within(line: int, mutant: Mutant) -> bool:
    lines = mutant.source.splitlines()
    while lines[line - 1].lstrip().startswith("@") or not lines[line - 1].lstrip().startswith(("def ", "async def ")):
        line += 1
    return line == mutant.first


def forked(
    tasks: Iterable[Any], work: Callable[[Any], Any], limit: Callable[[Any], float], jobs: int
) -> Iterator[tuple[Any, Any]]:
    """Do each task in a child; yield it with its result, which is None where the child crashed or took too long."""
    waiting, running = list(tasks)[::-1], {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < jobs:
                task = waiting.pop()
                place = Path(folder) / f"{len(waiting)}"
                sys.stdout.flush()
                pid = os.fork()
                if not pid:
                    _child(task, work, limit(task), place)
                running[pid] = task, place
            pid, _ = os.wait()
            task, place = running.pop(pid)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what its tests started
            yield task, pickle.loads(place.read_bytes()) if place.exists() else None


def _child(task: Any, work: Callable[[Any], Any], seconds: float, place: Path) -> None:
    try:
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # end with the parent
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        signal.alarm(3 * int(seconds) + 30)  # others use the machine as well; a deadlock takes no time of it
        result = work(task)
        made = place.with_suffix(".made")
        made.write_bytes(pickle.dumps(result))
        made.rename(place)
    finally:
        os._exit(0)


class Loop:
    """What pytest does in place of running the tests that it collected."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.failed = False
        self.outcomes: list[tuple[Mutant, str]] = []
        self.same = _equivalents()
        self.numbers: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def run(self, item: pytest.Item) -> bool:
        """Run a test and say whether it passes."""
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # children share it
        _warm()
        self.items = {item.nodeid: item for item in session.items}
        reached = self.reached()
        for module in self.asked.modules:
            self.outcomes += self.judge(module, reached)
            print(summarise(self)[module], flush=True)
        return True

    def reached(self) -> dict[str, tuple[float, dict[str, list[int]]]]:
        """Return for each test that passes its seconds and the lines that it runs, by file."""
        kept = Path(self.asked.map) if self.asked.map else None
        found = json.loads(kept.read_text()) if kept and kept.exists() else {}
        new = [nodeid for nodeid in self.items if nodeid not in found]
        for nodeid, result in forked(new, self.trace, lambda _: _TEST_SECONDS, self.asked.jobs):
            found[nodeid] = result[:2] if result and result[2] else (0.0, {})
            if not (result and result[2]):
                print(f"left out, since it fails or takes long: {nodeid}", flush=True)
        if kept:
            kept.write_text(json.dumps(found))
        return found

    def trace(self, nodeid: str) -> tuple[float, dict[str, list[int]], bool]:
        tracer = coverage.Coverage(data_file=None, config_file=False, include=[f"{CHECKOUT}/crisisdata/*"])
        tracer.set_option("run:disable_warnings", ["no-data-collected"])  # of a test that runs nothing of ours
        start = time.process_time()
        with tracer.collect():
            passed = self.run(self.items[nodeid])
        seconds = time.process_time() - start
        data = tracer.get_data()
        lines = {
            str(Path(file).relative_to(CHECKOUT / "crisisdata").with_suffix("")): data.lines(file) or []
            for file in data.measured_files()
        }
        return seconds, lines, passed

    def judge(self, module: str, reached: dict[str, Any]) -> Iterator[tuple[Mutant, str]]:
        breakable = Breakable(module)
        self.numbers[module] = len(breakable.mutations)
        mutants = breakable.mutants(self.asked.sample, self.asked.seed)
        chosen = {id(mutant): self.tests(mutant, reached) for mutant in mutants}

        def work(mutant: Mutant) -> str:
            try:
                swap(mutant)
            except (ValueError, SyntaxError):
                return "impossible"  # it would need other variables of the function around it
            for nodeid in chosen[id(mutant)][0]:
                if not self.run(self.items[nodeid]):
                    return f"killed by {nodeid}"
            return "survived"

        def seconds(mutant: Mutant) -> float:
            return 10 + _HANG * chosen[id(mutant)][1]

        for mutant, result in forked(mutants, work, seconds, self.asked.jobs):
            outcome = result or "killed by the time limit or a crash"
            key = (mutant.module, mutant.function, mutant.was, mutant.now)
            if outcome == "survived":
                outcome = "equivalent" if key in self.same else outcome if chosen[id(mutant)][0] else "no test runs it"
            elif key in self.same:
                print(f"called equivalent, but {outcome}: {mutant}", flush=True)
            if outcome in ("survived", "no test runs it"):
                print(f"{outcome}: {mutant}", flush=True)
            yield mutant, outcome

    def tests(self, mutant: Mutant, reached: dict[str, Any]) -> tuple[list[str], float]:
        """Return the tests that run the function, those that reach the line first, and the seconds that they take."""
        found = []
        for nodeid, (seconds, lines) in reached.items():
            there = set(lines.get(mutant.module, ()))
            if nodeid in self.items and not there.isdisjoint(range(mutant.first, mutant.last + 1)):
                found.append((mutant.line not in there, seconds, nodeid))
        taken, total = [], 0.0
        for _, seconds, nodeid in sorted(found):
            if total + seconds <= _MUTANT_SECONDS or not taken:
                taken.append(nodeid)
                total += seconds
        return taken, total


def _warm() -> None:
    """Read what all tests read once, so that no child has to."""
    import conftest

    conftest.read_schema()
    conftest._raw_coding()


def _equivalents() -> dict[tuple[str, str, str, str], str]:
    entries = yaml.safe_load(EQUIVALENT.read_text("utf-8")) if EQUIVALENT.exists() else []
    return {(e["module"], e["function"], e["was"], e["now"]): e["why"] for e in entries}


def summarise(loop: Loop) -> dict[str, str]:
    """Return the row of each module for `docs/mutants.md`."""
    rows = {}
    for module, number in loop.numbers.items():
        counts = Counter(outcome.partition(" by ")[0] for mutant, outcome in loop.outcomes if mutant.module == module)
        tried = sum(counts.values()) - counts["impossible"]
        judged = tried - counts["equivalent"]
        score = f"{100 * counts['killed'] / judged:.0f} %" if judged else "–"
        rows[module] = f"| `{module}` | {number} | {tried} | {counts['killed']} | {counts['equivalent']} | {score} |"
    return rows


def write(rows: dict[str, str]) -> None:
    """Replace the rows of modules in the table of `docs/mutants.md`, and add those that are not there."""
    lines = FIGURES.read_text("utf-8").splitlines()
    table = [number for number, line in enumerate(lines) if line.startswith("| `")]
    first = next(number for number, line in enumerate(lines) if line.startswith("| ---")) + 1
    kept = {lines[number].split("`")[1]: lines[number] for number in table} | rows
    rest = lines[first + len(table) :]
    FIGURES.write_text("\n".join([*lines[:first], *(kept[name] for name in sorted(kept)), *rest]) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="+", help="such as _record or coding/derive/month")
    parser.add_argument("--tests", nargs="+", default=["tests", "crisisdata"], help="files of tests; by default all")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants of each module; by default all")
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--map", help="file that keeps which tests run which lines, for the next run")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/mutants.md")
    asked = parser.parse_args()
    missing = [name for name in asked.modules if not (CHECKOUT / "crisisdata" / f"{name}.py").is_file()]
    if missing:
        parser.error(f"there is no module crisisdata/{missing[0]}.py. Write _record, or coding/publish.")
    os.chdir(CHECKOUT)
    loop = Loop(asked)
    options = [
        "-q",
        "-n0",
        "--capture=sys",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow",
        "-o",
        "console_output_style=classic",
    ]
    with tempfile.TemporaryDirectory() as folder:
        pytest.main([*options, f"--basetemp={folder}/tests", *asked.tests], plugins=[loop])
    rows = summarise(loop)
    print(*rows.values(), sep="\n")
    if asked.write:
        write(rows)


if __name__ == "__main__":
    main()
