"""Experiment files: schema, sweep, points, runner, journal and store."""
