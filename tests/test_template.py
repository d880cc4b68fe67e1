"""The template of a new case: it explains itself, and is valid once its blanks are filled."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import crisisdata as cd
from crisisdata.coding.template import BLANK

FILLED = {
    "name": "Niger, July 2023",
    "event_type": "coup",
    "outcome": "successful",
    "summary": "Said here for the test.",
    "source_id": "paper-2023-07-26",
    "locator": "paragraph 1",
    "reading": "Says all of it, with the day.",
    "claimed_by": "perpetrators",
    "category": "misgovernment",
    "actor_ids": "ecowas-authority",
    "event_date": '"2023-07-30"',
    "channel": "adopted_text",
    "about": "takeover",
    "item": "words",
    "stage": "done",
    "sender_id": "ecowas-authority",
    "measure": "border_closure",
    "scope": "comprehensive",
    "goals": "constitutional_order",
    "basis": "discretionary",
    "coup_related": "coup_related",
    "action": "imposed",
    "first_act_date": '"2023-07-26"',
    "tone": "condemns",
    "share_for": "0.6",
    "direction": "for",
    "form": "word",
    "actor_id": "m62",
    "pollster_id": "m62",
    "fieldwork_start_date": '"2023-08-01"',
    "question": "Who should rule",
    "answer": "The soldiers",
    "act": "arrest",
    "target_kind": "executive_unseated",
    "kind": "charter",
    "is_promise": '"no"',
    "ruler": "junta",
    "head_id": "m62",
    "holder_ids": "m62",
    "start_date": '"2023-07-26"',
    "id": "one",
}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "crisisdata", *arguments], capture_output=True, text=True)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    done = command("new", "ner-2023-07", "--iso3", "NER", "--out", str(tmp_path / "ner"))
    assert done.returncode == 0, done.stderr
    return tmp_path / "ner"


def test_the_validator_asks_for_the_blanks_and_for_nothing_that_is_there(case: Path) -> None:
    done = command("validate", str(case))
    assert done.returncode == 1
    faults = done.stderr.splitlines()
    blanks = sum(
        line.split(": ")[-1] == BLANK for file in case.glob("*.yaml") for line in file.read_text().splitlines()
    )
    assert sum("placeholder of the template" in fault or BLANK in fault for fault in faults) >= blanks
    assert "unknown key" not in done.stderr


@pytest.mark.slow
def test_it_is_valid_once_the_blanks_are_filled(case: Path, tmp_path: Path) -> None:
    for file in case.glob("*.yaml"):
        text = file.read_text("utf-8")
        about = "officers" if file.name in ("support.yaml", "polls.yaml") else "takeover"
        filled = {**FILLED, "about": about}
        if file.name == "triggers.yaml":
            text = text.replace("    summary: ", "    frame: value\n    summary: ")
        for key, value in filled.items():
            text = re.sub(rf"\b{key}: {BLANK}", f"{key}: {value}", text)
        file.write_text(text, encoding="utf-8")
    with (case / "actors.csv").open("a", encoding="utf-8") as actors:
        values = {"actor_id": "m62", "name": "M62", "actor_type": "movement", "iso3": "NER", "side": "domestic"}
        header = (case / "actors.csv").read_text("utf-8").strip().split(",")
        actors.write(",".join(values.get(name, "") for name in header) + "\n")
    with (case / "sources.csv").open("a", encoding="utf-8") as sources:
        values = {
            "source_id": "paper-2023-07-26",
            "title": "Soldiers take power",
            "publisher": "The Paper",
            "published_date": "2023-08-02",
            "url": "https://example.org/coup",
            "language": "en",
            "kind": "press",
        }
        header = (case / "sources.csv").read_text("utf-8").strip().split(",")
        sources.write(",".join(values.get(name, "") for name in header) + "\n")
    coverage = case / "coverage.csv"
    text = coverage.read_text("utf-8").replace(f"{BLANK},{BLANK}", "2023-07-26,2024-01-31")
    coverage.write_text(text.replace(BLANK, "The press of the day"), encoding="utf-8")
    done = command("validate", str(case))
    assert done.returncode == 0, done.stderr
    done = command("build", "--cases", str(case), "--out", str(tmp_path / "edition"), "--name", "niger-2023")
    assert done.returncode == 0, done.stderr
    assert cd.load("sanctions", tmp_path / "edition")["status"].tolist() == ["end_not_found"]


@pytest.mark.slow
def test_nothing_is_overwritten_and_names_are_checked(case: Path, tmp_path: Path) -> None:
    again = command("new", "ner-2023-07", "--iso3", "NER", "--out", str(case))
    assert (again.returncode, "already exists" in again.stderr) == (1, True)
    for arguments in (["niger", "--iso3", "NER"], ["ner-2023-07", "--iso3", "Niger"]):
        done = command("new", *arguments, "--out", str(tmp_path / "other"))
        assert done.returncode == 1
        assert "such as" in done.stderr
        assert not (tmp_path / "other").exists()


def test_the_head_of_each_file_names_every_variable_and_the_schema_for_editors(case: Path) -> None:
    for file in case.glob("*.yaml"):
        head = [line for line in file.read_text("utf-8").splitlines() if line.startswith("#")]
        schema = Path(head[0].split("$schema=")[1])
        assert schema.is_file()
    head = (case / "sanctions.yaml").read_text("utf-8")
    assert "#   targets_listed (optional): " in head
    assert "# In `history`: " in head
