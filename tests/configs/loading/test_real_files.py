"""What lies in a run may come from a stranger: nothing is read or written through a link, a pipe or a device."""

import os

import pytest

from configs.files.atomic import appending, write_text
from configs.files.real_files import make_folder, open_real, read_real, real_root

ACTS = {
    "read": read_real,
    "append": lambda path: appending(path).close(),
    "make": lambda path: open_real(path, "xb").close(),
    "replace": lambda path: write_text(path, "new"),
    "folder": make_folder,
}


@pytest.fixture
def outside(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("mine")
    (tmp_path / "run").mkdir()
    return tmp_path / "outside"


@pytest.mark.parametrize("act", ["read", "append", "make", "folder"])
@pytest.mark.parametrize("target", ["file", "not_there", "."])
def test_a_link_is_refused_with_its_name(outside, act, target):
    link = outside.parent / "run" / "link"
    link.symlink_to(outside / target)
    with pytest.raises(OSError, match=r"is a link|File exists") as error:
        ACTS[act](link)
    assert error.value.filename == str(link)
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "mine"


@pytest.mark.parametrize("act", ACTS)
def test_a_folder_that_is_a_link_is_refused_wherever_it_is_on_the_way(outside, act):
    (outside / "deep").mkdir()
    link = outside.parent / "run" / "link"
    link.symlink_to(outside)
    for place in ("file", "deep/new"):
        with pytest.raises(OSError, match=r"is a link, and a run follows none") as error:
            ACTS[act](link / place)
        assert error.value.filename == str(link)
    assert sorted(path.name for path in outside.rglob("*")) == ["deep", "file"]
    assert (outside / "file").read_text() == "mine"


def test_a_file_takes_the_place_of_a_link_which_is_not_followed(outside):
    link = outside.parent / "run" / "link"
    link.symlink_to(outside / "file")
    write_text(link, "new")
    assert (link.is_symlink(), link.read_text(), (outside / "file").read_text()) == (False, "new", "mine")


def test_a_link_in_place_of_the_temporary_file_is_not_followed(outside):
    path = outside.parent / "run" / "state"
    (path.parent / f"state.{os.getpid()}.partial").symlink_to(outside / "file")
    write_text(path, "new")
    assert (path.read_text(), (outside / "file").read_text()) == ("new", "mine")
    assert [one.name for one in path.parent.iterdir()] == ["state"]


@pytest.mark.parametrize("act", ["read", "append"])
def test_a_pipe_and_a_device_are_refused_and_nobody_waits_for_them(tmp_path, act):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/null"):
        with pytest.raises(OSError, match="is not a regular file"):
            ACTS[act](type(tmp_path)(path))


def test_what_is_appended_to_is_parted_from_its_second_name(outside):
    path = outside.parent / "run" / "log.txt"
    path.hardlink_to(outside / "file")
    with appending(path) as file:
        file.write(b" and yours")
    assert (path.read_text(), (outside / "file").read_text()) == ("mine and yours", "mine")


def test_the_root_may_be_a_link_and_is_then_the_place_itself(outside):
    link = outside.parent / "latest"
    link.symlink_to(outside)
    assert real_root(link) == outside
    assert real_root(outside) is outside
    assert read_real(real_root(link) / "file") == b"mine"
