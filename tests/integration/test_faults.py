"""Full and read-only disks, and a folder of another experiment: clear words, nothing lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatecontrol.errors import RunError

from .conftest import same_bytes


class Disk:
    """A small file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._call("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder))

    def _call(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")

    def change(self, option: str) -> None:
        self._call("mount", "-o", f"remount,{option}", str(self.folder))

    def leave(self, free: int) -> None:
        """Leave so many bytes free."""
        status = os.statvfs(self.folder)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        self.change(f"size={used + free}")

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        found = Disk(folder)
    except FileNotFoundError:
        pytest.skip("no file system can be mounted here: there is no mount command")
    yield found
    found.close()


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_disk_that_fills_up_while_points_are_computed(disk, finished, carry):
    out = disk.folder / "out"
    disk.leave(24_000)
    with pytest.raises(RunError) as caught:
        carry("record.spikes=none", out=out)
    assert str(caught.value) == (
        f"cannot write to {out / 'journal'}: No space left on device; what was saved is intact. "
        + "Make room and run the same command again"
    )
    saved = (out / "journal/points.jsonl").read_bytes()
    assert saved.endswith(b"\n")
    disk.change("size=64m")
    outcome = carry("record.spikes=none", out=out)
    assert outcome.reused == saved.count(b"\n")
    assert 0 < outcome.reused < 9
    plain = carry("record.spikes=none", out="plain")
    same_bytes(plain.folder / "results.nc", out / "results.nc")


@pytest.mark.parametrize(("free", "figures"), [(20_000, False), (150_000, False), (600_000, True)])
def test_a_disk_that_fills_up_while_results_are_written(disk, finished, carry, free, figures):
    """HDF5 crashes on a failed write: the process must live to tell."""
    folder, out = finished[0].folder / "results/small", disk.folder / "out"
    shutil.copytree(folder / "journal", out / "journal")
    before = files(out)
    disk.leave(free)
    with pytest.raises(RunError) as caught:
        carry(out=out, figures=figures)
    assert str(caught.value).startswith(f"cannot write the results to {out}")
    assert "No space left on device; every point is saved. Make room" in str(caught.value)
    assert not [name for name in files(out) - before if name.endswith(".part")]
    disk.change("size=64m")
    assert carry(out=out).computed == 0
    same_bytes(folder / "results.nc", out / "results.nc")


def test_a_disk_that_cannot_be_written(disk, carry):
    out = disk.folder / "out"
    carry("seeds=1", out=out)
    disk.change("ro")
    done = carry("seeds=1", out=out)  # there is nothing to write
    assert (done.computed, done.reused) == (0, 3)
    with pytest.raises(RunError) as caught:
        carry("seeds=2", out=out)
    assert str(caught.value) == (
        f"cannot write to {out}: Read-only file system; choose another folder with --out"
    )


def test_a_folder_of_another_experiment_is_said(carry, small, capsys):
    from gatecontrol.experiment.progress import Lines

    first = carry("seeds=1", out="shared")
    capsys.readouterr()
    small.write_text(small.read_text().replace("name: small", "name: other"))
    second = carry("seeds=2", out="shared", progress=Lines())
    assert "warning: the results of 'small' in shared are replaced\n" in capsys.readouterr().err
    # trials are found by content, whatever the experiment is called
    assert (second.computed, second.reused) == (3, first.computed)
    plain = carry("seeds=2", out="plain")
    same_bytes(plain.folder / "results.nc", second.folder / "results.nc")
