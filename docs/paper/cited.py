"""Write the figures that the paper cites, from the newest edition, or check that they are up to date.

Usage: ``python docs/paper/cited.py [--check]``

The prose of `paper.typ` holds no figure of its own. What it says in words rests on `claims`: a claim that an edition no
longer bears out stops the build, so that the sentence is rewritten.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import crisisdata as cd
from crisisdata._agreement import wilson
from crisisdata.coding.checks import CHECKS
from crisisdata.coding.derive import read_schema
from crisisdata.coding.derive.balance import balance as balance_of
from crisisdata.coding.sourcing import sourcing_shares

FOLDER = Path(__file__).resolve().parent
CHECKOUT = FOLDER.parents[1]
FILE = FOLDER / "numbers.json"
WITH_FIRST = ("first_second", "first_third")
FLAGS = ("good", "tentative", "flagged", "few", "not_measured", "not_comparable", "no_variation")
MALI_2020, MALI_2021, CHAD, GABON = "mli-2020-08", "mli-2021-05", "tcd-2021-04", "gab-2023-08"
REMOVAL = "removal_of_head_of_government"
AUDITED = "1.2"
"""The edition whose comparators were audited."""
SAMPLED = "1.1"
"""The edition in which the sampled records were corrected."""
AUDITS = {
    "audit": "audit_drawn",
    "audit_again_first": "audit_again_drawn",
    "audit_again_second": "audit_again_drawn",
    "audit_new": "audit_new_drawn",
    "audit_core_before": "audit_core_drawn",
    "audit_core_now": "audit_core_drawn",
    "audit_comparators_now": "audit_core_drawn",
    "audit_added": "audit_added_drawn",
}
"""For each audit, how many rows were drawn; `<audit>_right` is how many of them were right."""
ON_COUP = {
    "takeover",
    "authorities",
    "timetable",
    "vote",
    "candidacy",
    "persons_held",
    "repression",
    "death_of_executive",
}
"""The matters of a response that concern the takeover or the transition."""
AGAINST_PERSONS = {"arrest", "charge", "trial_or_sentence", "raid", "sought", "assaulted_or_killed"}
QUIET = "MLI 2020-11-01/2020-11-30"
"""The one window of the search for units that does not begin with a takeover."""
MEASURES = 3  # the first step of coercion that is a measure


def main(arguments: list[str]) -> int:
    found = numbers()
    broken = [text for text, holds in claims(found) if not holds]
    for text in broken:
        print(f"paper.typ says what the edition no longer bears out: {text}. Rewrite the sentence, then the claim.")
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if "--check" not in arguments:
        FILE.write_text(text, encoding="utf-8", newline="\n")
    elif FILE.read_text("utf-8") != text:
        print("docs/paper/numbers.json is not what the newest edition says; run: make generate")
        return 1
    return 1 if broken else 0


def numbers() -> dict[str, Any]:
    """Return each figure, as text for the prose and as lists for the tables."""
    edition = cd.Edition.find()
    return {
        **of_edition(edition),
        **of_cases(),
        **of_coding(edition),
        **of_reliability(edition),
        **of_other_lists(),
        **of_answers(),
        **of_support(),
        **of_measures(),
        **reported(),
    }


def claims(n: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield what the prose says in words, with whether it holds."""
    yield "no human has coded or adjudicated", n["coder_kinds"] == ["language-model"]
    yield "the blind sample is of the core alone", n["sample_tiers"] == ["core"]
    yield "no DOI has been assigned", n["doi"] is None
    yield (
        "the tone of a response rose above the bar after its definition was revised",
        (float(n["tone_before"]) < float(n["good"]) <= float(n["tone_after"])),
    )
    yield "the first search for acts fell short of its target", float(n["units_1_f1"]) < float(n["units_target"])
    yield "in round 1 the dataset found more than the second coder", int(n["units_1_ours"]) > int(n["units_1_theirs"])
    yield "values with higher confidence held more often", n["held_high"] > n["held_medium"] > n["held_low"]
    yield "the second coders of round 2 found more than the dataset", float(n["units_2_recall"]) < 0.5
    yield "round 1 had four windows in Mali and one in Chad", n["units_countries"] == {"MLI": 4, "TCD": 1}
    yield "nor did the second reach it", float(n["units_2_f1"]) < float(n["units_target"])
    yield "every interval of an audit of the core lies below 95", int(n["audit_core_now_high"]) < 95
    yield "no cell of the matrix is a decision not to act", n["matrix_decided"] == "0"
    yield "every body in the matrix was searched for", n["matrix_not_searched"] == "0"
    yield "weighting raw agreement changes no flag", n["weighted_flags_kept"]
    yield "the list of Powell and Thyne was read in two versions", n["powell_thyne_versions"] == 2
    yield "where the matter was open, the dataset's value was nearly always kept", n["settled_open_ours"] > 0.9
    yield "no search is recorded as systematic", n["coverage_systematic"] == "0"
    yield "items have no readings of their own", n["items_read"] == 0
    yield "crowds were for both Malian takeovers and none against", n["mali_crowds_one_sided"]
    yield "two questions were asked after the takeover of 2020", n["mali_2020_polls"] == 2
    yield "no poll on the takeover of May 2021 within the window", n["mali_2021_polls"] == 0
    yield "the word for Mali, August 2020, changed between editions", len(n["mali_2020_words"]) > 1
    yield "the proximate cause rests on a flagged variable", "triggers.tied_to_timing" in n["flagged_names"]
    yield "whether a cause is tied to the timing is flagged", "triggers.tied_to_timing" in n["flagged_names"]
    yield "the goals of sanctions are flagged", "sanctions.goals" in n["flagged_names"]
    yield (
        "when causes began and ended, and who claimed them, is flagged",
        ({"triggers.start_date", "triggers.end_date", "triggers.claimant_id"} <= set(n["flagged_names"])),
    )
    yield "no variable of episodes can be judged", n["episodes_judged"] == 0
    yield "the African Union did not suspend Chad in 2021", not n["au_suspended_chad"]
    yield (
        "Chad's takeover was condemned less than Gabon's, though society leaned against the one and for the other",
        (
            float(n["chad_condemned"]) < float(n["gabon_condemned"])
            and n["chad_gabon_words"] == ["leans_against", "for"]
        ),
    )
    yield "no failed attempt brought a suspension", n["failed_suspended"] == 0
    yield "Burkina Faso, September 2022, brought no new suspension", n["burkina_2022_days"] == "–"
    yield "the hardest answer to Mali, May 2021, was on the timetable", n["mali_2021_step_about"] == "timetable"
    yield "and it was no answer of the first months", int(n["mali_2021_step_days"]) > 90
    yield (
        "the changes of a sanction's state are flagged, on which days in force rest",
        ("sanction_events.action" in n["flagged_names"]),
    )
    yield "each poll on those in power since May 2021 has a majority for them", n["mali_2021_poll_least"] > 0.5
    yield "the second Malian balance is lower", n["mali_2021_lower"]
    yield "the intervals of the two Malian balances overlap", n["mali_overlap"]
    yield "more voices against than for in both Malian takeovers", n["mali_more_against"]
    yield "without unnamed groups both intervals include zero", n["mali_named_include_zero"]
    yield (
        "the events of Chad 2021 and Mali, December 2012, are among those on which definitions differ",
        ({CHAD, "mli-2012-12"} <= set(n["definitions_differ_ids"])),
    )
    yield (
        "Powell and Thyne list Chad 2021, and the Center for Systemic Peace does not",
        (n["chad_listed"] == ["successful", "not_counted"]),
    )
    yield "Powell and Thyne date the Malian takeover of 2021 before our first act", n["mali_2021_days_early"] > 0
    yield (
        "for most episodes the choice of definition does not matter",
        (2 * int(n["definitions_differ"]) < int(n["episodes"])),
    )


def reported() -> dict[str, str]:
    """Return the figures that the documentation reports."""
    found = {}
    for name, where in tomllib.loads((FOLDER / "reported.toml").read_text("utf-8")).items():
        value = where["value"]
        if not re.search(rf"(?<![\w.]){re.escape(value)}(?![\w])", (CHECKOUT / where["page"]).read_text("utf-8")):
            raise SystemExit(
                f"{where['page']} no longer reports {name} as {value}; correct docs/paper/reported.toml and the paper"
            )
        found[name] = decimal(float(value)) if "." in value else value
    for name, drawn in AUDITS.items():
        low, high = wilson(int(found[f"{name}_right"]) / int(found[drawn]), int(found[drawn]))
        found |= {f"{name}_low": percent(low), f"{name}_high": percent(high)}
    return found


def of_edition(edition: cd.Edition) -> dict[str, Any]:
    tables = cd.tables()
    coded = tables[tables["group"] == "coded"]
    days = [cd.Edition.find(version).descriptor["created"][:10] for version in cd.versions()]
    return {
        "edition": edition.version,
        "published": edition.descriptor["created"][:10],
        "title": edition.descriptor["title"],
        "doi": edition.descriptor.get("doi"),
        "citation": cd.cite(),
        "editions_first": min(days),
        "editions_last": max(days),
        "licence": edition.descriptor["licenses"][0]["title"],
        "content_hash": edition.content_hash.removeprefix("sha256:"),
        "editions": str(len(cd.versions())),
        "tables": str(len(tables)),
        "tables_coded": str(len(coded)),
        "tables_other": str(len(tables) - len(coded)),
        "rows_coded": thousands(coded["rows"].sum()),
        "columns": thousands(tables["columns"].sum()),
        "coded_tables": [[name, row["grain"], thousands(row["rows"])] for name, row in coded.iterrows()],
        "code_lists": str(cd.load("codes")["code_list"].nunique()),
        "codes": thousands(len(cd.load("codes"))),
        "rows": {name: thousands(number) for name, number in tables["rows"].items()},
    }


def of_cases() -> dict[str, Any]:
    episodes = cd.load(labels=True).sort_values("first_act_date")
    codes = cd.load().set_index("episode_id")
    candidates = cd.load("candidates")
    countries = cd.load("countries").set_index("iso3")["name"]
    tiers = codes["tier"].value_counts()
    audited = set(cd.load(version=AUDITED).query("tier == 'comparator'")["episode_id"])
    return {
        "episodes": str(len(episodes)),
        "core": str(tiers["core"]),
        "comparators": str(tiers["comparator"]),
        "audited_edition": AUDITED,
        "comparators_audited": str(len(audited)),
        "comparators_since": str(len(set(codes.index[codes["tier"] == "comparator"]) - audited)),
        "comparators_share": percent(comparators_share(codes["tier"])),
        "countries": str(codes["iso3"].nunique()),
        "country_list": listed(sorted(countries[codes["iso3"].unique()])),
        "core_countries": listed(sorted(countries[codes.loc[codes["tier"] == "core", "iso3"].unique()])),
        "first_year": str(episodes["first_act_date"].dt.year.min()),
        "last_year": str(episodes["first_act_date"].dt.year.max()),
        "takeovers": str(len(takeovers())),
        "failed": str((codes["outcome"] == "failed").sum()),
        "removals": str(((codes["outcome"] == "successful") & (codes["event_type"] == REMOVAL)).sum()),
        "coded_through_first": f"{codes['coded_through'].min():%Y-%m-%d}",
        "coded_through_last": f"{codes['coded_through'].max():%Y-%m-%d}",
        "cases": [
            [each.name, f"{each.first_act_date:%Y-%m-%d}", each.tier, each.event_type, each.outcome, each.target_office]
            for each in episodes.itertuples()
        ],
        "candidates": str(len(candidates)),
        "candidate_countries": str(candidates["iso3"].nunique()),
        "candidates_claimed": str((candidates["existence"] == "claimed").sum()),
    }


def comparators_share(tiers: pd.Series) -> float:
    """Return the share of the comparators in the rows of the coded tables that stand in an episode's folder."""
    found = pd.Series(dtype="float64")
    for name in cd.tables().query("group == 'coded'").index:
        table = cd.load(name)
        episode = table.iloc[:, 0].astype(str).str.split("/").str[0].map(tiers.astype(str))
        found = found.add(episode.value_counts(), fill_value=0)
    return float(found["comparator"] / found.sum())


def of_coding(edition: cd.Edition) -> dict[str, Any]:
    sources, evidence = cd.load("sources"), cd.load("evidence")
    languages = sources["language"].value_counts()
    levels = [check.level for check in CHECKS.values()]
    shares = sourcing_shares(read_schema(), edition).set_index("rows")
    [central] = [row for name, row in shares.iterrows() if str(name).startswith("**")]  # the sum of the central ones
    missing = cd.load("missing_values")
    reasons = missing["reason"].value_counts()
    coverage = cd.load("coverage")["depth"].value_counts()
    coded = cd.tables().query("group == 'coded'")
    items = coded.loc["response_items", "rows"]
    acts = cd.load("authority_acts")["act"]
    return {
        "missing": str(len(missing)),
        "missing_candidates": str((missing["table_name"] == "candidates").sum()),
        "empty": thousands(
            sum(empty_cells(name) for name in coded.index) - missing["table_name"].isin(coded.index).sum()
        ),
        "items_share": percent(items / coded["rows"].sum()),
        "items_read": int((evidence["table_name"] == "response_items").sum()),
        "readings_whole_share": percent(evidence["variables"].isna().mean()),
        "sources_undated": thousands(sources["published_date"].isna().sum()),
        "sources_kept_elsewhere": thousands(sources["kept_by"].notna().sum()),
        "sources_archived": str(sources["url"].str.contains(r"web\.archive\.org|archive\.(?:ph|today|is)").sum()),
        "coverage": str(coverage.sum()),
        "coverage_targeted": str(coverage["targeted"]),
        "coverage_systematic": str(coverage.get("systematic", 0)),
        "acts_against_persons": thousands(acts.isin(AGAINST_PERSONS).sum()),
        "sources_french_share": percent(languages["fr"] / len(sources)),
        "sources_english_share": percent(languages["en"] / len(sources)),
        "sources_press_share": percent((sources["kind"] == "press").mean()),
        "publishers": thousands(sources["publisher"].nunique()),
        "contradicting": str((evidence["relation"] == "contradicts").sum()),
        "checks": str(len(levels)),
        "checks_faults": str(levels.count("fault")),
        "checks_warnings": str(levels.count("warning")),
        "central_rows": thousands(central["number"]),
        "central_two": central["two independent publishers"].rstrip("%"),
        "central_act": central["act itself"].rstrip("%"),
        "central_either": central["either"].rstrip("%"),
        "not_applicable": str(reasons["not_applicable"]),
        "unknown": str(reasons["unknown"]),
    }


def empty_cells(name: str) -> int:
    """Return the empty cells of a coded table, leaving out computed columns and the parts of dates."""
    rules = cd.codebook(name)["rule"]
    table = cd.load(name).reset_index()
    asked = [
        column
        for column in rules.index[rules.isna()]
        if column in table and not column.endswith(("_latest", "_precision"))
    ]
    return int(table[asked].isna().sum().sum())


def of_reliability(edition: cd.Edition) -> dict[str, Any]:
    agreement, sample = cd.load("agreement"), cd.load("coding_sample")
    rules = edition.descriptor["agreement"]
    rounds = agreement[agreement["comparison"].isin(WITH_FIRST)].sort_values("coding_round")
    by_variable = rounds.groupby(["table_name", "variable"], observed=True)
    last = by_variable.last()
    flags, at_first = last["flag"].value_counts(), by_variable.first()["flag"].value_counts()
    by_table = pd.crosstab(last.index.get_level_values("table_name"), last["flag"]).reindex(columns=FLAGS, fill_value=0)
    second = sample[sample["coding_pass"] == "second"]
    drawn = second["table_name"].value_counts()
    tone = agreement[
        (agreement["table_name"] == "responses")
        & (agreement["variable"] == "tone")
        & (agreement["comparison"] == "first_second")
    ].set_index("coding_round")["alpha"]
    flagged = last[last["flag"] == "flagged"]
    words = flagged["measurement_level"] == "words"
    good = last[last["flag"] == "good"]
    retest = (
        agreement[agreement["comparison"] == "second_third"].groupby(["table_name", "variable"], observed=True).last()
    )
    both = last.join(retest.add_suffix("_retest"))
    judged = ["good", "tentative", "flagged"]
    nominal = both[
        (both["measurement_level"] == "nominal") & both["flag"].isin(judged) & both["flag_retest"].isin(judged)
    ]
    exact = last[last["flag"].isin(judged) & last["measurement_level"].isin(["ordinal", "interval", "ratio"])]
    dates = good[good["measurement_level"] == "interval"]
    direction, about = (last.loc[("support", name), "raw_agreement"] for name in ("direction", "about"))
    tied = last.loc[("triggers", "tied_to_timing")]
    return {
        "good_by_lower_bound": str((good["alpha_low"] >= good["threshold"]).sum()),
        "retest_flagged": str((retest["flag"] == "flagged").sum()),
        "retest_good_flagged": listed(
            [
                f"{table}.{name}"
                for table, name in both.index[(both["flag"] == "good") & (both["flag_retest"] == "flagged")]
            ]
        ),
        "weighted_flags_kept": bool(
            (
                (exact["raw_agreement"] < exact["threshold"]) == (exact["raw_agreement_weighted"] < exact["threshold"])
            ).all()
        ),
        "nominal": str(len(nominal)),
        "nominal_above_retest": str((nominal["alpha"] > nominal["alpha_retest"]).sum()),
        "dates_left_out": str(dates["left_out"].sum()),
        "dates_strict_least": decimal(
            (
                dates["raw_agreement"]
                * (dates["records"] + dates["one_sided"])
                / (dates["records"] + dates["one_sided"] + dates["left_out"])
            ).min()
        ),
        "about_before": decimal(by_variable.first().loc[("support", "about"), "alpha"]),
        "about_after": decimal(last.loc[("support", "about"), "alpha"]),
        "positions_about_differ": percent(1 - about),
        "positions_direction_differ": percent(1 - direction),
        "tied_alpha": signed(tied["alpha"]),
        **of_records(sample),
        "coded_first": f"{cd.load('coders')['coded_date'].min():%Y-%m-%d}",
        "coded_last": f"{cd.load('coders')['coded_date_latest'].max():%Y-%m-%d}",
        "coder_kinds": sorted(cd.load("coders")["kind"].astype(str).unique()),
        "sample_tiers": sample_tiers(second),
        "threshold_manifest": decimal(rules["thresholds"]["manifest"]),
        "threshold_latent": f"{rules['thresholds']['latent']:.3f}",
        "good": decimal(rules["good"]),
        "minimum_records": str(rules["minimum_records"]),
        "bootstrap": thousands(rules["bootstrap"]["samples"]),
        "sampled": thousands(len(second)),
        "masked": str((sample["coding_pass"] == "masked").sum()),
        "settled": thousands(len(cd.load("adjudications"))),
        "variables_measured": str(flags.reindex(["good", "tentative", "flagged", "few", "no_variation"]).sum()),
        **{f"variables_{flag}": str(flags.get(flag, 0)) for flag in FLAGS if flag != "no_variation"},
        "episodes_judged": int(by_table.loc["episodes", ["good", "tentative", "flagged"]].sum()),
        "first_good": str(at_first["good"]),
        "first_flagged": str(at_first["flagged"]),
        "measured_again": str((by_variable.size() > 1).sum()),
        "flagged_words": str(words.sum()),
        "flagged_names": [f"{table}.{name}" for table, name in flagged.index],
        "flagged_rows": [
            [f"{table}.{name}", row["measurement_level"], signed(row["alpha"]), decimal(row["raw_agreement"])]
            for (table, name), row in flagged.iterrows()
        ],
        "agreement_by_table": [
            [name, str(drawn.get(name, "")), *(str(row[flag]) for flag in FLAGS[:4])]
            for name, row in by_table.iterrows()
            if row[list(FLAGS[:4])].sum()
        ],
        "tone_before": decimal(tone.iloc[0]),
        "tone_after": decimal(tone.iloc[-1]),
        **of_units(),
        **of_probes(agreement),
        **of_confidence(),
    }


def of_records(sample: pd.DataFrame) -> dict[str, Any]:
    """Return how many sampled records had no cell recoded when they were corrected, and what settled disagreements."""
    changes = cd.load("changes").query("edition == @SAMPLED and kind == 'recoded'")
    key = ["table_name", "record_id"]
    recoded = pd.MultiIndex.from_frame(changes[key].astype(str))
    read = sample[sample["coding_pass"] == "third"]
    kept = ~pd.MultiIndex.from_frame(read[key].astype(str)).isin(recoded)
    weight = 1 / read["inclusion_probability"]
    responses = (read["table_name"] == "responses").to_numpy()
    key = [*key, "variable"]
    codings, settled = cd.load("codings"), cd.load("adjudications").set_index(key)
    first, second = (
        codings[codings["coder_id"].str.fullmatch(pattern)].drop_duplicates(key).set_index(key)["value"]
        for pattern in ("first", "second-[pqrs]")
    )
    values = settled.join(first.rename("first")).join(second.rename("second"))[["value", "first", "second"]]
    values = values.fillna("").astype(str)
    ours, theirs = (values["value"] == values[name] for name in ("first", "second"))
    pairs = pd.concat([first.rename("first"), second.rename("second")], axis=1, join="inner").fillna("").astype(str)
    open_ones = settled["ground"].str.contains("leaves it open|case file stands").reindex(values.index)
    differ = pairs[pairs["first"] != pairs["second"]]
    return {
        "records_read_again": str(len(read)),
        "records_kept": str(kept.sum()),
        "records_kept_share": percent(kept.mean()),
        "records_kept_weighted": percent(float((kept * weight).sum() / weight.sum())),
        "responses_kept_share": percent(kept[responses].mean()),
        "settled_ours": str(ours.sum()),
        "settled_theirs": str((theirs & ~ours).sum()),
        "settled_open": str(open_ones.sum()),
        "settled_open_ours": float(ours[open_ones].mean()),
        "cells_differ": thousands(len(differ)),
    }


def sample_tiers(sample: pd.DataFrame) -> list[str]:
    """Return the tiers of the episodes in whose folders the sampled records stand."""
    tiers = cd.load().set_index("episode_id")["tier"].astype(str)
    episode = sample["record_id"].str.split("/").str[0]
    return sorted(episode.map(tiers).dropna().unique())


def of_units() -> dict[str, Any]:
    units = cd.load("unit_agreement").query("table_name == 'all'").set_index("window")
    found: dict[str, Any] = {}
    for number, row in ((1, units.loc["round 1"]), (2, units.loc["round 2"])):
        both, ours, theirs = row["found_by_both"], row["first_only"], row["second_only"]
        low, high = wilson(row["recall_share"], both + theirs)
        found |= {
            f"units_{number}_ours": percent((both + ours) / (both + ours + theirs)),
            f"units_{number}_theirs": percent((both + theirs) / (both + ours + theirs)),
            f"units_{number}_recall": decimal(row["recall_share"]),
            f"units_{number}_recall_low": decimal(low),
            f"units_{number}_recall_high": decimal(high),
            f"units_{number}_f1": decimal(row["f1"]),
            f"units_{number}_added": str(theirs),
        }
    quiet = units.loc[QUIET]
    windows = cd.load("units").drop_duplicates(["iso3", "window_date"])
    countries = windows[windows["coding_round"] == 1]["iso3"].value_counts()
    return found | {
        "units_windows": str(countries.sum()),
        "units_countries": {str(name): int(number) for name, number in countries.items()},
        "units_quiet": decimal(quiet["recall_share"]),
        "units_quiet_low": decimal(quiet["recall_share_low"]),
        "units_quiet_high": decimal(quiet["recall_share_high"]),
    }


def of_probes(agreement: pd.DataFrame) -> dict[str, str]:
    results, probes = cd.load("probe_results"), cd.load("probes")
    whole = results[results["actor_group"] == "all"].set_index("probe")["flip_share"]
    flipped = probes["value_before"].fillna("") != probes["value_after"].fillna("")
    by_variable = flipped.groupby([probes["table_name"], probes["variable"]], observed=True).mean()
    masked = agreement[agreement["comparison"] == "third_masked"]
    judged = masked[masked["flag"].isin(["good", "tentative", "flagged"])]
    key = ["table_name", "record_id", "variable"]
    codings = cd.load("codings")
    second, third = (
        codings[codings["coder_id"].str.fullmatch(pattern)].drop_duplicates(key).set_index(key)["value"]
        for pattern in ("second-[pqrs]", "third-.*")
    )
    asked = pd.MultiIndex.from_frame(probes[key].drop_duplicates())
    plain = second.reindex(asked).fillna("") != third.reindex(asked).fillna("")
    return {
        "flips_least": percent(whole.min()),
        "flips_most": percent(whole.max()),
        "flips_plain": percent(plain.mean()),
        "flips_variable_least": percent(by_variable.min()),
        "flips_variable_most": percent(by_variable.max()),
        "masked_judged": str(len(judged)),
        "masked_flagged": str((judged["flag"] == "flagged").sum()),
        "masked_records": f"{judged['records'].median():g}",
        "masked_unsure": str((judged["alpha_low"] < judged["threshold"]).sum()),
    }


def of_confidence() -> dict[str, str]:
    calibration = cd.load("calibration")
    newest = calibration[calibration["rule_edition"] == calibration["rule_edition"].iloc[-1]]
    held = newest.set_index("confidence")["held_share"]
    return {f"held_{step}": percent(held[step]) for step in ("high", "medium", "low")}


def of_other_lists() -> dict[str, Any]:
    verdicts, crosswalk = cd.load("definitions"), cd.load("crosswalk")
    labels = cd.codebook("definitions", "definition")["label"]
    thyne = crosswalk[crosswalk["dataset"] == "powell_thyne"]
    versions = thyne["version"].astype(str).value_counts().sort_index()
    match = pd.crosstab(crosswalk["dataset"], crosswalk["match_status"])
    agrees = pd.crosstab(verdicts["definition"], verdicts["agrees"])
    counted = verdicts.dropna(subset="episode_id").pivot(index="episode_id", columns="definition", values="counted_as")
    differ = counted.index[counted.astype(str).nunique(axis=1) > 1].tolist()
    listing = verdicts.set_index(["candidate_id", "definition"])["listed_as"].astype(str)
    names = cd.load().set_index("episode_id")["name"]
    first_act = cd.load().set_index("episode_id").loc[MALI_2021, "first_act_date"]
    theirs = crosswalk.set_index(["candidate_id", "dataset"])["native_date"]
    return {
        "powell_thyne_versions": len(versions),
        "powell_thyne_older": str(versions.iloc[0]),
        "powell_thyne_newer": str(versions.iloc[-1]),
        "lists": str(len(labels)),
        "verdicts": thousands(len(verdicts)),
        "undecided": str((verdicts["counted_as"] == "undecided").sum()),
        "list_rows": [
            [
                labels[name],
                *(str(match.loc[name, status]) for status in ("exact", "partial", "disputed", "absent", "not_read")),
                str(agrees.loc[name, "yes"]),
                str(agrees.loc[name, "no"]),
                str(agrees.loc[name, "unclear"]),
            ]
            for name in labels.index
        ],
        "definitions_differ": str(len(differ)),
        "definitions_differ_ids": differ,
        "definitions_differ_names": "; ".join(names[differ]),
        "episode_rows": [
            [names[key], *(short(counted.loc[key, name]) for name in labels.index)]
            for key in cd.load().sort_values("first_act_date")["episode_id"]
        ],
        "list_names": list(labels),
        "chad_listed": [listing[CHAD, "powell_thyne"], listing[CHAD, "csp"]],
        "mali_2021_days_early": (first_act - theirs[MALI_2021, "powell_thyne"]).days,
    }


def of_answers() -> dict[str, Any]:
    seized = takeovers()
    episodes = cd.load().sort_values("first_act_date").set_index("episode_id")
    parts = {"takeover_rows": seized, "other_rows": episodes.drop(seized.index)}
    failed = episodes[episodes["outcome"] == "failed"]
    words = cd.codebook("episodes", "organised_word")["label"]
    matrix = cd.load("reaction_matrix")
    status = matrix["status"].value_counts()
    suspended = seized["suspended_by"].fillna("").str.split(r"\s*;\s*", regex=True)
    by = {name: suspended.map(lambda bodies, name=name: name in bodies) for name in ("AU", "ECOWAS")}
    days = seized["days_to_suspension"].dropna()
    member = pd.Series([was_member(row["iso3"], "ecowas", row["first_act_date"]) for _, row in seized.iterrows()])
    memberships, countries = cd.load("memberships"), cd.load("countries").set_index("iso3")["name"]
    left = memberships[(memberships["actor_id"] == "ecowas") & memberships["left_date"].notna()]
    reactions = cd.load("reactions").query("episode_id == @MALI_2021").sort_values("event_date")
    hardest = reactions[reactions["coercion"] == reactions["coercion"].max()].iloc[0]
    fixed = matrix[matrix["applies"].notna()]
    acted = matrix["status"] == "acted"
    harsh = hardest_steps(matrix)
    return {
        "matrix_fixed": str(len(fixed)),
        "matrix_fixed_acted": str((fixed["status"] == "acted").sum()),
        "matrix_fixed_90": str((fixed["days_low"][fixed["status"] == "acted"] <= 90).sum()),
        "matrix_unlisted": str((acted & matrix["applies"].isna()).sum()),
        "matrix_other_matter": str(((harsh["any"] >= MEASURES) & ~(harsh["on_coup"] >= MEASURES)).sum()),
        **of_suspensions(seized),
        "bodies": str(len(cd.load("bodies"))),
        "matrix_cells": thousands(len(matrix)),
        "matrix_applies": str(len(matrix) - status["not_applicable"]),
        "matrix_acted": str(status["acted"]),
        "matrix_nothing": str(status["searched_nothing_found"]),
        "matrix_decided": str(status["decided_not_to_act"]),
        "matrix_not_searched": str(status["not_searched"]),
        "au_suspended": str(by["AU"].sum()),
        "ecowas_suspended": str(by["ECOWAS"].sum()),
        "ecowas_members": str(member.sum()),
        "ecowas_left": listed(sorted(countries[left["iso3"]])),
        "mali_2021_step": str(hardest["coercion"]),
        "mali_2021_step_days": str(hardest["days_low"]),
        "mali_2021_step_about": str(hardest["about"]),
        "au_suspended_chad": bool(by["AU"][CHAD]),
        "days_to_suspension_median": f"{days.median():g}",
        "days_to_suspension_most": str(days.max()),
        "force": str((seized["coercion"] == 7).sum()),
        "force_30d": str((seized["coercion_30d"] == 7).sum()),
        "engaged": str((seized["engagement"] == seized["engagement"].max()).sum()),
        "coercion_bottom": str(int(cd.load("reactions")["coercion"].min())),
        "coercion_top": str(int(cd.load("reactions")["coercion"].max())),
        "engagement_top": str(int(cd.load("reactions")["engagement"].max())),
        **{
            f"{name}_{figure}": str(seized.loc[key, column])
            for name, key in (("chad", CHAD), ("gabon", GABON))
            for figure, column in (
                ("responders", "responders"),
                ("condemning", "responders_condemning"),
                ("positioned", "responders_positioned"),
                ("for", "organised_for"),
                ("reserved", "organised_reserved"),
                ("against", "organised_against"),
            )
        },
        "chad_condemned": percent(seized.loc[CHAD, "condemned_share"]),
        "gabon_condemned": percent(seized.loc[GABON, "condemned_share"]),
        "chad_gabon_words": [str(seized.loc[key, "organised_word"]) for key in (CHAD, GABON)],
        "failed_force": str((failed["coercion"] == 7).sum()),
        "failed_suspended": int(failed["days_to_suspension"].notna().sum()),
        **{name: [answered(row, words) for _, row in rows.iterrows()] for name, rows in parts.items()},
    }


def hardest_steps(matrix: pd.DataFrame) -> pd.DataFrame:
    """Return the highest step of coercion in each cell, of all reactions and of those about takeover or transition."""
    reactions = cd.load("reactions")
    key = ["actor_id", "episode_id"]
    body = reactions["organisation_id"].fillna(reactions["actor_id"])
    cells = matrix.set_index(key).index
    bodies = reactions.assign(
        actor_id=reactions["actor_id"].where(reactions["actor_id"].isin(matrix["actor_id"]), body)
    )
    on_coup = bodies[bodies["about"].astype(str).isin(ON_COUP)]
    return pd.DataFrame(
        {
            "any": matrix.set_index(key)["coercion"],
            "on_coup": on_coup.groupby(key, observed=True)["coercion"].max().reindex(cells),
        }
    ).fillna(0)


def of_suspensions(seized: pd.DataFrame) -> dict[str, str]:
    """Return the days to the suspension by each body, and when ECOWAS suspended Niger."""
    sanctions = cd.load("sanctions").query("measure == 'membership_suspension' and coup_related == 'coup_related'")
    sanctions = sanctions.dropna(subset="imposed_date")
    found: dict[str, str] = {}
    for name, senders in (("au", r"au(-.*)?"), ("ecowas", r"ecowas(-.*)?")):
        own = sanctions[sanctions["sender_id"].str.fullmatch(senders) & sanctions["episode_id"].isin(seized.index)]
        first = own.groupby("episode_id", observed=True)["imposed_date"].min()
        days = (first - seized["first_act_date"].reindex(first.index)).dt.days
        found |= {f"{name}_days_median": f"{days.median():g}", f"{name}_days_most": str(days.max())}
        if name == "ecowas":
            found["ecowas_niger_date"] = f"{first['ner-2023-07']:%Y-%m-%d}"
    return found


def answered(row: pd.Series, words: pd.Series) -> list[str]:
    """Return one episode as a row of the table of answers abroad and positions at home."""
    return [
        row["name"],
        optional(row["days_to_suspension"]),
        optional(row["coercion_30d"]),
        optional(row["coercion"]),
        optional(row["engagement"]),
        percent(row["condemned_share"]) if pd.notna(row["condemned_share"]) else "–",
        balance(row),
        "–" if pd.isna(row["organised_word"]) else words[row["organised_word"]].lower(),
    ]


def of_support() -> dict[str, Any]:
    episodes = cd.load().set_index("episode_id")
    found: dict[str, Any] = {}
    without_unnamed = []
    for name, key in (("mali_2020", MALI_2020), ("mali_2021", MALI_2021)):
        row = episodes.loc[key]
        found |= {
            f"{name}_for": str(row["organised_for"]),
            f"{name}_reserved": str(row["organised_reserved"]),
            f"{name}_against": str(row["organised_against"]),
            f"{name}_balance": balance(row),
        }
        counts = voices_with_names(key)
        named = balance_of(*counts)
        without_unnamed.append((named.low, named.high))
        found |= {
            f"{name}_named": "/".join(map(str, counts)),
            f"{name}_named_balance": f"{signed(named.mean)} [{signed(named.low)}, {signed(named.high)}]",
        }
    first, second = episodes.loc[MALI_2020], episodes.loc[MALI_2021]
    seized = takeovers()
    word = seized["organised_word"].astype(str)
    polls = cd.load("polls").set_index("poll_id")
    rulers = cd.load("polls").query("episode_id == @MALI_2021 and about in ['officers', 'civilian_authorities']")
    return found | {
        "burkina_2022_days": optional(episodes.loc["bfa-2022-09", "days_to_suspension"]),
        "mali_crowds_one_sided": bool(
            min(first["crowds_for"], second["crowds_for"]) > 0 == first["crowds_against"] + second["crowds_against"]
        ),
        "mali_2020_crowds": str(first["crowds_for"]),
        "mali_2021_crowds": str(second["crowds_for"]),
        "mali_2020_junta": percent(polls.loc["mli-2020-08/poll-guindo-junta", "share_for"]),
        "mali_2020_not_a_coup": percent(polls.loc["mli-2020-08/poll-guindo-not-a-coup", "share_for"]),
        "mali_2020_polls": int(first["polls_count"]),
        "mali_2021_polls": int(second["polls_count"]),
        "mali_more_against": bool(
            first["organised_against"] > first["organised_for"]
            and second["organised_against"] > second["organised_for"]
        ),
        "mali_named_include_zero": all(low < 0 < high for low, high in without_unnamed),
        "mali_2020_words": sorted(
            {
                str(cd.load(version=version).set_index("episode_id").loc[MALI_2020, "organised_word"])
                for version in cd.versions()
                if int(version.split(".")[0])
            }
        ),
        "mali_2021_poll_least": float(rulers["share_for"].min()),
        "mali_2021_lower": bool(second["organised_balance"] < first["organised_balance"]),
        "mali_overlap": bool(
            first["organised_balance_low"] <= second["organised_balance_high"]
            and second["organised_balance_low"] <= first["organised_balance_high"]
        ),
        "words_for": str(word.isin(["for", "leans_for"]).sum()),
        "words_divided": str((word == "divided").sum()),
        "words_against": str(word.isin(["against", "leans_against"]).sum()),
        "words_too_little": str((word == "too_little").sum()),
    }


def voices_with_names(episode: str) -> tuple[int, int, int]:
    """Return the voices for, reserved and against, without groups that no source names."""
    actors, support = cd.load("actors").set_index("actor_id"), cd.load("support").set_index("support_id")
    rows = cd.explain("episodes", episode, "organised_balance").rows
    voice = rows["record_id"].map(support["actor_id"])
    unnamed = voice.map(actors["name"]).str.contains("not named")
    unnamed |= voice.map(actors["actor_type"]).isin(["unnamed_group", "public"])
    sides = rows.loc[~unnamed, "note"].value_counts()
    in_favour, against = int(sides.get("for", 0)), int(sides.get("against", 0))
    return in_favour, int(sides.sum()) - in_favour - against, against  # split and bargaining count as reserved


def of_measures() -> dict[str, Any]:
    sanctions = cd.load("sanctions").query("coup_related == 'coup_related'")
    imposed = sanctions.dropna(subset="imposed_date")
    episodes = cd.load().set_index("episode_id")
    gap = (episodes["days_under_sanction_max"] - episodes["days_under_sanction_min"]).dropna().sort_values()
    widest = episodes.loc[gap.index[-1]]
    panel = cd.load("sender_month")
    return {
        "measures_related": str(len(sanctions)),
        "measures_imposed": str(len(imposed)),
        "measures_lost": str((imposed["status"] == "end_not_found").sum()),
        "measures_lost_share": percent((imposed["status"] == "end_not_found").mean()),
        "ecowas_persons": str(
            (
                sanctions["sender_id"].str.startswith("ecowas")
                & sanctions["measure"].isin(["travel_ban", "asset_freeze"])
                & (sanctions["status"] == "end_not_found")
            ).sum()
        ),
        "widest_name": widest["name"],
        "widest_min": thousands(widest["days_under_sanction_min"]),
        "widest_max": thousands(widest["days_under_sanction_max"]),
        "sender_months": thousands(len(panel)),
        "senders": str(panel["sender_id"].nunique()),
    }


def takeovers() -> pd.DataFrame:
    """Return the episodes that succeeded and were more than the removal of a head of government, by date."""
    episodes = cd.load().sort_values("first_act_date").set_index("episode_id")
    return episodes[(episodes["outcome"] == "successful") & (episodes["event_type"] != REMOVAL)]


def was_member(iso3: str, body: str, day: pd.Timestamp) -> bool:
    memberships = cd.load("memberships").query("iso3 == @iso3 and actor_id == @body")
    # A date of joining that was not read is long before the episodes.
    return any(pd.isna(left) or left > day for left in memberships["left_date"])


def balance(row: pd.Series) -> str:
    if pd.isna(row["organised_balance"]):
        return "–"
    low, high = (signed(row[f"organised_balance_{end}"]) for end in ("low", "high"))
    return f"{signed(row['organised_balance'])} [{low}, {high}]"


def short(counted_as: Any) -> str:
    return {"successful": "success", "failed": "failure", "not_counted": "not counted"}.get(counted_as, str(counted_as))


def optional(value: Any) -> str:
    return "–" if pd.isna(value) else f"{value:g}"


def percent(share: float) -> str:
    return f"{100 * share:.0f}"


def decimal(value: float) -> str:
    return f"{value:.2f}"


def signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def thousands(number: int) -> str:
    return f"{int(number):,}"


def listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
