"""What every pulsed device declares about its programme."""

from collections.abc import Sequence
from dataclasses import replace

from gatecontrol.devices.generator.programmes import PROGRAMMES
from gatecontrol.plugins import Parameter

__all__ = ["PATTERNS", "pulse_parameters"]

PATTERNS = ("tonic", "burst", "multiplexed", "modulated", "sampled")
"""What is repeated, and how; see the parameter ``pattern``."""

_PATTERN = (
    Parameter(
        "pattern",
        "choice",
        "tonic",
        "Single pulses at the frequency (tonic), a burst of pulses at each of its periods (burst), "
        + "a second, faster train staggered on a second channel (multiplexed), pulses whose "
        + "frequency, width or amplitude swings between two values (modulated), or a pulse read "
        + "from a file (sampled).",
        "Pattern",
        choices=PATTERNS,
    ),
    Parameter(
        "frequency",
        "frequency",
        "50 Hz",
        "Rate of the pulses; in the burst pattern, rate of the bursts.",
        "Frequency",
        minimum="0.1 Hz",
        maximum="20 kHz",
    ),
    Parameter(
        "pulse_width",
        "time",
        "200 us",
        "Width of the first, cathodic phase.",
        "Pulse width",
        minimum="10 us",
        maximum="2 ms",
    ),
    Parameter(
        "amplitude",
        "amplitude",
        "120 %PT",
        "Height of the first phase: a current ('1.2 mA'), a share of the perception threshold "
        + "of a single pulse of this width ('120 %PT'), or the current that recruits a share of "
        + "a fibre class ('95 % recruited(abeta)').",
        "Amplitude",
        minimum="0 A",
        maximum="150 mA",
    ),
    Parameter(
        "pulses_per_burst",
        "integer",
        5,
        "Pulses in a burst; only the burst pattern reads it.",
        "Pulses per burst",
        minimum=2,
        maximum=100,
        source="caylor2019",
        only_with={"pattern": ("burst",)},
    ),
    Parameter(
        "intra_burst_frequency",
        "frequency",
        "500 Hz",
        "Rate of the pulses inside a burst; only the burst pattern reads it.",
        "Rate inside the burst",
        minimum="10 Hz",
        maximum="20 kHz",
        source="caylor2019",
        only_with={"pattern": ("burst",)},
    ),
)

_COURSE = (
    Parameter(
        "on_time",
        "time",
        None,
        "Cycling: how long the stimulator is on in each cycle; goes with off_time. "
        + "Left out, it never pauses.",
        "On time",
        minimum="10 ms",
        maximum="1 h",
    ),
    Parameter(
        "off_time",
        "time",
        None,
        "Cycling: how long it pauses after each on_time.",
        "Off time",
        minimum="10 ms",
        maximum="1 h",
    ),
    Parameter(
        "ramp",
        "time",
        "0 s",
        "Time over which the amplitude rises linearly from zero at each switching on.",
        "Ramp",
        minimum="0 s",
        maximum="10 min",
    ),
)

_RECHARGE = (
    Parameter(
        "recharge",
        "choice",
        "passive",
        "How the charge comes back: slowly through the coupling capacitor (passive), by an "
        + "opposite phase of equal charge (active), or not at all, for a sampled pulse that is "
        + "balanced itself (none).",
        "Recharge",
        choices=("passive", "active", "none"),
    ),
    Parameter(
        "interphase_gap",
        "time",
        "100 us",
        "Pause before the active recharge phase; not read with passive recharge.",
        "Interphase gap",
        minimum="0 s",
        maximum="10 ms",
        only_with={"recharge": ("active",)},
    ),
    Parameter(
        "polarity",
        "choice",
        "cathodic",
        "Sign of the first phase at the active contact.",
        "Polarity",
        choices=("cathodic", "anodic"),
    ),
    Parameter(
        "limits",
        "choice",
        "clinical",
        "Whether a clinician's programmer limits amplitude, width, frequency and voltage "
        + "(clinical) or not (laboratory, for research protocols; kept with the results).",
        "Limits",
        choices=("clinical", "laboratory"),
    ),
)

_FURTHER = (
    Parameter(
        "burst_recharge",
        "choice",
        "burst",
        "Whether passive recharge takes the charge back once after each burst (burst) or after "
        + "each of its pulses (pulse); only the burst pattern reads it.",
        "Recharge of a burst",
        choices=("burst", "pulse"),
        source="caylor2019",
        only_with={"pattern": ("burst",)},
    ),
    Parameter(
        "prime_frequency",
        "frequency",
        "300 Hz",
        "Rate on the second channel, a whole multiple of the frequency; only the multiplexed "
        + "pattern reads it.",
        "Prime frequency",
        minimum="0.1 Hz",
        maximum="20 kHz",
        only_with={"pattern": ("multiplexed",)},
    ),
    Parameter(
        "prime_pulse_width",
        "time",
        None,
        "Pulse width on the second channel; left out, that of the first.",
        "Prime pulse width",
        minimum="10 us",
        maximum="2 ms",
        only_with={"pattern": ("multiplexed",)},
    ),
    Parameter(
        "prime_amplitude",
        "fraction",
        "100 %",
        "Amplitude on the second channel, as a share of the first's.",
        "Prime amplitude",
        minimum="0 %",
        maximum="100 %",
        only_with={"pattern": ("multiplexed",)},
    ),
    Parameter(
        "frequency_to",
        "frequency",
        None,
        "Frequency at the other end of the swing; left out, it stays. Only the modulated pattern "
        + "reads it and the three below.",
        "Frequency, other end",
        minimum="0.1 Hz",
        maximum="20 kHz",
        only_with={"pattern": ("modulated",)},
    ),
    Parameter(
        "pulse_width_to",
        "time",
        None,
        "Pulse width at the other end of the swing; left out, it stays.",
        "Pulse width, other end",
        minimum="10 us",
        maximum="2 ms",
        only_with={"pattern": ("modulated",)},
    ),
    Parameter(
        "amplitude_to",
        "fraction",
        None,
        "Share of the amplitude at the other end of the swing; left out, it stays.",
        "Amplitude, other end",
        minimum="0 %",
        maximum="100 %",
        only_with={"pattern": ("modulated",)},
    ),
    Parameter(
        "modulation_period",
        "time",
        "4 s",
        "Time of one swing there and back, linear both ways.",
        "Modulation period",
        minimum="0.1 s",
        maximum="10 min",
        only_with={"pattern": ("modulated",)},
    ),
    Parameter(
        "waveform_file",
        "file",
        None,
        "CSV file with one pulse for the sampled pattern: time with its unit in the header, and "
        + "current as a share of the amplitude.",
        "Waveform file",
        only_with={"pattern": ("sampled",)},
    ),
    Parameter(
        "recharge_ratio",
        "number",
        1.0,
        "Width of the active recharge phase in widths of the first; its height is as many times "
        + "smaller. 1 is symmetric.",
        "Recharge ratio",
        minimum=1.0,
        maximum=50.0,
        only_with={"recharge": ("active",)},
    ),
    Parameter(
        "recharge_time",
        "time",
        None,
        "Time constant of the passive recharge; left out, resistance times capacitance of the "
        + "device's load.",
        "Recharge time",
        minimum="100 us",
        maximum="1 s",
    ),
)
"""What only some patterns and recharges read."""

_ALL = (*_PATTERN, *_COURSE, *_RECHARGE, *_FURTHER)


def pulse_parameters(
    *, programmes: Sequence[str] = (), **defaults: object
) -> tuple[Parameter, ...]:
    """Return the parameters of every pulsed device, with a target's own defaults.

    Parameters
    ----------
    programmes : sequence of str, optional
        Named programmes of `PROGRAMMES` that the parameter ``programme`` offers; without any,
        the device does not have that parameter.
    **defaults : object
        Default by parameter name, as a user would type it (``frequency="20 Hz"``).

    Returns
    -------
    tuple of Parameter

    Raises
    ------
    TypeError
        A name that is no parameter of the generator, or no programme.
    """
    names = {p.name for p in _ALL}
    if unknown := set(defaults) - names:
        raise TypeError(f"the pulse generator has no parameter {', '.join(sorted(unknown))}")
    if unknown := set(programmes) - set(PROGRAMMES):
        raise TypeError(f"there is no programme {', '.join(sorted(unknown))}")
    own = tuple(replace(p, default=defaults[p.name]) if p.name in defaults else p for p in _ALL)
    if not programmes:
        return own
    choice = Parameter(
        "programme",
        "choice",
        None,
        "A named programme: values for the parameters below, in place of their defaults; what is "
        + "typed beside it wins.",
        "Programme",
        choices=tuple(programmes),
        presets={name: PROGRAMMES[name] for name in programmes},
    )
    return (choice, *own)
