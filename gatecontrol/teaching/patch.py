"""A made-up skin patch over a small nerve: a whole device in twenty lines."""

from gatecontrol.devices import PulsedDevice, pulse_parameters
from gatecontrol.devices.sites import Sites
from gatecontrol.fields.electrodes import monopole
from gatecontrol.plugins import Parameter


class Patch(PulsedDevice):
    """A patch with one round contact; its nerve runs straight below."""

    kind = "patch"
    title = "Skin patch (sample)"
    classes = ("abeta", "adelta", "c")
    parameters = (
        *pulse_parameters(frequency="80 Hz", pulse_width="150 us"),
        Parameter("depth", "length", "4 mm", "From patch to nerve.", "Depth", "1 mm", "15 mm"),
    )

    def contacts(self, preparation):
        """Return one cathode of 1 cm2; the current returns far away."""
        return monopole(area=1e-4)

    def sites(self, fibres, preparation, rng):
        """Return all fibres of the three classes, spread over half a millimetre."""
        rows = fibres.where(*self.classes)
        depth = self.settings["depth"] + rng.uniform(0, 0.5e-3, rows.size)
        return Sites.at(fibres, rows, rng, z=depth, start=preparation.tens_site_to_cord.value)
