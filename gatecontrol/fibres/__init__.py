"""Fibre populations, thresholds, conduction, and the drive that reaches the dorsal horn."""
