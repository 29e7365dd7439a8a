"""Windows, measures, statistics, figures and the report."""
