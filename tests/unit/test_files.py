"""A file that outlives a full disk reads back what it was given."""

import errno
import io

import numpy as np
import pytest

from gatecontrol.files import Patient


class Small(Patient):
    """Fails as a disk does with room for a number of bytes."""

    room = 300_000

    def _put(self, view):
        if self.tell() + len(view) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        super()._put(view)


def test_a_file_that_can_be_written_is_an_ordinary_file(tmp_path):
    with Patient(tmp_path / "a") as file:
        assert file.write(b"abc") == 3
        assert file.seek(0, io.SEEK_END) == 3
        file.seek(1)
        assert file.read() == b"bc"
        file.truncate(2)
        assert file.failure is None
    assert (tmp_path / "a").read_bytes() == b"ab"


@pytest.mark.parametrize("seed", range(5))
def test_after_a_failed_write_it_reads_as_if_all_had_been_written(tmp_path, seed):
    rng = np.random.default_rng(seed)
    reference = io.BytesIO()
    with Small(tmp_path / "a") as file:
        for step in range(400):
            # dense at first, then anywhere, across pages of 64 KiB and beyond the end
            at = int(rng.integers(0, 4000 * (step + 1)))
            size = int(rng.integers(1, 150_000 if step % 7 == 0 else 3000))
            for one in (file, reference):
                one.seek(at)
            if step % 3 == 2:
                buffer, expected = bytearray(size), bytearray(size)
                found = file.readinto(buffer)
                assert found == reference.readinto(expected)
                assert buffer[:found] == expected[:found]
            elif step % 41 == 40:
                end = reference.seek(0, io.SEEK_END)
                assert file.seek(0, io.SEEK_END) == end
                cut = end + (5000 if step % 2 else -5000)
                file.truncate(cut)
                reference.truncate(cut)
                if cut > end:  # BytesIO does not lengthen itself
                    reference.seek(end)
                    reference.write(bytes(cut - end))
            else:
                data = rng.bytes(size)
                assert file.write(data) == reference.write(data) == size
            assert file.tell() == reference.tell() or step % 41 == 40
        assert file.failure is not None
        assert file.failure.errno == errno.ENOSPC
        file.seek(0)
        assert file.read() == reference.getvalue()
    assert (tmp_path / "a").stat().st_size <= Small.room
