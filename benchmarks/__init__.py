"""What a simulation costs, against the alternatives: ``python -m benchmarks``."""
