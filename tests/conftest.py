"""What tests share: a small set of case files that is valid, to be broken in one place at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from crisisdata.coding.rows import Coding
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import data_folder, read_coding
from crisisdata.errors import InvalidCodingError

CHECKOUT = Path(__file__).resolve().parents[1]

FILES = {
    "actors.csv": """actor_id,name,actor_type,iso3,parent_id,side
bloc,A bloc,regional_organisation,,,external
junta,A junta,junta,AAA,,domestic
union,A union,union,AAA,,domestic
""",
    "countries.csv": "iso3,iso2,name,name_fr,source_id\nAAA,AA,Land,Pays,paper-2020-01-03\n",
    "memberships.csv": "iso3,actor_id,joined_date,source_id\nAAA,bloc,2019,paper-2020-01-03\n",
    "sources.csv": """source_id,title,publisher,origin,published_date,url,language,kind
paper-2020-01-03,A coup,The Paper,,2020-01-03,https://example.org/paper,en,press
gazette-2020-01-04,Un coup d'État,La Gazette,,2020-01-04,https://example.org/gazette,fr,press
reprint-2020-01-05,A coup,The Reprint,The Paper,2020-01-05,https://example.org/reprint,en,press
decision-1,Decision 1,A bloc,,2020-01-10,https://example.org/decision,en,communique
decision-2,Decision 2,A bloc,,2020-02-09,https://example.org/decision-2,en,communique
paper-2020-07-02,A vote,The Paper,,2020-07-02,https://example.org/vote,en,press
""",
    "episodes/aaa-2020-01.yaml": """episode:
  episode_id: aaa-2020-01
  iso3: AAA
  name: Land, January 2020
  tier: core
  event_type: coup
  outcome: successful
  perpetrator_id: junta
  first_act_date: 2020-01-02
  announcement_date: 2020-01-03
  power_ended_date: not_applicable
  deaths_low: 1
  deaths_best: unknown
  deaths_high: 4
  summary: Officers took power.
  evidence:
    - {source_id: paper-2020-01-03, locator: paragraph 1, reading: Says so., date_basis: stated}
    - {source_id: gazette-2020-01-04, locator: paragraph 2, variables: first_act_date; outcome, reading: Says so., date_basis: stated}
triggers:
  - id: arrears
    name: Arrears of pay
    claimed_by: analyst
    category: military_grievances
    tied_to_timing: yes
    start_date: 2019-11
    summary: Soldiers had not been paid.
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 4, reading: Says so.}
      - {source_id: reprint-2020-01-05, locator: paragraph 4, reading: Says so.}
support:
  - id: union-opposes
    actor_id: union
    event_date: 2020-01-03
    about: takeover
    direction: against
    form: word
    summary: The union objected.
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 5, reading: Says so., date_basis: stated}
responses:
  - id: bloc-condemns
    actor_ids: [bloc]
    event_date: 2020-01-03
    channel: statement
    about: [takeover]
    tone: condemns
    summary: The bloc condemned.
    items:
      - {item: words, stage: done}
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 6, reading: Says so., date_basis: stated}
  - id: bloc-suspends
    actor_ids: [bloc]
    event_date: 2020-01-10
    channel: adopted_text
    about: [takeover]
    summary: The bloc suspended Land.
    items:
      - {item: membership, stage: done, sanction_id: aaa-2020-01/bloc-suspension}
    evidence:
      - {source_id: decision-1, locator: article 1, reading: Says so., date_basis: stated}
sanctions:
  - id: bloc-suspension
    name: Suspension from the bloc
    sender_id: bloc
    measure: membership_suspension
    scope: state
    goals: [constitutional_order]
    basis: discretionary
    coup_related: coup_related
    summary: The bloc suspended Land.
    evidence:
      - {source_id: decision-1, locator: article 1, reading: Says so.}
    history:
      - event_date: 2020-01-10
        action: imposed
        decided_by_id: aaa-2020-01/bloc-suspends
        evidence: [{source_id: decision-1, locator: article 1, reading: Says so., date_basis: stated}]
      - event_date: 2020-02-09
        action: lifted
        evidence: [{source_id: decision-2, locator: article 1, reading: Says so., date_basis: stated}]
    listed:
      - id: somebody
        name: Somebody
        listed_date: 2020-01-10
        delisted_date: 2020-02-09
        evidence:
          - {source_id: decision-1, locator: annex, reading: Says so., date_basis: stated}
milestones:
  - id: vote-promise
    kind: election
    name: Promise of a vote
    is_promise: yes
    event_date: 2020-01-03
    promised_for_date: 2020-06
    summary: A vote was promised.
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 9, reading: Says so., date_basis: stated}
  - id: vote
    kind: election
    name: Vote
    is_promise: no
    event_date: 2020-07-01
    fulfils_id: [aaa-2020-01/vote-promise]
    summary: The vote was held late.
    evidence:
      - {source_id: paper-2020-07-02, locator: paragraph 1, reading: Says so., date_basis: stated}
""",
    "context/aaa.yaml": """context:
  - id: war
    iso3: AAA
    category: armed_conflict
    name: The war
    start_date: 2015~
    episode_ids: aaa-2020-01
    summary: There was a war.
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 7, reading: Says so.}
""",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the examples of docstrings that take long; no marker can stand in a docstring."""
    for item in items:
        if item.nodeid.endswith("::crisisdata._site.building.site"):
            item.add_marker("slow")


def write_cases(folder: Path, files: dict[str, str] = FILES) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@lru_cache(maxsize=1)
def read_schema() -> Schema:
    """Read the schemas, once for all tests; a test that changes them works on a copy."""
    return Schema.read()


@lru_cache(maxsize=1)
def _raw_coding() -> Coding:
    return read_coding(data_folder(), read_schema())


def raw_coding() -> Coding:
    """Return a copy of the coding in data/raw, which is read once for all tests."""
    coding = _raw_coding()
    rows = {name: [row.copy() for row in rows] for name, rows in coding.rows.items()}
    return replace(coding, rows=rows, missing=[row.copy() for row in coding.missing])


@pytest.fixture(scope="session")
def schema() -> Schema:
    return read_schema()


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A folder of valid case files, to be changed by the test."""
    return write_cases(tmp_path / "cases")


@pytest.fixture
def coding(cases: Path, schema: Schema) -> Coding:
    return read_coding(cases, schema)


def build_dist(checkout: Path, folder: Path) -> Path:
    """Build the wheel and the sdist of a checkout."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(checkout)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_dist(CHECKOUT, tmp_path_factory.mktemp("dist"))


def faults_of(folder: Path, schema: Schema) -> list[str]:
    """Return the faults in a folder of case files as text; none where it is valid."""
    try:
        read_coding(folder, schema)
    except InvalidCodingError as error:
        return [str(fault) for fault in error.faults]
    return []
