"""Measures that need several points of the results: curves, windows, slopes, time constants."""
