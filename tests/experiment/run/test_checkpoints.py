import os
import subprocess
import sys

import numpy as np
import pytest

from experiment.run.files.checkpoints import Checkpoints, begun_with, pack, unpack

FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from experiment.run.files.checkpoints import Checkpoints
checkpoints = Checkpoints(Path(sys.argv[1]), 0)
checkpoints.save(0, {"x": np.zeros(10)})
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    checkpoints.save(1, {"x": np.zeros(10_000)})
except OSError:
    print(checkpoints.newest()[0], len(list(Path(sys.argv[1]).iterdir())))
"""


@pytest.fixture
def checkpoints(tmp_path):
    made = Checkpoints(tmp_path / "checkpoints", 3)
    for epoch in range(4):
        made.save(
            epoch, {"x": np.full((2, 3), epoch + 0.5), "steps": np.array([epoch], np.int64), "scalar": np.array(7.0)}
        )
    return made


def damage(path, place, bit=0):
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(bytes(content))


def test_the_newest_two_states_are_kept(checkpoints):
    assert sorted(path.name for path in checkpoints.directory.iterdir()) == [
        "part_0003_epoch_000002.safetensors",
        "part_0003_epoch_000003.safetensors",
    ]
    epoch, state = checkpoints.newest()
    assert epoch == 3
    assert set(state) == {"x", "steps", "scalar"}
    np.testing.assert_array_equal(state["x"], np.full((2, 3), 3.5))
    assert state["steps"].dtype == np.int64
    assert state["scalar"].shape == ()


def test_every_flipped_bit_is_noticed_and_the_state_before_is_used(checkpoints):
    newest = checkpoints._path(3)
    whole = newest.read_bytes()
    for place in range(0, len(whole), 7):
        damage(newest, place, place % 8)
        with pytest.warns(UserWarning, match="is damaged"):
            assert checkpoints.newest()[0] == 2, f"byte {place} of {len(whole)}"
        newest.write_bytes(whole)
    assert checkpoints.newest()[0] == 3


@pytest.mark.parametrize("kept", [0, 1, 60, 90, -1])
def test_a_cut_off_state_is_noticed_and_the_state_before_is_used(checkpoints, kept):
    newest = checkpoints._path(3)
    newest.write_bytes(newest.read_bytes()[:kept])
    with pytest.warns(UserWarning, match="is damaged"):
        assert checkpoints.newest()[0] == 2


def test_with_no_state_left_nothing_is_resumed(checkpoints):
    for epoch in (2, 3):
        damage(checkpoints._path(epoch), -1)
    with pytest.warns(UserWarning, match="is damaged"):
        assert checkpoints.newest() is None


def test_the_time_of_a_file_says_nothing(checkpoints):
    os.utime(checkpoints._path(2), (4e9, 4e9))
    os.utime(checkpoints._path(3), (1e9, 1e9))
    assert checkpoints.newest()[0] == 3


def test_epochs_are_numbers_not_words(tmp_path):
    checkpoints = Checkpoints(tmp_path, 0)
    for epoch in (999_999, 1_000_000):
        checkpoints.save(epoch, {"x": np.zeros(1)})
    assert checkpoints.newest()[0] == 1_000_000


def test_another_part_has_states_of_its_own(checkpoints):
    assert Checkpoints(checkpoints.directory, 2).newest() is None


def test_a_full_disk_leaves_the_state_before(tmp_path):
    child = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, check=True)
    assert child.stdout == "0 1\n"


def test_a_finished_part_keeps_its_result_alone(checkpoints):
    assert checkpoints.result() is None
    checkpoints.finish({"x": np.arange(3), "history": pack([])})
    assert [path.name for path in checkpoints.directory.iterdir()] == ["part_0003.safetensors"]
    np.testing.assert_array_equal(checkpoints.result()["x"], [0, 1, 2])
    damage(checkpoints.directory / "part_0003.safetensors", -1)
    with pytest.warns(UserWarning, match="is damaged"):
        assert checkpoints.result() is None


def test_a_state_is_due_when_its_time_has_come(tmp_path):
    assert Checkpoints(tmp_path, 0, every_seconds=0.0).due()
    assert not Checkpoints(tmp_path, 0).due()


def test_a_state_of_another_run_is_told_and_not_read(tmp_path):
    mark = {"study": np.arange(3), "stack_size": np.array(4)}
    Checkpoints(tmp_path, 0, mark=mark).save(5, {"x": np.zeros(1)})
    assert Checkpoints(tmp_path, 0, mark=mark).newest() == (5, {"x": np.zeros(1)})
    for other in ({"study": np.arange(1, 4)}, {"stack_size": np.array(5)}):
        with pytest.warns(UserWarning, match=r"part_0000_epoch_000005.* is of another run, or of another study than"):
            assert Checkpoints(tmp_path, 0, mark=mark | other).newest() is None


def test_what_a_run_began_with_is_known_by_any_of_its_states(tmp_path):
    mark = {"study": np.arange(3)}
    assert begun_with(tmp_path, mark, "stack_size") is None
    for part in range(3):
        Checkpoints(tmp_path, part, mark=mark | {"stack_size": np.array(4)}).finish({"history": pack([])})
    damage(tmp_path / "part_0000.safetensors", -1)
    with pytest.warns(UserWarning, match="is damaged"):
        assert begun_with(tmp_path, mark, "stack_size") == 4
    with pytest.warns(UserWarning, match=r"is damaged|is of another run"):
        assert begun_with(tmp_path, {"study": np.arange(4)}, "stack_size") is None


def test_what_is_packed_is_unpacked():
    assert unpack(pack([{"epoch": 0, "loss": [0.25, None]}])) == [{"epoch": 0, "loss": [0.25, None]}]
