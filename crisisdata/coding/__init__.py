"""From case files to an edition: read, validate, derive, publish. Needs the `coding` extra.

For the maintainers of the dataset. Users who code their own cases use it through the command ``crisisdata``. Its
modules may change in any release; ``docs/glossary.md`` explains their terms, and ``CONTRIBUTING.md`` how to change
them.
"""

from crisisdata.errors import needs

with needs("coding", "crisisdata.coding"):
    import edtf  # noqa: F401
    import pandera  # noqa: F401
    import yaml  # noqa: F401
