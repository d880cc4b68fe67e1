"""A user's own events on the clock of the coups. Needs the `events` extra."""
