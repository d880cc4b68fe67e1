"""From case files to an edition: read, validate, derive, publish. Needs the `coding` extra.

For the maintainers of the dataset. Those who code cases of their own use it through the command ``crisisdata``. Its
modules may change in any release; ``docs/glossary.md`` says what their terms mean, ``CONTRIBUTING.md`` how to change
them.
"""

from crisisdata.errors import needs

with needs("coding", "crisisdata.coding"):
    import edtf  # noqa: F401
    import pandera  # noqa: F401
    import yaml  # noqa: F401
