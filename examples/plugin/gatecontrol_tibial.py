"""A wearable stimulator of the tibial nerve at the ankle: a realistic device of one's own."""

from gatecontrol.devices import Limit, Limits, PulsedDevice, pulse_parameters
from gatecontrol.devices.sites import Sites, in_ellipse, in_reach
from gatecontrol.fields.electrodes import disk
from gatecontrol.fields.tissues import tissue_stack
from gatecontrol.plugins import Parameter

PAD_AREA, PAD_DISTANCE = 8e-4, 50e-3  # m^2, m; assumed
NERVE_RADIUS = 1.5e-3  # m; assumed
SURROUND_IN_REACH = 0.3  # of the neighbouring dermatomes' fibres; assumed


class Tibial(PulsedDevice):
    """Two pads of a band, the cathode over the nerve behind the ankle."""

    kind = "tibial"
    title = "Tibial nerve band (sample)"
    classes = ("aalpha", "abeta", "adelta")
    limits = Limits(
        programmer="a nerve band",
        amplitude=Limit("amplitude", "current", "0 mA", "40 mA"),
        pulse_width=Limit("pulse_width", "time", "50 us", "400 us"),
        frequency=Limit("frequency", "frequency", "1 Hz", "120 Hz"),
        voltage="90 V",
        resistance="1500 ohm",
        capacitance="0.6 uF",
    )
    parameters = (
        *pulse_parameters(frequency="20 Hz", pulse_width="200 us", amplitude="120 %PT"),
        Parameter("depth", "length", "12 mm", "To the nerve's axis.", "Depth", "5 mm", "20 mm"),
        Parameter("fat", "length", "4 mm", "Below the skin.", "Fat", "0.5 mm", "15 mm"),
    )
    notes = {"nerve": "3 mm across, straight; no fascicles, bone or tendon (assumed)"}

    def contacts(self, preparation):
        """Return both pads; the anode lies further up the leg."""
        return (
            disk(PAD_AREA, -1.0, (0.0, 0.0, 0.0), "cathode pad"),
            disk(PAD_AREA, 1.0, (PAD_DISTANCE, 0.0, 0.0), "anode pad"),
        )

    def tissue(self, preparation):
        """Return skin, fat and muscle of the catalogue, with the ankle's thin fat."""
        return tissue_stack("tens", overrides={"fat.thickness": self.settings["fat"]})

    def sites(self, fibres, preparation, rng):
        """Return the fibres of the nerve, evenly spread over its cross-section."""
        rows = in_reach(fibres, self.classes, SURROUND_IN_REACH, rng)
        y, z = in_ellipse(rows.size, NERVE_RADIUS, NERVE_RADIUS, rng)
        way = 0.85 * preparation.receptor_to_cord.value  # the ankle, of the way from the toes
        return Sites.at(fibres, rows, rng, y=y, z=z + self.settings["depth"], start=way)
