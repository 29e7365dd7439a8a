"""Compiling a network for the first time: the engine against stock Brian2 standalone."""

import tempfile

from benchmarks.measure import in_turn, run_process
from benchmarks.tables import Ratio, Row, Table, column, paired

GATE, GOAL = 4.0, 8.0


def measure(quick, say):
    """Return the table."""
    import json
    import sys

    def one(variant, _number):
        with tempfile.TemporaryDirectory() as folder:
            arguments = {"imports": {}, "build_engine": {"seed": 1}}
            arguments["build_stock"] = {"seed": 1, "folder": folder + "/project"}
            command = [sys.executable, "-m", "benchmarks.child", variant]
            command.append(json.dumps(arguments[variant]))
            return run_process(command, {"GATECONTROL_CACHE_DIR": folder}).json()

    found = in_turn(1 if quick else 2, ["imports", "build_engine", "build_stock"], one, say)
    cpu = {name: column(results, "cpu") for name, results in found.items()}
    wall = {name: column(results, "wall") for name, results in found.items()}
    net = {
        name: [a - b for a, b in zip(cpu[name], cpu["imports"], strict=True)]
        for name in ("build_engine", "build_stock")
    }

    def row(title, name, note):
        return Row(title, {"cpu": cpu[name], "wall": wall[name], "net": net.get(name, [])}, note)

    rows = [
        row("importing Brian2", "imports", "both builds pay it once"),
        row("engine", "build_engine", "generate, join, compile one file"),
        row("stock Brian2 standalone", "build_stock", "device.build with make, default flags"),
    ]
    ratios = [
        Ratio(
            "stock build / engine's build, CPU without the import",
            paired(net["build_stock"], net["build_engine"]),
            GATE,
            GOAL,
        ),
        Ratio(
            "stock build / engine's build, CPU in all",
            paired(cpu["build_stock"], cpu["build_engine"]),
            GATE,
            GOAL,
        ),
    ]
    columns = {"cpu": "CPU s", "net": "CPU s without the import", "wall": "wall s"}
    title = "Compiling the fused network, nothing cached"
    return [Table("build", title, columns, rows, ratios)]
