"""Whatever is wrong in a schema file is found when it is read, at its line, with what is allowed."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import FILES, write_cases

from crisisdata.coding.derive import computed_fields, derive, read_schema
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import CodeList, Schema, schemas_folder
from crisisdata.coding.schemachecks import cross_faults, form_faults
from crisisdata.coding.schemafiles import CODE_COLUMNS, SchemaFile, parse, read_schema_files
from crisisdata.coding.validate import read_coding
from crisisdata.errors import InvalidCodingError, InvalidSchemaError

Files = dict[str, SchemaFile]
Mutation = tuple[tuple[str | int, ...], str, Any]
RULES = computed_fields()
CASE = "episodes/aaa-2020-01.yaml"

# Mutations after which a schema says something else, and nothing that is wrong: an action, the kind of file and where.
# A star stands for a position or for a name. Where a mutation is refused all the same, another file needs what it took.
LEGAL = {
    ("delete", "package", "doi"): "no DOI then",
    ("delete", "package", "rai.*"): "what a data set says of itself; only its limitations are required",
    ("change the type", "package", "rai.*"): "one statement in the place of a list",
    ("delete", "table", "raw.keys"): "rows then have short names; case files with whole keys are refused",
    ("delete", "table", "ascending"): "no order is checked then",
    ("delete", "table", "fields.*.codes"): "a free text then; refused where the code list is used nowhere else",
    ("delete", "table", "fields.*.references"): "a free text then; refused in the key of a parent",
    ("delete", "table", "fields.*.separator"): "one value then",
    ("delete", "table", "fields.*.unit"): "a number without a unit",
    ("delete", "table", "fields.*.format"): "a free text then",
    ("delete", "table", "fields.*.default"): "missing where nothing is written",
    ("delete", "table", "fields.*.edtf"): "a computed day; refused where a coder writes the date",
    ("delete", "table", "fields.*.label"): "the key is the label then",
    ("delete", "table", "fields.*.title"): "the name with blanks is the title then",
    ("delete", "table", "fields.*.constraints"): "any value then; refused in a key",
    ("delete", "table", "fields.*.constraints.*"): "any value then; refused in a key",
    ("empty", "package", "doi"): "no DOI has been assigned",
    ("delete", "attributes", "*.*.required"): "a cell may be empty then",
    ("delete", "attributes", "*.*.type"): "a text then; refused where another list has the attribute as a number",
    ("delete", "attributes", "*.*.codes"): "a free text then",
    ("delete", "attributes", "*.*.values"): "a free text then; refused where a rule needs the values",
    ("delete", "agreement", "variables.*.*.empty"): "an empty cell is then an answer of its own",
    ("delete", "layout", "csv"): "a data set whose files have a header",
    (
        "delete",
        "layout",
        "csv.*",
    ): "a comma, quotation marks, UTF-8; what `cells` and `looks_like` say belongs together",
    ("delete", "layout", "csv.looks_like.*"): "a look at fewer cells",
    ("delete", "layout", "date.year"): "no second year to compare with the date; refused beside `year_slack`",
    ("delete", "layout", "date.year_slack"): "the same year, without slack",
    ("delete", "table", "raw.evidence"): "each row then needs readings of its own",
    ("delete", "layout", "date.format"): "dates of the ISO form",
    ("delete", "layout", "country.*.codes"): "a name of a country, or what `columns.toml` says",
    ("delete", "layout", "precision"): "a data set that does not say how exactly it knows a date",
    ("delete", "layout", "precision.codes.*"): "a code that is none of those",
    ("delete", "layout", "rows"): "every row is an event",
    ("delete", "layout", "rows.*"): "the same for one column",
    ("delete", "layout", "missing"): "every number is a number",
    ("delete", "layout", "missing.*"): "the same for one column",
    ("delete", "layout", "types.*"): "a text then",
    ("delete", "layout", "fips.*"): "a country that is not told apart",
    ("delete", "country_names", "*"): "a country by whose names nothing is known",
    ("delete", "country_columns", "*"): "fewer names are known; refused where a layout has such codes",
    ("add", "table", "fields.*.unit"): "a number with a unit; refused elsewhere",
    ("add", "table", "fields.*.format"): "an address; refused where the field is no text",
    ("add", "table", "fields.*.codes"): "a coded text; refused elsewhere",
    ("add", "table", "fields.*.references"): "a reference; refused where the field is no text",
    ("add", "table", "fields.*.separator"): "several values; refused where the field is no text",
    ("add", "table", "fields.*.default"): "what is meant where nothing is written; refused for what the build writes",
    ("add", "table", "fields.*.edtf"): "a computed date with bounds; refused elsewhere",
    ("add", "table", "fields.*.label"): "the label, where there is none",
    ("add", "table", "fields.*.constraints"): "a constraint more",
    ("add", "package", "draft"): "an edition that is not to be published",
}
# Keys that a mapping may have, with a value that has the right form.
ADDED = {
    "field": {
        "unit": "days", "format": "uri", "codes": "yes_no", "references": "actors", "separator": ";", "default": "yes",
        "edtf": True, "filled": True, "label": True, "constraints": {"required": True}, "derived": "sanction_dates",
    },
    "table": {"raw": {"file": "others.csv"}},
    "package": {"draft": True},
}  # fmt: skip


@pytest.fixture(scope="module")
def files() -> Files:
    files = read_schema_files(schemas_folder())
    names = "layouts/country_names.toml"  # some hundreds of entries of one form: three are as good as all
    return files | {names: replace(files[names], content=dict(list(files[names].content.items())[:3]))}


def faults_after(files: Files, path: str, mutated: SchemaFile) -> list[str]:
    """Return the faults of the schema with one file changed; nothing else is read again."""
    return [*map(str, form_faults(mutated)), *map(str, cross_faults({**files, path: mutated}, RULES))]


def mutations(content: Any, place: tuple[str | int, ...] = ()) -> Iterator[Mutation]:
    """Yield each place of a content with each action, and what then stands there."""
    if isinstance(content, list):
        for number, item in enumerate(content):
            yield from mutations(item, (*place, number))
        return
    if not isinstance(content, dict):
        return
    yield (*place, "surplus"), "add", "x"
    kind = "field" if place[:1] == ("fields",) and len(place) == 2 else ""
    kind = kind or ("" if place else "table" if "fields" in content else "package" if "groups" in content else "")
    for key, value in ADDED.get(kind, {}).items():
        if key not in content:
            yield (*place, key), "add", value
    for key, value in content.items():
        here = (*place, key)
        yield here, "misspell", f"{key[:-2]}{key[-1]}{key[-2:-1]}x"
        yield here, "delete", None
        yield here, "change the type", "x" if not isinstance(value, str) else 17
        yield here, "empty", None
        yield from mutations(value, here)


def mutated(content: Any, mutation: Mutation) -> Any:
    """Return a content with a mutation; what it does not touch is shared."""
    (part, *rest), action, value = mutation
    made = copy.copy(content)
    if rest:
        made[part] = mutated(content[part], (tuple(rest), action, value))
    elif action == "delete":
        del made[part]
    elif action == "misspell":
        made = {value if key == part else key: item for key, item in content.items()}
    else:
        made[part] = value
    return made


def legal(kind: str, mutation: Mutation) -> tuple[str, str, str] | None:
    """Return the entry of `LEGAL` that allows a mutation."""
    place, action, _ = mutation
    for allowed in LEGAL:
        parts = allowed[2].split(".")
        fits = len(parts) == len(place) and all(part in ("*", here) for part, here in zip(parts, place, strict=True))
        if allowed[:2] == (action, kind) and fits:
            return allowed
    return None


def test_the_schema_has_no_faults(files: Files) -> None:
    whole = read_schema_files(schemas_folder())
    assert not [fault for file in whole.values() for fault in form_faults(file)]
    assert not list(cross_faults(whole, RULES))


@pytest.mark.slow
def test_every_mutation_of_every_key_is_refused_or_legal(files: Files) -> None:
    used, wrong, count = set(), [], 0
    for path, file in files.items():
        if file.kind == "code_list":
            continue
        rest = {name: other for name, other in files.items() if name != path}
        for mutation in mutations(file.content):
            count += 1
            changed = replace(file, content=mutated(file.content, mutation))
            # Of a table with many fields only the one that is changed needs to be judged by its form.
            place, part = mutation[0], changed
            if file.kind == "table" and len(place) > 2 and place[0] == "fields":
                part = replace(file, content={**file.content, "fields": [changed.content["fields"][place[1]]]})
            if any(form_faults(part)) or any(cross_faults({path: changed, **rest}, RULES)):
                continue
            allowed = legal(file.kind, mutation)
            used.add(allowed)
            if allowed is None:
                wrong.append((path, *mutation))
    assert wrong == [], "\n".join(map(str, wrong))
    while_a_draft_grows = {("delete", "package", "draft")}
    assert set(LEGAL) - while_a_draft_grows <= used, "what is never legal is no exception"
    assert count > 5_000


# What is changed in a file, and what the fault says: line, place and message.
BROKEN = {
    "unknown key": ("tables/support.yaml", "grain:", "grains:", ":4: grains: unknown key; did you mean 'grain'?"),
    "misspelt constraint": ("tables/episodes.yaml", "constraints: {minimum: 0}", "constraints: {minmum: 0}", "fields[deaths_low].constraints.minmum: unknown key; did you mean 'minimum'?"),
    "unknown type": ("tables/actors.yaml", "name: acronym, type: string", "name: acronym, type: strng", ":14: fields[acronym].type: must be one of string, integer, number, date; got 'strng'; did you mean 'string'?"),
    "unknown table": ("tables/actors.yaml", "references: actors", "references: actor", ":17: fields[parent_id].references: unknown table 'actor'; did you mean 'actors'?"),
    "unknown code list": ("tables/actors.yaml", "codes: side", "codes: sides", "fields[side].codes: unknown code list 'sides'; did you mean 'side'?"),
    "unknown rule": ("tables/episodes.yaml", "derived: organised_support", "derived: organised_suport", "fields[organised_for].derived: unknown rule 'organised_suport' for episodes; did you mean 'organised_support'?"),
    "rule of another column": ("tables/sanctions.yaml", "derived: sanction_status", "derived: sanction_dates", "fields[status].derived: the rule 'sanction_dates' does not compute 'status'; it computes threatened_date"),
    "rule of another table": ("tables/sanctions.yaml", "derived: days_in_force", "derived: fulfilment", "unknown rule 'fulfilment' for sanctions; available:"),
    "column that a rule lacks": ("tables/sanctions.yaml", "name: eased_date", "name: ease_date", "fields: the rule 'sanction_dates' computes 'eased_date', which is not a field of the table"),
    "column without its rule": ("tables/milestones.yaml", "codes: fulfilment, derived: fulfilment", "codes: fulfilment", "fields[fulfilment]: the rule 'fulfilment' computes 'fulfilment'; its field must have derived: fulfilment"),
    "key twice": ("tables/actors.yaml", "grain: one actor", "grain: one actor\ngrain: one", ":5: grain: the key is repeated"),
    "field twice": ("tables/actors.yaml", "name: acronym", "name: name", "fields[name].name: the field 'name' already produces the column 'name'"),
    "column of a date twice": ("tables/context.yaml", "name: document", "name: end_date_latest", "the field 'end_date' already produces the column 'end_date_latest'"),
    "primary key of no field": ("tables/actors.yaml", "primaryKey: [actor_id]", "primaryKey: [actorid]", ":9: primaryKey[0]: unknown field 'actorid'; did you mean 'actor_id'?"),
    "primary key that may be missing": ("tables/memberships.yaml", "description: Body., constraints: {required: true}", "description: Body.", "primaryKey[1]: the field 'actor_id' is part of the key and must have constraints: required: true"),
    "order of no field": ("tables/context.yaml", "[[start_date, end_date]]", "[[start_date, ends_date]]", "ascending[0][1]: unknown field 'ends_date'; did you mean 'end_date'?"),
    "order of texts": ("tables/context.yaml", "[[start_date, end_date]]", "[[start_date, name]]", "must be a date or a number"),
    "order of unlike things": ("tables/support.yaml", "[size_low, size_best, size_high]", "[size_low, event_date]", "dates and numbers cannot be ordered together"),
    "another name than the file": ("tables/actors.yaml", "name: actors", "name: actor", ":1: name: must be the file name, 'actors'; got 'actor'"),
    "another group than package.yaml": ("tables/actors.yaml", "group: reference", "group: coded", ":3: group: package.yaml lists the table in the group 'reference'; got 'coded'"),
    "key of a file that is none": ("tables/actors.yaml", "raw: {file: actors.csv}", "raw: {file: actors.txt}", "raw.file: must be a path below data/raw that ends in .csv or .yaml; got 'actors.txt'"),
    "file and parent": ("tables/actors.yaml", "raw: {file: actors.csv}", "raw: {file: actors.csv, parent: episodes}", "raw: must name either the file or the parent of the rows"),
    "unknown parent": ("tables/support.yaml", "parent: episodes", "parent: episode", "raw.parent: unknown parent table 'episode'; did you mean 'episodes'?"),
    "file of another table": ("tables/actors.yaml", "file: actors.csv", "file: sources.csv", "'sources.csv' already holds the rows of actors"),
    "key of another table": ("tables/support.yaml", "key: support", "key: responses", "'responses' already holds the rows of responses"),
    "filled by nobody": ("tables/support.yaml", "references: actors, description: Who took", "references: actors, filled: true, description: Who took", "fields[actor_id]: the build fills episode_id of this table: take filled out"),
    "date without EDTF": ("tables/support.yaml", "type: date, edtf: true", "type: date", "fields[event_date].type: a date that coders write may be uncertain: it needs edtf: true"),
    "constraint of another type": ("tables/support.yaml", "Where it was shown.", "Where it was shown., constraints: {minimum: 0}", "constraints.minimum: minimum is only for fields of type integer or number; got string"),
    "bounds turned round": ("tables/countries.yaml", "{minimum: 1, maximum: 999}", "{minimum: 999, maximum: 1}", "fields[iso_numeric].constraints.maximum: the maximum 1 is below the minimum 999"),
    "fraction of whole numbers": ("tables/countries.yaml", "{minimum: 1, maximum: 999}", "{minimum: 1, maximum: 9.5}", "must be an integer, like the field; got 9.5"),
    "pattern that is none": ("tables/countries.yaml", '"[A-Z]{2}"', '"[A-Z{2}"', "fields[iso2].constraints.pattern: '[A-Z{2}' is not a valid regular expression"),
    "default that is no code": ("tables/evidence.yaml", "default: supports", "default: support", "fields[relation].default: unknown code 'support' in the list 'evidence_relation'; did you mean 'supports'?"),
    "text that YAML reads as a truth value": ("tables/actors.yaml", "title: Actors", "title: No", ":2: title: must be a string; got the Boolean false"),
    "alias": ("tables/actors.yaml", "title: Actors", "title: &a Actors\ngrain: *a", "aliases (*name) are not allowed"),
    "no YAML": ("tables/actors.yaml", "fields:", "fields: [", "not readable as YAML"),
    "empty": ("tables/actors.yaml", None, "", ":1: the file is empty"),
    "a list": ("tables/actors.yaml", None, "- name: actors", ":1: must be a mapping (key: value); got a list"),
    "nested too deep": ("tables/actors.yaml", None, "[" * 5_000, "not readable as YAML: nested too deep"),
    "a tag": ("tables/actors.yaml", "title: Actors", "title: !!python/name:os.system x", "is not a valid YAML value"),
    "unknown table of a group": ("package.yaml", "reaction_matrix, timeline,", "reaction_matrix, timelines,", "groups.derived.tables[2]: unknown table 'timelines'; did you mean 'timeline'?"),
    "table of two groups": ("package.yaml", "tables: [lineage, changes]", "tables: [lineage, changes, actors]", "groups.record.tables[2]: 'actors' is already in the group 'reference'"),
    "table of no group": ("package.yaml", "tables: [lineage, changes]", "tables: [lineage]", "tables/changes.yaml:1: no group in package.yaml lists this table"),
    "no date": ("package.yaml", "published: 2026-11-28", "published: May 2026", "published: must be a date (2026-05-04); got 'May 2026'"),
    "no day of the calendar": ("package.yaml", "published: 2026-11-28", "published: 2026-05-34", "published: '2026-05-34' is not a valid YAML value, such as a calendar date"),
    "version that is a number": ("package.yaml", 'version: "', "version: 1.5 # ", "must be a string; got the number 1.5"),
    "missing key": ("package.yaml", "author: The crisisdata developers\n", "", "package.yaml:2: the key 'author' is missing"),
    "unknown column": ("codes/measure.csv", "gsdb_type,", "gsdb_typ,", "measure.csv:1: gsdb_typ: unknown column; did you mean 'gsdb_type'?"),
    "missing column": ("codes/side.csv", ",example,", ",", "side.csv:2: the row has 6 cells; the header has 5"),
    "column twice": ("codes/side.csv", ",example,", ",label,", "side.csv:1: label: the column is repeated"),
    "code twice": ("codes/yes_no.csv", "unclear,Unclear", "yes,Unclear", "yes_no.csv:4: rows[yes]: the code 'yes' is repeated"),
    "label twice": ("codes/yes_no.csv", "unclear,Unclear", "unclear,Yes", "the label 'Yes' is repeated"),
    "code with a capital": ("codes/yes_no.csv", "\nyes,", "\nYes,", "rows[Yes].code: 'Yes' is not a valid code"),
    "no definition": ("codes/side.csv", "Stands outside it.", "", "rows[external].definition: a value is required here"),
    "no whole number": ("codes/coercion_level.csv", "Words,1", "Words,1.0", "coercion_level.csv:3: rows[words].value: must be an integer; got '1.0'"),
    "value of some codes": ("codes/coercion_level.csv", "Words,1", "Words,", "coercion_level.csv:3: rows[words].value: other codes of the list have a value; give one to all codes, or to none"),
    "scale that descends": ("codes/coercion_level.csv", "Words,1", "Words,7", "must be above 7: a scale runs from low to high"),
    "unknown value of an attribute": ("codes/measure.csv", ",trade,economy_closed\n", ",trad,economy_closed\n", "measure.csv:3: rows[border_closure].gsdb_type: unknown value 'trad'; did you mean 'trade'?"),
    "attribute that is required": ("codes/measure.csv", ",trade,economy_closed\n", ",trade,\n", "rows[border_closure].item: a value is required here"),
    "unknown value of a listed attribute": ("codes/actor_type.csv", ",organised,,\n", ",organized,,\n", "arena: unknown value 'organized'; did you mean 'organised'?"),
    "no CSV": ("codes/side.csv", "Stands outside it.", '"Stands" outside it.', "side.csv:3: not readable as CSV"),
    "no UTF-8": ("codes/side.csv", "Stands outside it.", "\udce9", "the file is not UTF-8: byte"),
    "list of no code": ("codes/side.csv", None, ",".join(CODE_COLUMNS), "side.csv:1: the list has no codes"),
    "attributes of no list": ("codes/_attributes.yaml", "measure:", "measures:", "_attributes.yaml:53: measures: unknown code list 'measures'; did you mean 'measure'?"),
    "a number that is none": ("codes/stage.csv", "THREATEN,-3.5,", "THREATEN,much,", "plover_intensity: must be of type number; got 'much'"),
    "one attribute of two types": ("codes/_attributes.yaml", "  coercion: {type: integer,", "  goldstein: {type: integer,", "'goldstein' must have one type in all code lists that have it"),
    "codes of no list": ("codes/_attributes.yaml", "codes: gsdb_type", "codes: gsdb", "measure.gsdb_type.codes: unknown code list 'gsdb'"),
    "variable without a threshold": ("agreement.yaml", "    tone: {kind: latent, level: ordinal}\n", "", "variables.responses: the coded variable responses.tone is missing; add its kind and level of measurement"),
    "threshold of no variable": ("agreement.yaml", "    tone: {kind", "    tones: {kind", "variables.responses.tones: unknown coded variable 'tones' in responses; did you mean 'tone'?"),
    "threshold of a computed variable": ("agreement.yaml", "    tone: {kind: latent, level: ordinal}", "    coercion: {kind: latent, level: ratio}", "unknown coded variable 'coercion' in responses"),
    "level that does not fit": ("agreement.yaml", "tone: {kind: latent, level: ordinal}", "tone: {kind: latent, level: interval}", "variables.responses.tone.level: must be ordinal for this variable; got 'interval'"),
    "no level": ("agreement.yaml", "tone: {kind: latent, level: ordinal}", "tone: {kind: latent}", "variables.responses.tone: manifest and latent variables must have a level"),
    "code for an empty cell": ("agreement.yaml", 'level: nominal, empty: "no"', "level: nominal, empty: none", "mixed.empty: must be a code of a variable that may be empty"),
    "threshold above one": ("agreement.yaml", "manifest: 0.8", "manifest: 8", "thresholds.manifest: must be below 1; got 8"),
    "agreement on no coded table": ("agreement.yaml", "  polls:", "  actors:", "unknown table 'actors' in the group 'coded'"),
    "unknown column of a layout": ("layouts/acled.toml", 'fatalities = "int64"', 'fatality = "int64"', "types.fatality: unknown column 'fatality' in `columns`; did you mean 'fatalities'?"),
    "unknown type of a layout": ("layouts/acled.toml", 'fatalities = "int64"', 'fatalities = "int"', "types.fatalities: must be one of int64, float64; got 'int'; did you mean 'int64'?"),
    "unknown key of a layout": ("layouts/gdelt_1.toml", "delimiter =", "delimeter =", "csv.delimeter: unknown key; did you mean 'delimiter'?"),
    "unknown codes of countries": ("layouts/scad.toml", 'codes = "cow_code"', 'codes = "cow"', "country[0].codes: unknown kind of country code 'cow'; available: iso3"),
    "codes of countries that nothing lists": ("layouts/gdelt_1.toml", "[fips]", "[missing]", "a layout has the codes [fips] if and only if"),
    "no TOML": ("layouts/acled.toml", "[date]", "[date", "not readable as TOML"),
    "name of two countries": ("layouts/country_names.toml", 'MRT = ["Mauritania"', 'MRT = ["Mali", "Mauritania"', "MRT[0]: 'Mali' is already a name of MLI"),
    "name of a column twice": ("layouts/columns.toml", '"iso_a2"', '"ISO3"', "'ISO3' is already a name of iso3"),
    "unknown column of countries": ("layouts/columns.toml", "gw_code =", "gw =", "gw: unknown column 'gw' in countries"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_fault_says_where_and_what_is_allowed(what: str, files: Files) -> None:
    path, old, new, says = BROKEN[what]
    text = (schemas_folder() / path).read_text("utf-8")
    assert old is None or old in text
    data = (new if old is None else text.replace(old, new, 1)).encode("utf-8", "surrogateescape")
    found = faults_after(files, path, parse(f"schemas/{path}", files[path].kind, data))
    assert any(says in fault for fault in found), found


def test_faults_of_several_files_come_together_in_one_error(tmp_path: Path) -> None:
    folder = shutil.copytree(schemas_folder(), tmp_path / "schemas")
    change(folder / "tables/support.yaml", "minimum: 0", "minmum: 0")
    change(folder / "tables/support.yaml", "references: actors", "references: actor")
    change(folder / "codes/yes_no.csv", "\nyes,", "\nYes,")
    change(folder / "layouts/acled.toml", "int64", "int")
    change(folder / "package.yaml", "published:", "publishd:")
    with pytest.raises(InvalidSchemaError) as raised:
        read_schema(folder)
    says = str(raised.value)
    for each in (
        "minmum",
        "'actor'",
        "'Yes' is not a valid code",
        "got 'int'",
        "publishd: unknown key",
        "'published' is missing",
    ):
        assert each in says
    assert str(folder) in says
    assert says.endswith("faults; nothing was written.")


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def test_files_that_are_missing_or_that_nothing_reads_are_faults(tmp_path: Path) -> None:
    folder = shutil.copytree(schemas_folder(), tmp_path / "schemas")
    (folder / "package.yaml").unlink()
    (folder / "codes" / "unused.csv").write_text(f"{','.join(CODE_COLUMNS)}\na,A,,A code.,,\n", encoding="utf-8")
    (folder / "tables" / "polls.yml").write_text("name: polls\n", encoding="utf-8")
    (folder / ".DS_Store").write_bytes(b"\0")
    with pytest.raises(InvalidSchemaError) as raised:
        read_schema(folder)
    says = str(raised.value)
    assert "package.yaml: the file is missing" in says
    assert "unused.csv:1: no variable uses this code list" in says
    assert "polls.yml: unknown schema file; available: package.yaml" in says
    assert ".DS_Store" not in says


@pytest.mark.parametrize("arguments", [["validate", "mine"], ["build", "--cases", "mine", "--out", "made"], ["publish", "--dry-run"], ["publish"]])  # fmt: skip
def test_the_command_reports_faults_of_the_schema_without_a_traceback(arguments: list[str], tmp_path: Path) -> None:
    folder = shutil.copytree(schemas_folder(), tmp_path / "schemas")
    change(folder / "tables/support.yaml", "minimum: 0", "minmum: 0")
    write_cases(tmp_path / "mine")
    code = (
        "import sys; from pathlib import Path; import crisisdata.coding.schema as schema; "
        "schema.schemas_folder = lambda: Path('schemas'); from crisisdata.cli import main; main()"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    first, *_, last = done.stderr.strip().splitlines()
    assert first.startswith("schemas/tables/support.yaml:")
    assert "unknown key; did you mean 'minimum'?" in first
    assert last == "1 fault; nothing was written."
    assert not (tmp_path / "made").exists()


def with_field(schema: Schema, table: str, field: str, **changes: Any) -> Schema:
    """Return the schema with a field changed, as files could not say it."""
    old = schema.tables[table]
    fields = {**old.fields, field: replace(old.fields[field], **changes)}
    return replace(schema, tables={**schema.tables, table: replace(old, fields=fields)})


@pytest.mark.parametrize(
    ("table", "name", "changes", "says"),
    [
        ("episodes", "armed_for", {"derived": "armed_suport"}, "armed_for: there is no rule for episodes called 'armed_suport'"),
        ("sanctions", "status", {"derived": "sanction_dates"}, "status would be empty in every row"),
        ("sanctions", "gsdb_type", {"name": "gsdb"}, "gsdb would be empty in every row"),
    ],
)  # fmt: skip
def test_no_column_is_published_that_no_rule_fills(
    table: str, name: str, changes: dict[str, Any], says: str, cases: Path, schema: Schema, tmp_path: Path
) -> None:
    coding = read_coding(cases, with_field(schema, table, name, **changes))
    with pytest.raises(InvalidSchemaError, match=says):
        publish(coding, tmp_path / "edition")
    assert not (tmp_path / "edition").exists()


def test_a_rule_that_computes_with_a_scale_needs_one(cases: Path, schema: Schema) -> None:
    codes = {name: replace(code, value=None) for name, code in schema.codes["confidence"].codes.items()}
    coding = read_coding(cases, replace(schema, codes={**schema.codes, "confidence": CodeList("confidence", codes)}))
    with pytest.raises(InvalidSchemaError, match=r"confidence\.csv: a rule computes with the numbers of this list"):
        derive(coding)


# Fields that hold several values

SEVERAL = ("context/aaa.yaml", "episode_ids: aaa-2020-01", "aaa-2020-01")
WHERE = "context[0].episode_ids"


@pytest.fixture
def tagged(schema: Schema) -> Schema:
    """The schema with codes in a field that holds several values."""
    return with_field(schema, "support", "organiser", codes="support_form", separator=";")


def coding_of(cases: Path, schema: Schema, file: str, old: str, new: str) -> list[str] | Any:
    write_cases(cases, {file: FILES[file].replace(old, new, 1)})
    try:
        return read_coding(cases, schema)
    except InvalidCodingError as error:
        return [str(fault) for fault in error.faults]


@pytest.mark.parametrize(
    "written", ["aaa-2020-01; bbb-2020-01", "[aaa-2020-01, bbb-2020-01]", "\n      - aaa-2020-01\n      - bbb-2020-01"]
)
def test_several_values_are_a_list_or_a_text(written: str, cases: Path, schema: Schema) -> None:
    episode = FILES[CASE][: FILES[CASE].index("triggers:")]
    second = episode.replace("aaa-2020-01", "bbb-2020-01").replace("iso3: AAA", "iso3: BBB")
    countries = FILES["countries.csv"] + "BBB,BB,Country,Pays,paper-2020-01-03\n"
    write_cases(cases, {"episodes/bbb-2020-01.yaml": second, "countries.csv": countries})
    coding = coding_of(cases, schema, *SEVERAL[:2], f"episode_ids: {written}")
    assert coding.rows["context"][0]["episode_ids"] == "aaa-2020-01; bbb-2020-01"


WRONG_LISTS = {
    "unknown reference": ("\n      - aaa-2020-01\n      - aaa-2020-02", "context/aaa.yaml:9: context[0].episode_ids[1]: there is no 'aaa-2020-02' in episodes; did you mean 'aaa-2020-01'?"),
    "value twice": ("[aaa-2020-01, aaa-2020-01]", "episode_ids[1]: 'aaa-2020-01' is repeated"),
    "value twice in a text": ("aaa-2020-01; aaa-2020-01", "episode_ids: 'aaa-2020-01' is repeated"),
    "no value": ("[]", "episode_ids: the list is empty"),
    "an empty value": ('[aaa-2020-01, ""]', "episode_ids[1]: no value"),
    "a trailing separator": ("aaa-2020-01;", "there must be a value between two ';' and after the last"),
    "a separator within": ("['aaa-2020-01; bbb']", "episode_ids[0]: ';' separates values in the published edition"),
    "a list within": ("[[aaa-2020-01]]", "episode_ids[0]: must be a single value"),
    "a mapping": ("{a: aaa-2020-01}", "episode_ids: must be a single value"),
    "unknown beside others": ("[unknown, aaa-2020-01]", "episode_ids[0]: unknown must be the only value"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG_LISTS)
def test_each_of_several_values_is_checked(what: str, cases: Path, schema: Schema) -> None:
    written, says = WRONG_LISTS[what]
    faults = coding_of(cases, schema, *SEVERAL[:2], f"episode_ids: {written}")
    assert any(says in fault for fault in faults), faults


def test_a_list_is_for_fields_that_hold_several_values(cases: Path, schema: Schema) -> None:
    faults = coding_of(cases, schema, CASE, "name: Vote", "name: [Vote]")
    assert "milestones[1].name: must be a single value, not a list" in faults[-1]


def test_unknown_in_a_list_is_a_missing_value(cases: Path, schema: Schema) -> None:
    coding = coding_of(cases, schema, *SEVERAL[:2], "episode_ids: [unknown]")
    assert coding.rows["context"][0]["episode_ids"] is None
    assert {
        "table_name": "context",
        "record_id": "aaa/war",
        "variable": "episode_ids",
        "reason": "unknown",
    } in coding.missing


def test_evidence_names_its_variables_in_a_list(cases: Path, schema: Schema) -> None:
    old = "variables: first_act_date; outcome"
    assert coding_of(cases, schema, CASE, old, "variables: [first_act_date, outcome]").rows["evidence"]
    faults = coding_of(cases, schema, CASE, old, "variables: [first_act_date, outcom]")
    assert any("episodes has no coded variable 'outcom'; did you mean 'outcome'?" in fault for fault in faults)


def test_several_codes_are_checked_one_by_one(cases: Path, tagged: Schema) -> None:
    old, new = "    form: word", "    form: word\n    organiser: [word, marche]"
    faults = coding_of(cases, tagged, CASE, old, new)
    assert any("support[0].organiser[1]: unknown code 'marche'" in fault for fault in faults), faults
    faults = coding_of(cases, tagged, CASE, old, new.replace("[word, marche]", "word; marche"))
    assert any("support[0].organiser: unknown code 'marche'" in fault for fault in faults), faults


def test_several_codes_are_published_as_a_text(cases: Path, tagged: Schema, tmp_path: Path) -> None:
    import crisisdata as cd

    new = "    form: word\n    organiser: [seat, word]"
    coding = coding_of(cases, tagged, CASE, "    form: word", new)
    edition = publish(coding, tmp_path / "edition")
    assert cd.load("support", edition)["organiser"].tolist() == ["seat; word"]
    fields = {field["name"]: field for field in edition.resource("support")["schema"]["fields"]}
    assert fields["organiser"] == {
        "name": "organiser",
        "type": "string",
        "description": tagged.tables["support"].fields["organiser"].description,
        "separator": ";",
        "codes": "support_form",
    }
    assert "seat" in cd.codebook("support", "organiser", version=edition).index
    for form, suffix in {"csv": "", "sqlite": ".sqlite", "duckdb": ".duckdb", "stata": "", "excel": ".xlsx"}.items():
        cd.export(form, tmp_path / f"made-{form}{suffix}", version=edition)  # type: ignore[call-overload]
