"""From case files to an edition: read, validate, derive, publish. Needs the `coding` extra."""

from crisisdata.errors import needs

with needs("coding", "crisisdata.coding"):
    import edtf  # noqa: F401
    import pandera  # noqa: F401
    import yaml  # noqa: F401
