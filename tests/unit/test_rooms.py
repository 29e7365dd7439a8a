"""The way of the data is one-way: a room imports only from rooms above it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "gatecontrol"
ORDER = (
    "base", "fields", "preparations", "fibres", "stimuli", "devices", "circuits", "simulation",
    "analysis", "experiment", "evidence", "teaching", "cli",
)  # fmt: skip
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.stem[:2] != "__")


def room_of(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else "base"


def imported_rooms(path):
    """Return the rooms that a file imports from, late imports and type hints included."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "gatecontrol":
                names = [f"gatecontrol.{a.name}" for a in node.names if a.name != "__version__"]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "gatecontrol" and len(parts) > 1:
                rooms.add(parts[1] if (PACKAGE / parts[1]).is_dir() else "base")
    return rooms


def test_every_room_has_its_place():
    assert {room_of(p) for p in FILES} == set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_above(path):
    mine = ORDER.index(room_of(path))
    below = {r for r in imported_rooms(path) if ORDER.index(r) > mine}
    assert not below


def test_only_the_simulation_room_imports_brian2():
    users = {room_of(p) for p in FILES if "import brian2" in p.read_text()}
    assert users == {"simulation"}
