"""Experiment files: schema, sweep, points, runner, journal, and the results put together."""
