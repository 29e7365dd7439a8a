"""Declarative dorsal-horn circuits: data with unit and source for every number."""
