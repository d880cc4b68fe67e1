"""The same call on Spark gives the same table; skipped where PySpark or Java are not there."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import crisisdata as cd

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs PySpark (pip install '.[spark]') and Java 17",
)

CALLS: list[dict[str, Any]] = [
    {"every": "week", "value": "deaths", "agg": ["sum", "mean"], "columns": ["kind"]},
    {"every": "month", "anchor": ["first_act", "suspended"], "value": "deaths"},
    {"every": "week", "check_values": True},
    {"every": "month", "period": "month", "value": "deaths", "agg": ["sum", "mean", "max"]},
    {"every": None, "columns": ["kind", "deaths"], "episodes": ["mli-2020-08"], "before": 30, "after": 30},
    {"every": "week", "date": "text", "date_format": "%d/%m/%Y", "coverage": ["2020-01-01", "2021-12-31"]},
]
# A session of its own: Spark speaks over sockets, and leaves a Java process behind.
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import ibis
import crisisdata as cd
from pyspark.sql import SparkSession

events, calls, out = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
session = (
    SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "2").getOrCreate()
)
table = ibis.pyspark.connect(session).read_parquet(events)
for number, call in enumerate(calls):
    result = cd.align(table, **({"date": "day", "country": "iso3"} | call))
    assert isinstance(result, ibis.Table)
    result.to_pyarrow().to_pandas().to_parquet(f"{out}/{number}.parquet")
known = cd.in_force(table, date="day", country="iso3", columns=["day", "iso3"])
known.distinct().to_pyarrow().to_pandas().to_parquet(f"{out}/in_force.parquet")
session.stop()
"""


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table in one form: numbers as floats, dates as text, in order."""
    for name in frame:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            frame[name] = column.astype("Float64").astype("float64")
        else:
            frame[name] = column.astype(str).where(column.notna(), "").str[:40]
    return frame.sort_values(list(frame)).reset_index(drop=True)


@pytest.mark.filterwarnings("ignore::crisisdata.errors.NoOverlapWarning")
def test_spark_gives_the_same_table(tmp_path: Path) -> None:
    numbers = pd.Series(range(4000))
    pd.DataFrame({
        "day": (pd.Timestamp("2019-06-01") + pd.to_timedelta(numbers * 37 % 1200, unit="D")).dt.date,
        "text": (pd.Timestamp("2019-06-01") + pd.to_timedelta(numbers * 37 % 1200, unit="D")).dt.strftime("%d/%m/%Y"),
        "iso3": numbers.map(lambda number: ("MLI", "TCD", "FRA")[number % 3]),
        "deaths": pd.array([None if number % 7 == 0 else number % 5 for number in numbers], dtype="Int64"),
        "kind": numbers.map(lambda number: None if number % 11 == 0 else ("battle", "protest")[number % 2]),
    }).to_parquet(tmp_path / "events.parquet")  # fmt: skip
    events = tmp_path / "events.parquet"
    command = [sys.executable, "-c", SCRIPT, str(events), json.dumps(CALLS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    for number, call in enumerate(CALLS):
        expected = cd.align(events, **({"date": "day", "country": "iso3"} | call))
        assert len(expected) > 20
        pd.testing.assert_frame_equal(plain(pd.read_parquet(tmp_path / f"{number}.parquet")), plain(expected))
    expected = cd.in_force(events, date="day", country="iso3", columns=["day", "iso3"]).drop_duplicates()
    pd.testing.assert_frame_equal(plain(pd.read_parquet(tmp_path / "in_force.parquet")), plain(expected))
