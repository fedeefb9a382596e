import json
import os
import stat
import subprocess
import sys

import pytest

from configs.files.atomic import write_bytes, write_json, write_text

FULL_DISK = """
import resource, sys
from pathlib import Path
from configs.files.atomic import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), b"new" * 1000)
except OSError as error:
    print(error.strerror, error.filename)
"""


def test_what_was_written_is_read(tmp_path):
    write_bytes(tmp_path / "a", b"\0\1")
    write_text(tmp_path / "b", "Ä")
    write_json(tmp_path / "c", {"x": [1, None]})
    assert (tmp_path / "a").read_bytes() == b"\0\1"
    assert (tmp_path / "b").read_bytes() == "Ä".encode()
    assert json.loads((tmp_path / "c").read_text()) == {"x": [1, None]}
    assert len(list(tmp_path.iterdir())) == 3


def test_on_a_full_disk_the_old_file_stays_whole(tmp_path):
    target = tmp_path / "state"
    target.write_bytes(b"old")
    child = subprocess.run([sys.executable, "-c", FULL_DISK, target], capture_output=True, text=True, check=True)
    assert child.stdout == f"File too large {target}\n"
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_nan_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x", float("nan"))
    assert not list(tmp_path.iterdir())


def test_the_file_and_then_its_folder_are_on_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(stat.S_ISDIR(os.fstat(number).st_mode)))
    write_text(tmp_path / "a", "b")
    assert synced == [False, True]
