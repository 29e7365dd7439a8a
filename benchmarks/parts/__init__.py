"""The parts of the benchmarks, each one table (or two) of the report."""

from benchmarks.parts import (
    build,
    fibres,
    hand,
    latency,
    long,
    point,
    points,
    ports,
    report,
    size,
    teach,
    workers,
)

PARTS = {
    "hand": hand.measure,
    "point": point.measure,
    "build": build.measure,
    "latency": latency.measure,
    "size": size.measure,
    "long": long.measure,
    "workers": workers.measure,
    "points": points.measure,
    "report": report.measure,
    "fibres": fibres.measure,
    "teach": teach.measure,
    "ports": ports.measure,
}
