"""The free parameters of a circuit: its numbers that no paper gives."""

from gatecontrol.sourced import ASSUMED

__all__ = ["free_parameters"]


def free_parameters(circuit: str) -> list[str]:
    """Return the dotted names of the numbers of a circuit that are assumed.

    Those that only a condition sets are not among them.

    Parameters
    ----------
    circuit : str
        Name or file.
    """
    from gatecontrol.circuits import circuit_path
    from gatecontrol.circuits.load import circuit_numbers

    numbers = circuit_numbers(circuit_path(circuit), circuit)
    return [name for name, number in numbers.items() if number.source == ASSUMED]
