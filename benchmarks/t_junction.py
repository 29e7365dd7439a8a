"""Measure the junction rule of C neurons on the branching cable and write it.

Run from the repository: ``python benchmarks/t_junction.py``. It takes under a minute and rewrites
``gatecontrol/fibres/t_junction.json``.
"""

import json
from pathlib import Path

from gatecontrol.fibres.t_junction import measure

OUT = Path(__file__).parents[1] / "gatecontrol" / "fibres" / "t_junction.json"

if __name__ == "__main__":
    OUT.write_text(json.dumps(measure(), indent=2) + "\n", encoding="utf-8")
