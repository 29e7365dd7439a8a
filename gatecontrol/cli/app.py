"""The commands and their options; what they do is in the modules beside this one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gatecontrol import __version__
from gatecontrol.cli.app_evidence import evidence
from gatecontrol.cli.app_fit import commands as fitting
from gatecontrol.cli.app_handouts import commands as handing_out
from gatecontrol.cli.app_teach import commands as teaching
from gatecontrol.cli.options import Engine, Json

__all__ = ["app"]

app = typer.Typer(
    name="gatecontrol",
    help="Simulate the gate-control theory of pain on spiking networks: stimulators to fibres to "
    + "dorsal horn to suppression. A research and teaching tool, never clinical advice.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Kind(StrEnum):
    """What can be listed."""

    devices = "devices"
    circuits = "circuits"
    stimuli = "stimuli"
    measures = "measures"
    preparations = "preparations"
    experiments = "experiments"


class One(StrEnum):
    """What can be described."""

    device = "device"
    circuit = "circuit"
    stimulus = "stimulus"
    measure = "measure"
    preparation = "preparation"
    experiment = "experiment"


class CacheAction(StrEnum):
    """What can be done with the cache."""

    show = "show"
    warm = "warm"
    clear = "clear"


class Form(StrEnum):
    """The forms in which results are exported."""

    csv = "csv"
    nwb = "nwb"
    spike_file = "spike_file"


Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value, e.g. seeds=2."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Turn warnings into errors.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A results folder.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gatecontrol {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error (works anywhere).")
    ] = False,
) -> None:
    pass


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, or names.")],
    override: Set = None,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Show all faults of experiment files at once; exit code 2 if there are any."""
    from gatecontrol.cli.check import check as command

    raise typer.Exit(command(files, override or [], strict=strict, json=json))


@app.command()
def run(
    experiment: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="An experiment file or a shipped experiment.")
    ],
    override: Set = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Results folder [results/<name>].")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes [one per core].")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute everything again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to a large run.")] = False,
    engine: Annotated[Engine, typer.Option(help="Simulation engine.")] = Engine.auto,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Dask scheduler, tcp://host:port, or 'local' [no Dask]."
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Compute part I of N only; join parts with merge."),
    ] = None,
    portable: Annotated[
        bool, typer.Option("--portable", help="Compile for every processor of this kind.")
    ] = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Run an experiment: numbers, figures and a report in a results folder.

    What an earlier run of the same experiment has finished is not computed again.
    """
    from gatecontrol.cli.run import run as command

    command(
        experiment,
        override or [],
        out=out,
        workers=workers,
        fresh=fresh,
        yes=yes,
        engine=engine.value,
        scheduler=scheduler,
        shard=shard,
        portable=portable,
        strict=strict,
        json=json,
    )


@app.command()
def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="A results folder with shards, or shards."),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Results folder [where the shards lie].")
    ] = None,
    json: Json = False,
) -> None:
    """Join the shards of a run into its results."""
    from gatecontrol.cli.merge import merge as command

    command(folders, out, json=json)


@app.command("list")
def list_(
    kind: Annotated[
        Kind | None, typer.Argument(help="What to list; everything if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """List devices, circuits, stimuli, measures, preparations or experiments."""
    from gatecontrol.cli.browse import show_list

    show_list([kind.value] if kind else [k.value for k in Kind], json=json)


@app.command()
def describe(
    kind: Annotated[One, typer.Argument(help="What it is.")],
    name: Annotated[str, typer.Argument(help="Its name, from the list command, or a file.")],
    json: Json = False,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Of a device: draw field, recruitment and thresholds."),
    ] = None,
    preparation: Annotated[str, typer.Option(help="With --figures: whose body.")] = "human",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="With --figures: change the device."),
    ] = None,
) -> None:
    """Describe one thing: parameters, units, ranges, defaults, sources, limits."""
    if figures is not None:
        if kind is not One.device:
            raise typer.BadParameter("only a device is drawn", param_hint="--figures")
        from gatecontrol.cli.device_figures import draw_device

        draw_device(name, figures, preparation, settings or [])
        return
    if settings:
        raise typer.BadParameter("only changes what --figures draws", param_hint="--set")
    from gatecontrol.cli.browse import describe as command

    command(kind.value, name, json=json)


@app.command()
def threshold(
    fibre: Annotated[str, typer.Option(help="Fibre model: mrg, aalpha, adelta, or a C model.")] = (
        "mrg"
    ),
    diameter: Annotated[str, typer.Option(help="Outer diameter.")] = "10 um",
    distance: Annotated[str, typer.Option(help="Of the point source from the fibre.")] = "1 mm",
    pulse_width: Annotated[str, typer.Option(help="Width of the first phase.")] = "200 us",
    waveform: Annotated[
        str,
        typer.Option(help="cathodic, anodic, biphasic or asymmetric, the latter also _anodic."),
    ] = "cathodic",
    conductivity: Annotated[str, typer.Option(help="Of the homogeneous medium.")] = "0.2 S/m",
    gap: Annotated[str, typer.Option(help="Between the phases.")] = "0 us",
    ceiling: Annotated[str, typer.Option(help="Highest amplitude tried.")] = "1 A",
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Refuse a pulse that leaves charge behind.")
    ] = False,
    json: Json = False,
) -> None:
    """Compute from which current on one fibre fires, and where a strong pulse blocks it.

    Several values with commas give a table, e.g. --distance "1 mm, 2 mm".
    """
    from gatecontrol.cli.threshold import threshold as command

    options = {
        "fibre": fibre,
        "diameter": diameter,
        "distance": distance,
        "pulse_width": pulse_width,
        "waveform": waveform,
        "conductivity": conductivity,
    }
    command(options, gap=gap, ceiling=ceiling, balanced=balanced, json=json)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """Write the JSON Schema of experiment files, for editors."""
    from gatecontrol.cli.check import schema as command

    command(out)


@app.command()
def report(
    folder: Folder,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Evidence score of the circuit, to be shown."),
    ] = None,
) -> None:
    """Make the figures, the tables and the report of a results folder again."""
    from gatecontrol.cli.results import report as command

    command(folder, evidence)


@app.command()
def export(
    folder: Folder,
    form: Annotated[
        Form,
        typer.Option("--format", help="Tables, NWB files, or files for the stimulus spike_file."),
    ] = Form.csv,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to [DIR/export/<format>].")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Only this arm [all].")] = None,
    seed: Annotated[int | None, typer.Option(help="Only this seed [all that were kept].")] = None,
    spikes: Annotated[
        bool, typer.Option("--spikes", help="With csv: the kept spikes too.")
    ] = False,
) -> None:
    """Write results as CSV tables, kept spikes as NWB files or as input of another run."""
    if spikes and form is not Form.csv:
        raise typer.BadParameter("only says what csv writes", param_hint="--spikes")
    from gatecontrol.cli.results import export as command

    command(folder, form.value, out, arm, seed, spikes=spikes)


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Results folders.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write [results/comparison].")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="What may differ: stimuli, duration, device_window, epochs or dt.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Compare results of other circuits, conditions, preparations or devices."""
    from gatecontrol.cli.compare import compare as command

    command(folders, out, allow or [], json=json)


@app.command()
def cite(
    folder: Folder,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
    json: Json = False,
) -> None:
    """List the papers that a run used."""
    from gatecontrol.cli.results import cite as command

    command(folder, bibtex=bibtex, json=json)


@app.command()
def cache(
    action: Annotated[
        CacheAction, typer.Argument(help="Show it, warm it (compile now), or clear it.")
    ] = CacheAction.show,
    experiments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE|NAME]...", help="What to warm it for [all shipped]."),
    ] = None,
    json: Json = False,
) -> None:
    """Show, warm or clear the cache: compiled networks, solved fibres, trials of the bench."""
    from gatecontrol.cli.cache import cache as command

    command(action.value, experiments or [], json=json)


app.command()(evidence)
app.add_typer(fitting)  # fit, robustness
app.add_typer(teaching)  # teach
app.add_typer(handing_out)  # handouts
