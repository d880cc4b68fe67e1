"""How well the rows of an edition are sourced: the statistics that the codebook shows."""

from __future__ import annotations

import pandas as pd

from crisisdata._editions import Edition
from crisisdata._legacy import frame_of
from crisisdata._load import load
from crisisdata.coding.derive.evidence import ACTS
from crisisdata.coding.schema import Schema

INTRODUCTION = (
    "A row has two independent publishers if the readings that support it come from at least two publishers; reprints "
    "of one text count once. *Act* means that the act or communiqué itself is among the sources. The unit is a coded "
    "date for `episodes` and a row for the other tables."
)


def sourcing_shares(schema: Schema, edition: Edition) -> pd.DataFrame:
    """Return, for each kind of row that an argument would rely on, how many have two independent publishers."""
    readings = frame_of("evidence", edition)
    sources = load("sources", edition).set_index("source_id")
    readings["whose"] = readings["source_id"].map(sources["origin"].fillna(sources["publisher"]))
    readings["act"] = readings["source_id"].map(sources["kind"]).isin(ACTS)
    readings = readings[readings["relation"] == "supports"]
    by_record = readings.groupby(["table_name", "record_id"]).agg(publishers=("whose", "nunique"), act=("act", "any"))

    rows = []
    for name, units in _argument_rows(schema, edition, readings, by_record).items():
        if len(units):
            rows.append(
                {
                    "rows": name,
                    "number": len(units),
                    "two independent publishers": f"{(units['publishers'] > 1).mean():.0%}",
                    "act itself": f"{units['act'].mean():.0%}",
                    "either": f"{((units['publishers'] > 1) | units['act']).mean():.0%}",
                }
            )
    return pd.DataFrame(rows)


def _argument_rows(
    schema: Schema, edition: Edition, readings: pd.DataFrame, by_record: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    def of(table: str, chosen: pd.DataFrame) -> pd.DataFrame:
        return by_record.loc[[(table, key) for key in chosen.iloc[:, 0]]]

    responses, reactions, support, sanctions = (
        load(name, edition) for name in ("responses", "reactions", "support", "sanctions")
    )
    types = schema.codes["actor_type"].codes.values()
    organisations = [code.code for code in types if code.attributes["organisation"] == "yes"]
    leads = reactions[(reactions["is_lead"] == "yes") & reactions["actor_type"].isin(organisations)]
    by_organisation = responses["response_id"].isin(leads["response_id"])
    suspensions = sanctions[(sanctions["measure"] == "membership_suspension") & sanctions["imposed_date"].notna()]
    everything = {name: of(name, load(name, edition)) for name in _evidenced(schema) if name != "episodes"}  # type: ignore[call-overload]
    on_takeover = support["about"] == "takeover"
    central = {
        "dates of episodes": _episode_dates(edition, readings),
        "sanctions": everything["sanctions"],
        "changes of state of sanctions": everything["sanction_events"],
        "responses of organisations": of("responses", responses[by_organisation]),
        "positions towards the takeover": of("support", support[on_takeover]),
    }
    return {
        **central,
        "**the five above, the basis of most arguments**": pd.concat(central.values()),
        "suspensions of membership": of("sanctions", suspensions),
        "responses of states and others": of("responses", responses[~by_organisation]),
        "other positions": of("support", support[~on_takeover]),
        **{name.replace("_", " "): everything[name] for name in _OTHERS},
    }


_OTHERS = ("polls", "authority_acts", "milestones", "rule_spells", "triggers", "context")


def _evidenced(schema: Schema) -> list[str]:
    return [table.name for table in schema.evidenced if table.group == "coded"]


def _episode_dates(edition: Edition, readings: pd.DataFrame) -> pd.DataFrame:
    episodes = load("episodes", edition).set_index("episode_id")
    fields = edition.resource("episodes")["schema"]["fields"]
    names = [
        f["name"] for f in fields if f["type"] == "date" and "derived" not in f and not f["name"].endswith("_latest")
    ]
    of_episodes = readings[readings["table_name"] == "episodes"]
    rows = []
    for episode in episodes.index:
        own = of_episodes[of_episodes["record_id"] == episode]
        for name in names:
            if pd.notna(episodes.loc[episode, name]):
                named = own["variables"].fillna("").str.split(r"\s*;\s*", regex=True)
                chosen = own[[name in variables or variables == [""] for variables in named]]
                rows.append({"publishers": chosen["whose"].nunique(), "act": chosen["act"].any()})
    return pd.DataFrame(rows, columns=["publishers", "act"])
