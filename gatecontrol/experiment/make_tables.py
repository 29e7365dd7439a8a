"""Solve the threshold tables that are shipped: ``python -m gatecontrol.experiment.make_tables``.

Those of every device's defaults in a person and in a rat, in which most recordings of the dorsal
horn were made, there with every usual pulse width (the teaching page offers them), and of
every arm of the shipped experiments and of the evidence protocols. Run it after a change of a
solver, of a device's geometry, of a shipped experiment or of a protocol; it takes about twenty
minutes of computing, and a test tells when it is due.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gatecontrol.devices.base import Device
from gatecontrol.experiment.executor import default_workers
from gatecontrol.experiment.find import shipped_experiments
from gatecontrol.experiment.load import load
from gatecontrol.experiment.plan import make_plan
from gatecontrol.fibres.table_store import SHIPPED
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import Preparation, load_preparation

__all__ = ["KINDS", "main", "shipped"]

KINDS = ("scs", "drg", "pns", "tens", "dbs")

PROTOCOLS = Path(__file__).parents[1] / "evidence" / "protocols"
"""Experiment files of the battery: data of a room above, and no code of it."""


def shipped() -> Iterator[tuple[str, Device, Preparation]]:
    """Yield every device whose tables are shipped, with a name and the body it is used in."""
    for body in ("human", "rat"):
        for kind in KINDS:
            name = kind if body == "human" else f"{kind} in a {body}"
            yield name, load_plugin("devices", kind).from_config({}), load_preparation(body)
    rat = load_preparation("rat")
    for kind in KINDS:
        for width in load_plugin("devices", kind).usual_widths:
            device = load_plugin("devices", kind).from_config({"pulse_width": width})
            yield f"{kind} of {width} in a rat", device, rat
    bursts = load_plugin("devices", "scs").from_config({"programme": "burst_dr"})
    yield "bursts of scs in a rat", bursts, rat
    protocols = sorted(PROTOCOLS.glob("*.yaml"))
    for name in [*sorted(shipped_experiments()), *map(str, protocols)]:
        seen: list[object] = []
        for point in make_plan(load(name), "numpy").points:
            device, body = point.trial["device"], point.trial["preparation"]
            if device is not None and (device, body) not in seen:
                seen.append((device, body))
                found = load_plugin("devices", device["kind"]).from_config(device)
                yield f"{Path(name).stem}: {point.arm}", found, load_preparation(body)


def main() -> None:
    """Solve all tables anew and put them into the package."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GATECONTROL_CACHE_DIR"] = folder
        shutil.rmtree(SHIPPED, ignore_errors=True)
        for name, device, preparation in shipped():
            print(name, flush=True)
            device.prepare(preparation, default_workers(64))
        SHIPPED.mkdir()
        for path in sorted(Path(folder, "thresholds").glob("*.nc")):
            shutil.copyfile(path, SHIPPED / path.name)


if __name__ == "__main__":
    main()
