"""The shipped threshold tables: all there, and what the solver says today."""

import numpy as np
import pytest

from gatecontrol.devices.excitability import reference
from gatecontrol.experiment.make_tables import shipped
from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.bundle import Bundle, reach_of
from gatecontrol.fibres.excitation import threshold

DUE = "run python -m gatecontrol.experiment.make_tables and commit gatecontrol/fibres/tables"


def test_nothing_shipped_has_to_be_solved(tmp_path, monkeypatch):
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))

    def solving(done, total):
        pytest.fail(f"a table is not shipped: {DUE}")

    for _, device, preparation in shipped():
        reference(device, preparation, progress=solving)
    assert not list(tmp_path.rglob("*.nc")), DUE


@pytest.mark.parametrize("kind", ["scs", "drg", "pns", "tens", "dbs"])
def test_a_solved_fibre_is_as_shipped(kind):
    _, device, preparation = next(found for found in shipped() if found[0] == kind)
    tables = reference(device, preparation).excitability.tables
    (_, course), kinds = next(iter(tables.items()))
    table = next(iter(kinds[0].values()))
    electrodes = tuple(tuple(contacts) for contacts in device.channels(preparation)[:1])
    pulse = device.generator.kinds()[0].pulse
    bundle = Bundle(
        table.model, device.conductor(preparation), electrodes, pulse, table.ceiling,
        device.courses(preparation)[course],
    )  # fmt: skip
    row = len(table.grid.diameter) - 1  # the thickest: the shortest to solve
    y, z = table.grid.y[0], table.grid.z[0]
    axon = fibre_model(table.model).axon(table.grid.diameter[row], reach_of(bundle.contacts, y, z))
    found = threshold(axon, bundle.potential(axon, y, z, 0.0), pulse, precision=0.003)
    # two bisections to 0.3 % from different starts
    assert found == pytest.approx(table.low[row, 0, 0, 0], rel=0.007), DUE
    assert np.isfinite(found)
