"""From case files to an edition: read, validate, derive, publish. Needs the `coding` extra."""
