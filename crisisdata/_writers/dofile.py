"""A do-file for Stata that loads a table and merges what its rows refer to."""

from __future__ import annotations

from crisisdata._writers.selection import Selection


def do_file(selection: Selection) -> str:
    """Return the text of the do-file."""
    first = selection.for_analysis
    lines = [
        *(_comment(f"{name}: {value}") for name, value in selection.about.items()),
        "*",
        "* Run it in this folder, with the name of a table:  do crisisdata.do sanctions",
        f"* Without a name it loads {first}. It adds the columns of the tables to which the rows refer.",
        "* If two tables have columns with the same name, that of the named table is kept.",
        "* Columns and codes have their labels in the files; codebook.dta explains each column.",
        "* .a is unknown (searched for and not found), .b is not applicable, . is empty without a recorded reason.",
        "version 14",
        "args table",
        f'if "`table\'" == "" local table {first}',
        'use "`table\'", clear',
    ]
    for sheet in selection.sheets:
        merges = [
            f'    merge m:1 {column} using "{target.name}", keep(master match) nogenerate'
            for column, target in selection.merges(sheet).items()
        ]
        if merges:
            lines += [f'if "`table\'" == "{sheet.name}" {{', *merges, "}"]
    return "\n".join([*lines, "describe, short", ""])


def _comment(text: str) -> str:
    """Return a text as a one-line comment; the sign that begins a longer comment would include what follows."""
    return "* " + " ".join(text.split()).replace("/*", "/ *")
