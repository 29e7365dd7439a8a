"""The catalogue of electrodes, and how a lead, its polarity and its place become contacts.

A lead is data (``electrodes.yaml``). Its contacts act as points (or, pads on the skin, as
disks) in the medium of the conductor:

- a cylinder contact as a row of six points on its axis (Gauss's rule; against a row of 64 the
  potential errs by 1e-5 at half its length). The row is shortened to ``sqrt(L^2 - 6 a^2)``,
  which gives it the quadrupole of a uniform current over a cylinder of length L and radius
  a: against that, in an isotropic medium, the potential errs by at most 0.3 % and its second
  difference over 1 mm by 4 % two diameters away from the axis, 0.06 % and 1.1 % three away;
- a plate as a grid of points on its surface, a ring as points around it.

Real contacts are equipotential, so that current crowds at their rims: near a contact this
matters more than the above; two contact lengths away it does not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.fields import catalogue
from gatecontrol.fields.electrodes import Contact, ElectrodeError, disk, line, plate, ring
from gatecontrol.sourced import Sourced

__all__ = ["LEADS_FILE", "Lead", "lead", "lead_names"]

LEADS_FILE = "electrodes.yaml"

_FORMS: Mapping[str, Mapping[str, str]] = {
    "cylinder": {"length": "length", "diameter": "length"},
    "plate": {"length": "length", "width": "length", "column_pitch": "length"},
    "ring": {"radius": "length", "length": "length"},
    "pad": {"area": "area"},
}
_AXES = {"x": 0, "y": 1, "z": 2}
_BALANCE = 1e-6  # of the amplitude


@dataclass(frozen=True)
class Lead:
    """An electrode of the catalogue.

    Attributes
    ----------
    name, title : str
        Key and heading.
    form : str
        ``"cylinder"``, ``"plate"``, ``"ring"`` or ``"pad"``.
    count : int
        Number of contacts.
    columns : int
        Of a plate; 1 for every other form.
    sizes : mapping of str to Sourced
        Dimensions [m, m^2] with their sources; ``"pitch"`` is from centre to centre along
        the lead.
    omits : str
        What the contacts leave out of the real electrode.
    """

    name: str
    title: str
    form: str
    count: int
    columns: int
    sizes: Mapping[str, Sourced]
    omits: str

    @property
    def area(self) -> float:
        """Area of one contact [m^2]."""
        size = {k: v.value for k, v in self.sizes.items()}
        if self.form == "cylinder":
            return math.pi * size["diameter"] * size["length"]
        if self.form == "plate":
            return size["length"] * size["width"]
        if self.form == "ring":
            return 2 * math.pi * size["radius"] * size["length"]
        return size["area"]

    def centre(self, number: int) -> tuple[float, float]:
        """Return where a contact lies along and across the lead [m], from the lead's middle.

        Parameters
        ----------
        number : int
            From 1, the tip, which lies at the lowest place along the lead.
        """
        rows = self.count // self.columns
        row, column = divmod(number - 1, self.columns)
        pitch = self.sizes["pitch"].value if rows > 1 else 0.0
        aside = self.sizes["column_pitch"].value if self.columns > 1 else 0.0
        return (row - (rows - 1) / 2) * pitch, (column - (self.columns - 1) / 2) * aside

    def contacts(
        self,
        shares: Mapping[int, float],
        *,
        remote: bool = False,
        at: Sequence[float] = (0.0, 0.0, 0.0),
        zero: int | None = None,
        axis: str = "x",
        scale: float = 1.0,
    ) -> tuple[Contact, ...]:
        """Return the contacts of a programme.

        Parameters
        ----------
        shares : mapping of int to float
            Contact number (from 1) -> share of the amplitude; cathodes are negative and sum
            to -1.
        remote : bool, optional
            Whether what the shares leave over returns through the generator's case.
        at : sequence of float, optional
            (x, y, z) of the lead's middle, or of the contact `zero` [m].
        zero : int, optional
            Contact that lies at `at`.
        axis : str, optional
            Direction of the lead: ``"x"`` (along the fibres), ``"y"`` or ``"z"``.
        scale : float, optional
            Size against the catalogue, for an animal's lead.

        Returns
        -------
        tuple of Contact
            Points or disks, in the order of the contacts' numbers.

        Raises
        ------
        ElectrodeError
            No contact is active, the shares are unbalanced, or a contact does not exist.
        """
        self._check(shares, remote, zero, axis)
        along0, across0 = self.centre(zero) if zero else (0.0, 0.0)
        found: list[Contact] = []
        for number in sorted(shares):
            if not shares[number]:
                continue
            along, across = self.centre(number)
            place = list(at)
            place[_AXES[axis]] += scale * (along - along0)
            place[1 if axis != "y" else 0] += scale * (across - across0)
            found += self.contact(
                shares[number], place, axis=axis, scale=scale, label=f"contact {number}"
            )
        return tuple(found)

    def contact(
        self,
        share: float,
        place: Sequence[float],
        *,
        axis: str = "x",
        scale: float = 1.0,
        label: str = "",
    ) -> tuple[Contact, ...]:
        """Return one contact of the lead at any place, as points or a disk.

        Parameters
        ----------
        share : float
            Of the amplitude; negative for a cathode.
        place : sequence of float
            (x, y, z) of its centre [m].
        axis, scale
            As for `contacts`.
        label : str, optional
            Name for figures and messages.
        """
        size = {k: v.value * scale for k, v in self.sizes.items()}
        area = self.area * scale**2
        if self.form == "cylinder":
            body = size["diameter"] / 2
            length = math.sqrt(max(0.0, size["length"] ** 2 - 6 * body**2))
            return line(area, share, place, length, axis=axis, body=body, label=label)
        if self.form == "plate":
            return plate(area, share, place, (size["length"], size["width"]), label=label)
        if self.form == "pad":
            return (disk(area, share, place, label),)
        x, y, z = place
        around = ring(area, size["radius"], z)
        return tuple(
            Contact((x, y + c.position[1], c.position[2]), -share * c.share, c.area, label)
            for c in around
        )

    def _check(
        self, shares: Mapping[int, float], remote: bool, zero: int | None, axis: str
    ) -> None:
        if axis not in _AXES or (axis != "x" and self.form != "cylinder"):
            raise ElectrodeError(
                f"the {self.name} cannot point along {axis!r}: a cylinder points along x, y or z, "
                + "every other electrode along x"
            )
        for number in (*shares, *([] if zero is None else [zero])):
            if number not in range(1, self.count + 1):
                raise ElectrodeError(
                    f"the {self.name} has no contact {number}: its contacts are 1 to {self.count}"
                )
        if not all(math.isfinite(v) for v in shares.values()):
            raise ElectrodeError(f"the shares of the {self.name} must be finite numbers")
        anodes = sum(v for v in shares.values() if v > 0)
        cathodes = -sum(v for v in shares.values() if v < 0)
        if not anodes and not cathodes:
            raise ElectrodeError(
                f"open circuit: no contact of the {self.name} is active; give a cathode, for "
                + "example contact 1 with a share of -1"
            )
        if not remote and abs(anodes - cathodes) > _BALANCE:
            raise ElectrodeError(
                f"the shares of the {self.name} sum to {anodes - cathodes:g}: without a remote "
                + "return (the case) anodes must return what the cathodes draw"
            )
        if abs(max(anodes, cathodes) - 1) > _BALANCE:
            raise ElectrodeError(
                f"the cathodes of the {self.name} draw {cathodes:g} and its anodes give "
                + f"{anodes:g} of the amplitude: the larger of the two must be 1"
            )


def lead_names() -> tuple[str, ...]:
    """Return the names of the catalogue."""
    return catalogue.names(LEADS_FILE)


def lead(name: str) -> Lead:
    """Return an electrode of the catalogue.

    Parameters
    ----------
    name : str
        One of `lead_names`.

    Raises
    ------
    GatecontrolError
        There is no such lead, or a number of it is missing or has no source.
    """
    data = catalogue.entry(LEADS_FILE, "lead", name)
    form = data["form"]
    if form not in _FORMS:
        hint = did_you_mean(str(form), list(_FORMS))
        raise GatecontrolError(f"{LEADS_FILE}: {name}.form: unknown form '{form}'.{hint}")
    wanted = dict(_FORMS[form])
    count, columns = int(data["contacts"]), int(data.get("columns", 1))
    if count > columns:
        wanted["pitch"] = "length"
    where = f"{LEADS_FILE}: {name}"
    sizes = {k: catalogue.number(data, where, k, d) for k, d in wanted.items()}
    return Lead(name, data["title"], form, count, columns, sizes, data["omits"])
