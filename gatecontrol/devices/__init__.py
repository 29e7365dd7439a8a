"""Stimulators: programme, limits, safety, and the fibres they recruit."""
