"""A user's own events aligned with the coups. Needs the `events` extra."""
