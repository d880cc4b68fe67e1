"""Write nonsense into the case files and validate them: each must be refused or warned of.

The nonsense is drawn with a seed from the rows of `data/raw` by kinds, each of which is nonsense by construction: a leader
who failed and rules, a list of names after the measure ended. `--number` says how many, `--seed` which, `--only` of which
kinds. The figures of each kind are printed; the exit status is 1 where more than one in twenty passes, or one ends in a
traceback, a hang or a crash.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from crisisdata.coding.casefiles import CaseReader, RawFiles
from crisisdata.coding.casefolders import find_raw_files
from crisisdata.coding.checks import run_checks
from crisisdata.coding.dates import parse_date
from crisisdata.coding.rows import Coding
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import _pandera_faults, _typed, data_folder
from crisisdata.errors import CrisisDataError

_BATCH, _PATIENCE, _HANG = 250, 3600, 120  # nonsense for each program, seconds for it, seconds for one
_LEAST = 0.95
_ACTS = ("responses", "support", "authority_acts", "milestones")
Row = dict[str, Any]
Draw = random.Random


class UnfitError(Exception):
    """What was drawn cannot be made into this nonsense; draw again."""


class World:
    """A copy of the case files, to be changed and put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(data_folder(), folder)
        self.originals = {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
        self.parsed: dict[Path, Any] = {}
        self.dirty: set[Path] = set()

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a file, to be changed in place: `memberships.csv`, `context/mli.yaml`."""
        file = self.folder / name
        if file not in self.parsed:
            text = self.originals[file].decode()
            if file.suffix == ".csv":
                self.parsed[file] = list(csv.DictReader(io.StringIO(text, newline="")))
            else:
                self.parsed[file] = yaml.load(text, yaml.CBaseLoader)
        self.dirty.add(file)
        found = self.parsed[file]
        return found if isinstance(found, list) else next(iter(found.values()))

    def names(self, pattern: str) -> list[str]:
        return [str(file.relative_to(self.folder)) for file in self.originals if file.match(pattern)]

    def write(self, file: Path, content: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def save(self) -> None:
        for file in self.dirty:
            rows = self.parsed[file]
            if file.suffix == ".csv":
                text = io.StringIO(newline="")
                writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
                self.write(file, text.getvalue().encode())
            else:
                self.write(
                    file,
                    yaml.dump(rows, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10**6).encode(),
                )

    def restore(self) -> None:
        self.dirty.clear()
        self.parsed.clear()
        for file in sorted(self.folder.rglob("*"), reverse=True):
            if file.is_dir():
                if not any(file.iterdir()):
                    file.rmdir()
            elif file not in self.originals:
                file.unlink()
            elif file.read_bytes() != self.originals[file]:
                file.write_bytes(self.originals[file])
        for file, content in self.originals.items():
            if not file.exists():
                self.write(file, content)

    # What the rows say

    def episode(self, name: str) -> Row:
        file = self.folder / "episodes" / name / "episode.yaml"
        return yaml.load(self.originals[file].decode(), yaml.CBaseLoader)["episode"]

    @property
    def episodes(self) -> list[str]:
        return [name.split("/")[1] for name in self.names("episodes/*/episode.yaml")]

    def start(self, case: str) -> date:
        return parse_date(self.episode(case)["first_act_date"]).earliest

    def cutoff(self, iso3: str) -> date:
        rows = csv.DictReader(io.StringIO(self.originals[self.folder / "coverage.csv"].decode(), newline=""))
        return max(
            parse_date(row["end_date"]).latest for row in rows if row["topic"] == "cutoff" and row["iso3"] == iso3
        )

    def drawn(self, draw: Draw, *sections: str, where: Callable[[Row], Any] = lambda _: True) -> tuple[str, Row]:
        """Return a row of a section of some case, and the name of the case."""
        file = draw.choice([name for section in sections for name in self.names(f"episodes/*/{section}.yaml")])
        return file.split("/")[1], some(draw, self.rows(file), where)


def some(draw: Draw, rows: Iterable[Row], where: Callable[[Row], Any] = lambda _: True) -> Row:
    fit = [row for row in rows if where(row)]
    if not fit:
        raise UnfitError
    return draw.choice(fit)


def known(text: str | None) -> bool:
    """Say whether a date is known to the day, so that its readings bear another day as well."""
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text or ""))


def moved(day: date, draw: Draw, least: int, most: int) -> str:
    return str(day + timedelta(days=draw.randint(least, most)))


def steps(measure: Row, *actions: str) -> list[Row]:
    return [step for step in measure["history"] if step["action"] in actions and known(step["event_date"])]


def answers_coup(measure: Row) -> bool:
    return measure["coup_related"] == "coup_related"


KINDS: dict[str, Callable[[World, Draw], object]] = {}


def kind(make: Callable[[World, Draw], object]) -> Callable[[World, Draw], object]:
    KINDS[make.__name__] = make
    return make


# Dates


@kind
def act_after_the_cutoff(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, *_ACTS, where=lambda r: known(r.get("event_date")))
    row["event_date"] = moved(world.cutoff(world.episode(case)["iso3"]), draw, 1, 3000)


@kind
def context_after_the_cutoff(world: World, draw: Draw) -> None:
    row = some(draw, world.rows(draw.choice(world.names("context/*.yaml"))))
    row["end_date"] = moved(world.cutoff(row["iso3"]), draw, 1, 3000)


@kind
def source_after_the_cutoff(world: World, draw: Draw) -> None:
    last = max(world.cutoff(world.episode(case)["iso3"]) for case in world.episodes)
    some(draw, world.rows("sources.csv"))["published_date"] = moved(last, draw, 1, 3000)


@kind
def search_after_the_cutoff(world: World, draw: Draw) -> None:
    row = some(draw, world.rows("coverage.csv"), lambda r: r["topic"] != "cutoff")
    row["end_date"] = moved(world.cutoff(row["iso3"]), draw, 1, 3000)


@kind
def act_long_before_the_episode(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, *_ACTS, where=lambda r: known(r.get("event_date")))
    first = min(map(world.start, row.get("episode_ids", [case])))
    row["event_date"] = moved(first, draw, -50 * 365, -3 * 365)


@kind
def poll_long_before_the_episode(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, "polls", where=lambda r: known(r["fieldwork_start_date"]))
    row["fieldwork_start_date"] = moved(world.start(case), draw, -50 * 365, -3 * 365)


@kind
def end_of_power_before_the_first_act(world: World, draw: Draw) -> None:
    name = draw.choice(["resignation_date", "leader_installed_date", "power_ended_date", "announcement_date"])
    case = draw.choice(world.episodes)
    row = world.rows(f"episodes/{case}/episode.yaml")
    if not known(row.get(name)):  # type: ignore[attr-defined]
        raise UnfitError
    row[name] = moved(world.start(case), draw, -1000, -1)  # type: ignore[call-overload]


@kind
def trigger_after_the_coup(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, "triggers")
    row.pop("end_date", None)
    row["start_date"] = moved(parse_date(world.episode(case)["first_act_date"]).latest, draw, 1, 900)


@kind
def response_before_the_coup(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, "responses", where=lambda r: known(r.get("event_date")))
    row["event_date"] = moved(min(map(world.start, row.get("episode_ids", [case]))), draw, -700, -1)


@kind
def episode_after_a_later_one(world: World, draw: Draw) -> None:
    one, other = sorted(draw.sample(world.episodes, 2), key=world.start)
    row: Any = world.rows(f"episodes/{one}/episode.yaml")
    row["follows_episode_id"] = draw.choice([one, other])


@kind
def end_before_its_start(world: World, draw: Draw) -> None:
    file = draw.choice([*world.names("context/*.yaml"), "coverage.csv", *world.names("episodes/*/rule_spells.yaml")])
    row = some(draw, world.rows(file), lambda r: known(r.get("start_date")))
    row["end_date"] = moved(date.fromisoformat(row["start_date"]), draw, -900, -1)


# Sanctions


@kind
def measure_before_its_coup(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, "sanctions", where=lambda r: answers_coup(r) and steps(r, "imposed"))
    draw.choice(steps(row, "imposed"))["event_date"] = moved(world.start(case), draw, -700, -1)


@kind
def listed_out_of_time(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "sanctions", where=lambda r: r.get("listed"))
    target = draw.choice(row["listed"])
    first = min(parse_date(step["event_date"]).earliest for step in row["history"])
    last = steps(row, "lifted", "expired")
    target.pop("delisted_date", None)
    if last and last[-1] is row["history"][-1] and draw.random() < 0.5:
        target["listed_date"] = moved(date.fromisoformat(last[-1]["event_date"]), draw, 1, 600)
    else:
        target["listed_date"] = moved(first, draw, -600, -1)


def _after_its_end(world: World, draw: Draw, *actions: str) -> Row:
    _, row = world.drawn(
        draw,
        "sanctions",
        where=lambda r: r["history"][-1]["action"] == "lifted" and known(r["history"][-1]["event_date"]),
    )
    last = row["history"][-1]
    step = {**last, "action": draw.choice(actions), "id": "once-more"}
    step.pop("decided_by_id", None)
    step["event_date"] = moved(date.fromisoformat(last["event_date"]), draw, 1, 60)
    row["history"].append(step)
    return row


@kind
def lifted_twice(world: World, draw: Draw) -> None:
    _after_its_end(world, draw, "lifted")


@kind
def eased_after_it_was_lifted(world: World, draw: Draw) -> None:
    _after_its_end(world, draw, "eased", "extended", "tightened", "suspended")


@kind
def imposed_twice(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "sanctions", where=lambda r: steps(r, "imposed"))
    first = steps(row, "imposed")[0]
    step = {**first, "id": "once-more", "event_date": moved(date.fromisoformat(first["event_date"]), draw, 1, 5)}
    row["history"].insert(row["history"].index(first) + 1, step)


@kind
def lifted_before_it_was_imposed(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "sanctions", where=lambda r: steps(r, "lifted"))
    first = min(parse_date(step["event_date"]).earliest for step in row["history"])
    steps(row, "lifted")[0]["event_date"] = moved(first, draw, -300, -1)


@kind
def in_force_although_lifted(world: World, draw: Draw) -> None:
    _, row = world.drawn(
        draw, "sanctions", where=lambda r: r["history"][-1]["action"] in ("lifted", "expired", "withdrawn")
    )
    row["still_in_force"] = "yes"


@kind
def measure_of_the_junta(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, "sanctions")
    iso3 = world.episode(case)["iso3"]
    own = some(draw, world.rows("actors.csv"), lambda a: a["side"] == "domestic" and a["iso3"] == iso3)
    row["sender_id"] = own["actor_id"]


@kind
def targets_counted_and_not_listed(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "sanctions", where=lambda r: "targets_listed" not in r)
    row["targets_listed"] = str(len(row.get("listed", [])) + draw.randint(1, 40))


@kind
def amount_without_a_currency(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "sanctions")
    if "amount" in row:
        del row[draw.choice(["amount", "currency"])]
    elif draw.random() < 0.5:
        row["amount"] = str(draw.randint(1, 900))
    else:
        row["currency"] = draw.choice(["EUR", "USD", "XOF"])


@kind
def measure_without_a_history(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "sanctions")
    del row["history"]


@kind
def response_with_a_measure_of_another_kind(world: World, draw: Draw) -> None:
    items = {"arms_embargo": "asset_freeze", "membership": "aid_cut", "aid_cut": "visa_ban", "targeted": "membership"}
    _, row = world.drawn(
        draw, "responses", where=lambda r: any(i.get("sanction_id") and i["item"] in items for i in r["items"])
    )
    item = some(draw, row["items"], lambda i: i.get("sanction_id") and i["item"] in items)
    item["item"] = "membership" if item["item"] != "membership" else "aid_cut"


# Actors


@kind
def external_actor_in_support(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "support")
    row["actor_id"] = some(draw, world.rows("actors.csv"), lambda a: a["side"] == "external")["actor_id"]


@kind
def domestic_actor_in_responses(world: World, draw: Draw) -> None:
    case, row = world.drawn(draw, "responses")
    iso3 = world.episode(case)["iso3"]
    own = some(draw, world.rows("actors.csv"), lambda a: a["side"] == "domestic" and a["iso3"] == iso3)["actor_id"]
    row["actor_ids"] = draw.choice([[own], [*row["actor_ids"], own]])


@kind
def member_outside_the_life_of_the_body(world: World, draw: Draw) -> None:
    row = some(draw, world.rows("memberships.csv"))
    body = some(draw, world.rows("actors.csv"), lambda a: a["actor_id"] == row["actor_id"])
    if not body["founded_date"]:
        body["founded_date"] = str(draw.randint(1945, 1990))
    if draw.random() < 0.5:
        row["joined_date"], row["left_date"] = moved(parse_date(body["founded_date"]).earliest, draw, -9000, -1), ""
    else:
        body["dissolved_date"] = body["dissolved_date"] or str(draw.randint(1991, 2010))
        row["joined_date"], row["left_date"] = moved(parse_date(body["dissolved_date"]).latest, draw, 1, 4000), ""


@kind
def left_before_it_joined(world: World, draw: Draw) -> None:
    row = some(draw, world.rows("memberships.csv"), lambda r: r["joined_date"])
    row["left_date"] = moved(parse_date(row["joined_date"]).earliest, draw, -4000, -1)


@kind
def suspended_by_a_body_left_before(world: World, draw: Draw) -> None:
    case, measure = world.drawn(
        draw, "sanctions", where=lambda r: r["measure"] == "membership_suspension" and steps(r, "imposed")
    )
    above = {row["actor_id"]: row["parent_id"] for row in world.rows("actors.csv")}
    bodies = {measure["sender_id"], above[measure["sender_id"]]}
    iso3 = world.episode(case)["iso3"]
    row = some(draw, world.rows("memberships.csv"), lambda r: r["iso3"] == iso3 and r["actor_id"] in bodies)
    row["joined_date"] = ""
    row["left_date"] = moved(date.fromisoformat(steps(measure, "imposed")[0]["event_date"]), draw, -3650, -400)


@kind
def two_actors_of_one_name(world: World, draw: Draw) -> None:
    one, other = draw.sample(world.rows("actors.csv"), 2)
    other["name"] = draw.choice([one["name"], one["name"].upper(), one["name"].lower()])


@kind
def actor_above_itself(world: World, draw: Draw) -> None:
    rows = {row["actor_id"]: row for row in world.rows("actors.csv")}
    child = some(draw, rows.values(), lambda r: r["parent_id"])
    rows[child["parent_id"]]["parent_id"] = draw.choice([child["actor_id"], child["parent_id"]])


# Records


@kind
def failed_with_a_leader_installed(world: World, draw: Draw) -> None:
    case = draw.choice(world.episodes)
    row: Any = world.rows(f"episodes/{case}/episode.yaml")
    if row["outcome"] == "successful":
        if not known(row.get("leader_installed_date")):
            raise UnfitError
        row["leader_installed_date"] = moved(date.fromisoformat(row["leader_installed_date"]), draw, 0, 3)
    else:
        row["leader_installed_date"] = moved(world.start(case), draw, 0, 60)
        row["power_ended_date"] = "not_applicable"
    row["outcome"] = "failed"


@kind
def key_of_another_country(world: World, draw: Draw) -> None:
    file = draw.choice([*world.names("candidates/*.yaml"), *world.names("episodes/*/episode.yaml")])
    rows: Any = world.rows(file)
    row = draw.choice(rows) if isinstance(rows, list) else rows
    row["iso3"] = some(draw, world.rows("countries.csv"), lambda c: c["iso3"] != row["iso3"])["iso3"]


@kind
def key_of_another_month(world: World, draw: Draw) -> None:
    row = some(
        draw,
        world.rows(draw.choice(world.names("candidates/*.yaml"))),
        lambda r: known(r["event_date"]) and re.fullmatch(r"[a-z]{3}-\d{4}-\d{2}(-[a-z].*)?", r["candidate_id"]),
    )
    row["event_date"] = moved(date.fromisoformat(row["event_date"]), draw, 32, 400)


@kind
def search_in_another_country(world: World, draw: Draw) -> None:
    row = some(draw, world.rows("coverage.csv"), lambda r: r["episode_id"])
    row["iso3"] = some(draw, world.rows("countries.csv"), lambda c: c["iso3"] != row["iso3"])["iso3"]


@kind
def context_of_another_country(world: World, draw: Draw) -> None:
    row = some(draw, world.rows(draw.choice(world.names("context/*.yaml"))), lambda r: r.get("episode_ids"))
    other = [case for case in world.episodes if world.episode(case)["iso3"] != row["iso3"]]
    row["episode_ids"] = [draw.choice(other)]


@kind
def poll_without_a_share(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "polls")
    for name in [name for name in row if name.startswith("share_")]:
        del row[name]


@kind
def shares_above_one(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "polls", where=lambda r: "share_for" in r)
    row["share_against"] = f"{min(1, 1.03 - float(row['share_for']) + draw.random()):.3f}"
    if float(row["share_against"]) + float(row["share_for"]) <= 1.02:
        raise UnfitError


@kind
def lowest_count_above_the_highest(world: World, draw: Draw) -> None:
    row: Any = world.rows(f"episodes/{draw.choice(world.episodes)}/episode.yaml")
    high = draw.randint(0, 50)
    row["deaths_low"], row["deaths_high"] = str(high + draw.randint(1, 50)), str(high)
    row.pop("deaths_best", None)


@kind
def candidate_unlike_its_episode(world: World, draw: Draw) -> None:
    row = some(draw, world.rows(draw.choice(world.names("candidates/*.yaml"))), lambda r: r.get("episode_id"))
    name = draw.choice(["outcome", "event_type", "target_office"])
    codes = {"outcome": ["successful", "failed", "foiled"], "event_type": ["coup", "mutiny", "plot"]}
    row[name] = draw.choice([c for c in codes.get(name, ["head_of_state", "head_of_government"]) if c != row.get(name)])


@kind
def deed_before_its_promise(world: World, draw: Draw) -> None:
    file = draw.choice(world.names("episodes/*/milestones.yaml"))
    rows, case = world.rows(file), file.split("/")[1]
    promises = {f"{case}/{row['id']}": row for row in rows if row["is_promise"] == "yes" and known(row["event_date"])}
    deed = some(draw, rows, lambda r: known(r["event_date"]) and set(r.get("fulfils_id", ())) & set(promises))
    promise = promises[draw.choice([each for each in deed["fulfils_id"] if each in promises])]
    deed["event_date"] = moved(date.fromisoformat(promise["event_date"]), draw, -300, -1)


# Sources


@kind
def two_sources_of_one_address(world: World, draw: Draw) -> None:
    one, other = draw.sample([row for row in world.rows("sources.csv") if row["url"].startswith("https://")], 2)
    bare = one["url"].removeprefix("https://")
    other["url"] = draw.choice([one["url"], f"http://{bare}", f"{one['url']}#top", f"{one['url'].rstrip('/')}/"])


@kind
def source_older_than_what_it_reports(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, "responses", "support", "authority_acts", where=lambda r: known(r.get("event_date")))
    reading = some(draw, row["evidence"], lambda e: "variables" not in e and "relation" not in e)
    source = some(draw, world.rows("sources.csv"), lambda s: s["source_id"] == reading["source_id"])
    source["published_date"] = moved(date.fromisoformat(row["event_date"]), draw, -3650, -40)


@kind
def impossible_language(world: World, draw: Draw) -> None:
    tongues = ["xx", "zz", "english", "FR", "fra", "e", "français", "en/fr", "en fr", "00", "klingon", "qq", "-"]
    some(draw, world.rows("sources.csv"))["language"] = draw.choice(tongues)


@kind
def impossible_address(world: World, draw: Draw) -> None:
    row = some(draw, world.rows("sources.csv"), lambda r: r["url"].startswith("https://"))
    host, _, path = row["url"].removeprefix("https://").partition("/")
    row["url"] = draw.choice(
        [
            f"https://{host.partition('.')[0]}/{path}", f"htp://{host}/{path}", f"{host}/{path}", f"https:/{host}/{path}",
            f"https://{host} /{path}", f"https://{host}/{path} and more", f"https://me:secret@{host}/{path}", "https://",
            f"https:///{path}", f"https://localhost/{path}", f"file:///home/{path}", f"https://{host}:99999/{path}",
            f"https://{host}..org/{path}", f"https://{host}/<{path}>", f"https://-.{host}/", "javascript:alert(1)",
        ]
    )  # fmt: skip


@kind
def another_spelling_of_a_publisher(world: World, draw: Draw) -> None:
    rows = world.rows("sources.csv")
    used = Counter(row["publisher"] for row in rows)
    row = some(draw, rows, lambda r: used[r["publisher"]] > 2)
    name = row["publisher"]
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    other = draw.choice(
        [name.upper(), name.lower(), f"The {name}", f"{name}.com", f"{name}.", plain, name.replace(" ", "")]
    )
    if other == name:
        raise UnfitError
    row["publisher"] = other


# Texts and files


@kind
def unseen_character(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, *_ACTS, "triggers", "sanctions", "polls")
    name = draw.choice([name for name in ("summary", "name", "document", "place") if name in row])
    at = draw.randrange(1, len(row[name]) - 1) if len(row[name]) > 2 else 1
    row[name] = row[name][:at] + draw.choice("\u200b\u200e\u200f\u202e\u2066\u00ad\ufeff\ue000\u2060") + row[name][at:]


@kind
def text_that_says_nothing(world: World, draw: Draw) -> None:
    _, row = world.drawn(draw, *_ACTS, "triggers", "sanctions", "polls")
    nothing = draw.choice([".", "-", "…", "?", "—", "...", "()", "/", "!"])
    if draw.random() < 0.5:
        row["summary"] = nothing
    else:
        draw.choice(row["evidence"])[draw.choice(["locator", "reading"])] = nothing


def _line(world: World, draw: Draw, names: str) -> tuple[Path, list[str], int, re.Match[str]]:
    """Return a line of a case file that has a plain text under one of some names."""
    file = world.folder / draw.choice(world.names("episodes/*/*.yaml"))
    lines = world.originals[file].decode().splitlines()
    fit = [
        (n, found)
        for n, line in enumerate(lines)
        if (found := re.fullmatch(rf"( +(?:{names}): )([^\"'|>\[{{].*)", line))
    ]
    if not fit:
        raise UnfitError
    return file, lines, *draw.choice(fit)


@kind
def text_cut_by_a_comment(world: World, draw: Draw) -> None:
    file, lines, number, found = _line(world, draw, "summary|reading|locator|name")
    words = found[2].split(" ")
    if len(words) < 3:
        raise UnfitError
    at = draw.randrange(1, len(words))
    lines[number] = f"{found[1]}{' '.join(words[:at])} #{' '.join(words[at:])}"
    world.write(file, "\n".join([*lines, ""]).encode())


@kind
def word_for_nothing(world: World, draw: Draw) -> None:
    file, lines, number, found = _line(world, draw, "summary|reading|locator|name|place|document")
    lines[number] = found[1] + draw.choice(["null", "~", "NA", "N/A", "None", "nan", "NULL", "n/a", "#N/A", ""])
    world.write(file, "\n".join([*lines, ""]).encode())


@kind
def name_of_a_file_that_is_no_key(world: World, draw: Draw) -> None:
    file = world.folder / draw.choice(world.names("context/*.yaml"))
    stem = draw.choice(["MLI", "mali été", "mli 2", "mli_", "-mli", "mli.1", "Mali", "mli--1", "м"])
    file.rename(file.with_name(f"{stem}{draw.randint(1, 9)}é.yaml" if draw.random() < 0.3 else f"{stem}.yaml"))


@kind
def file_that_is_not_read(world: World, draw: Draw) -> None:
    name = draw.choice(
        ["episodes/aaa-2020-01.yml", "contexts/mli.yaml", "actor.csv", "source.csv", "episode/mli-2012-03.yaml", "episodes/actors.csv",
         "Actors.csv", "context/mli.csv", "candidates.yaml", "coverage.tsv", "sources.xlsx", "episodes/mli-2012-03/responses.yml",
         "episodes/mli-2012-03/response/a.yaml", "membership.csv", "candidate/tcd.yaml", "actors.csv.bak", "episodes/mli-2012-03/actors.csv"]
    )  # fmt: skip
    world.write(world.folder / name, world.originals[world.folder / draw.choice(["actors.csv", "context/tcd.yaml"])])


class Validator:
    """`read_coding`, which does again only what concerns the files that changed."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.read: dict[Any, Any] = {}
        self.fault_free: set[Any] = set()

    def __call__(self, folder: Path) -> str:
        """Return what becomes of the files: refused, warned of, or nothing is said."""
        found, unread = find_raw_files(folder, self.schema)
        if unread:
            return "refused"
        coding, faults, tables = Coding(self.schema, {}, {}), False, defaultdict(list)
        for name in self.schema.tables:
            coding.rows[name], coding.records[name] = [], []
        for raw in found:
            contents = tuple((file.name, file.read_bytes()) for file in raw.files)
            key = (raw.root.name, raw.name, hash(contents))
            if key not in self.read or not self.read[key][0]:
                self.read[key] = self._read(raw)
            fine, records, rows, missing = self.read[key]
            faults |= not fine
            coding.missing += missing
            for name in records:
                coding.records[name] += records[name]
                coding.rows[name] += rows[name]
                tables[name].append(key)
        for name, table in self.schema.tables.items():
            if tuple(tables[name]) not in self.fault_free:
                if any(_pandera_faults(coding, table)):
                    faults = True
                else:
                    self.fault_free.add(tuple(tables[name]))
        findings = run_checks(coding)
        return "refused" if faults or findings.faults else "warned of" if findings.warnings else "PASSED"

    def _read(self, raw: RawFiles) -> tuple[bool, Any, Any, Any]:
        reading, faults, missing = CaseReader(self.schema), [], []  # type: ignore[var-annotated]
        reading.read(raw)
        records = {name: all_ for name, all_ in reading.records.items() if all_}
        rows = {
            name: [_typed(record, self.schema.tables[name], self.schema, missing, faults) for record in all_]
            for name, all_ in records.items()
        }
        return not (faults or reading.faults), records, rows, missing


def make(world: World, draw: Draw, kinds: list[str]) -> str:
    """Write a piece of nonsense into the files and return its kind."""
    while True:
        name = draw.choice(kinds)
        try:
            KINDS[name](world, draw)
        except UnfitError:
            world.restore()
            continue
        world.save()
        return name


def batch(seed: int, start: int, number: int, kinds: list[str], show: bool) -> None:
    """Judge some nonsense in this program, a line for each."""
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    with tempfile.TemporaryDirectory() as temporary:
        world, validate = World(Path(temporary) / "raw"), Validator(Schema.read())
        said = validate(world.folder)
        if said != "PASSED":
            sys.exit(f"data/raw itself is {said}")
        for each in range(start, start + number):
            name = make(world, Draw(f"{seed}/{each}"), kinds)
            signal.alarm(_HANG)
            try:
                outcome = validate(world.folder)
            except CrisisDataError:
                outcome = "refused"
            except TimeoutError:
                outcome = "HANG"
            except Exception:
                traceback.print_exc()
                outcome = "TRACEBACK"
            signal.alarm(0)
            if show and outcome == "PASSED":
                print(f"{seed}/{each} {name} passed", file=sys.stderr)
                _show(world)
            world.restore()
            print(f"{name}: {outcome}", flush=True)


def _show(world: World) -> None:
    for file in sorted(world.folder.rglob("*")):
        if file.is_file() and file.suffix == ".yaml" and file.read_bytes() != world.originals.get(file):
            old, new = (
                yaml.load(text, yaml.CBaseLoader) for text in (world.originals.get(file, b""), file.read_bytes())
            )
            before = {repr(row) for row in next(iter(old.values()))} if old else set()
            now = new if isinstance(new, list) else next(iter(new.values())) if len(new) == 1 else [new]
            print(*(repr(row)[:700] for row in now if repr(row) not in before), sep="\n", file=sys.stderr)
        elif file.is_file() and file.read_bytes() != world.originals.get(file):
            before = set(world.originals.get(file, b"").decode().splitlines())
            print(*(line for line in file.read_text().splitlines() if line not in before), sep="\n", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--only", nargs="+", default=sorted(KINDS), choices=sorted(KINDS), metavar="KIND")
    parser.add_argument("--start", type=int, help="Do all in this program, from this number on.")
    parser.add_argument("--show", action="store_true", help="Show the rows of what passed.")
    asked = parser.parse_args()
    if asked.start is not None:
        batch(asked.seed, asked.start, asked.number, asked.only, asked.show)
        return
    found: Counter[tuple[str, str]] = Counter()
    for start in range(0, asked.number, _BATCH):
        number = min(_BATCH, asked.number - start)
        options = ["--seed", f"{asked.seed}", "--start", f"{start}", "--number", f"{number}", "--only", *asked.only]
        command = [sys.executable, __file__, *options, *(["--show"] if asked.show else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE)
        lines = [line.rpartition(": ") for line in done.stdout.splitlines()]
        found.update((name, outcome) for name, _, outcome in lines)
        if done.returncode:
            found["some kind", "CRASH"] += 1
    _report(found)


def _report(found: Counter[tuple[str, str]]) -> None:
    outcomes = ["refused", "warned of", "PASSED", *sorted({o for _, o in found} - {"refused", "warned of", "PASSED"})]
    print(f"{'':42} {' '.join(f'{outcome:>9}' for outcome in outcomes)}")
    for name in sorted({name for name, _ in found}):
        print(f"{name:42} {' '.join(f'{found[name, outcome]:9}' for outcome in outcomes)}")
    totals = Counter[str]()
    for (_, outcome), count in found.items():
        totals[outcome] += count
    number = sum(totals.values())
    met = totals["refused"] + totals["warned of"]
    bad = number - met - totals["PASSED"]
    print(
        f"{number} pieces of nonsense of {len({name for name, _ in found})} kinds: {totals['refused']} refused, "
        f"{totals['warned of']} warned of, {totals['PASSED']} passed ({met / number:.1%} met), {bad} bad"
    )
    sys.exit(bool(bad) or met < _LEAST * number)


if __name__ == "__main__":
    main()
