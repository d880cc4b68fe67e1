"""What a table, a variable and a code mean."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition

if TYPE_CHECKING:
    import pandas as pd

    from crisisdata._names import TableName


def tables(version: str | os.PathLike[str] | Edition | None = None) -> pd.DataFrame:
    """Return the tables of an edition.

    Parameters
    ----------
    version
        As in `load`.

    Returns
    -------
    pandas.DataFrame
        One row per table, indexed by its name: `group` (coded, reference, universe, derived, record), `rows`,
        `columns`, `grain` (what a row is) and `population` (what is included). `rows` and `columns` are integers.

    Raises
    ------
    UnknownNameError
        If the edition does not exist.

    Examples
    --------
    >>> import crisisdata as cd
    >>> cd.tables().loc["sanctions", "grain"]
    'one measure of one sender under one legal act'
    """
    import pandas as pd

    edition = Edition.find(version)
    rows = [
        {
            "table": resource["name"],
            "group": resource["group"],
            "rows": resource["rows"],
            "columns": len(resource["schema"]["fields"]),
            "grain": resource["grain"],
            "population": resource["population"],
        }
        for resource in edition.resources.values()
    ]
    return pd.DataFrame(rows).set_index("table")


def codebook(
    table: TableName, variable: str | None = None, version: str | os.PathLike[str] | Edition | None = None
) -> pd.DataFrame:
    """Return the meaning of a table's variables, or the codes of one variable.

    Parameters
    ----------
    table
        Name of a table.
    variable
        Name of one of its columns. None gives all columns.
    version
        As in `load`.

    Returns
    -------
    pandas.DataFrame
        Without `variable`, one row per column of the table, indexed by its name: `type`, `unit`,
        `codes` (the code list), `description`, and for a computed column `rule` (the text of the
        rule) and `derived_from` (the tables that it uses). From edition 1.1 on, for coded variables,
        `alpha` with `alpha_low` and `alpha_high` (Krippendorff's alpha of the first and the second coding with its 95 %
        interval) and `flag` (the resulting judgement; ``codebook("agreement", "flag")`` explains it). The coders
        were language models of one family, so alpha is an upper bound.
        With a coded `variable`, one row per code, in the order of the list, indexed by the code:
        `label`, `value` (the number on an ordinal scale), `definition`, `example`, `source_id`.
        With any other `variable`, its row of the former table.

    Raises
    ------
    UnknownNameError
        If the table, variable or edition does not exist.

    Examples
    --------
    >>> import crisisdata as cd
    >>> cd.codebook("responses", "tone")["value"].tolist()
    [-2, -1, 0, 1, 2]
    """
    import pandas as pd

    edition = Edition.find(version)
    fields = {field["name"]: field for field in edition.resource(table)["schema"]["fields"]}
    if variable is not None and (not isinstance(variable, str) or variable not in fields):
        from crisisdata._record import unknown_variable

        raise unknown_variable(table, variable, fields, edition)
    if variable is not None and "codes" in fields[variable]:
        return _codes(edition, fields[variable]["codes"])
    chosen = fields if variable is None else {variable: fields[variable]}
    measured = agreement_of(table, edition)
    rows = [
        {**_row(field, table, edition.descriptor["rules"]), **measured.get(field["name"], {})}
        for field in chosen.values()
    ]
    columns = dict.fromkeys([*rows[0], *(FIGURES if AGREEMENT in edition.tables else ())])
    return pd.DataFrame(rows, columns=list(columns)).set_index("variable")


AGREEMENT = "agreement"
FIGURES = ("alpha", "alpha_low", "alpha_high", "flag")


def agreement_of(table: str, edition: Edition) -> dict[str, dict[str, Any]]:
    """Return how far the first and second codings agree on the variables of a table, as last measured."""
    if AGREEMENT not in edition.tables:
        return {}
    rows = [
        row
        for row in edition.cells(AGREEMENT).to_pylist()
        if row["table_name"] == table and row["comparison"] in ("first_second", "first_third")
    ]
    return {
        row["variable"]: {name: row[name] for name in FIGURES} for row in sorted(rows, key=lambda r: r["coding_round"])
    }


def _row(field: dict[str, Any], table: str, rules: dict[str, Any]) -> dict[str, Any]:
    rule = rules.get(f"{table}.{field.get('derived')}", {})
    return {
        "variable": field["name"],
        "type": field["type"],
        "unit": field.get("unit"),
        "codes": field.get("codes"),
        "description": field["description"],
        "rule": rule.get("text"),
        "derived_from": ", ".join(rule["uses"]) if rule else None,
    }


def _codes(edition: Edition, code_list: str) -> pd.DataFrame:
    from crisisdata._legacy import frame_of

    codes = frame_of("codes", edition)
    chosen = codes[codes["code_list"] == code_list].set_index("code")
    return chosen[["label", "value", "definition", "example", "source_id"]]
