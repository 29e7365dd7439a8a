"""Finding experiment files: by path, or shipped ones by name."""

import re
from pathlib import Path

from gatecontrol.errors import ExperimentError, Problem, did_you_mean
from gatecontrol.experiment.models import shown
from gatecontrol.experiment.schema import SCHEMA_VERSION
from gatecontrol.yamlfile import YamlFile

__all__ = ["check_version", "default_name", "find_experiment", "shipped_experiments"]


def shipped_experiments() -> dict[str, Path]:
    """Return the experiments that come with the package, by name."""
    import gatecontrol

    package = Path(gatecontrol.__file__).parent
    folders = (package / "shipped", package.parent / "experiments")
    folder = next((f for f in folders if f.is_dir()), None)
    return {p.stem: p for p in sorted(folder.glob("*.yaml"))} if folder else {}


def find_experiment(path_or_name: str | Path) -> tuple[Path, str]:
    """Return the path of an experiment and how messages call it.

    Parameters
    ----------
    path_or_name : str or Path
        A file, or the name of a shipped experiment.

    Raises
    ------
    ExperimentError
        There is neither (E005).
    """
    text = str(path_or_name)
    path = Path(path_or_name)
    looks_like_path = (
        isinstance(path_or_name, Path) or "/" in text or path.suffix in {".yaml", ".yml"}
    )
    if looks_like_path or (path.is_file() if "\0" not in text else False):
        return path, text
    shipped = shipped_experiments()
    if text in shipped:
        return shipped[text], f"{text}.yaml"
    if path.exists():
        return path, text
    hint = did_you_mean(text, list(shipped))
    message = f"no such file, and no shipped experiment of this name.{hint}"
    help = f"shipped: {', '.join(shipped)}" if shipped else ""
    raise ExperimentError([Problem("E005", "", message, help, text)])


def check_version(file: YamlFile) -> None:
    """Refuse a file of another format at once: its keys mean something else."""
    version = file.data.get("schema", SCHEMA_VERSION)
    if isinstance(version, bool) or not isinstance(version, int):
        message = f"expected the number {SCHEMA_VERSION}, got {shown(version)}"
    elif version > SCHEMA_VERSION:
        message = (
            f"version {version} is newer than this program, which reads version {SCHEMA_VERSION}"
        )
    elif version < SCHEMA_VERSION:
        message = f"there is no version {version}; this program reads version {SCHEMA_VERSION}"
    else:
        return
    problem = file.problem("E007", ("schema",), message, f"schema: {SCHEMA_VERSION}")
    raise ExperimentError([problem])


def default_name(stem: str) -> str:
    """Return a file's stem as a name."""
    name = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")
    return name or "experiment"
