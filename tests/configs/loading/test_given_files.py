"""What is no file is refused at once: a pipe or a device would be read for ever."""

import os
import socket
import time
from pathlib import Path

import pytest

from configs.errors import StudyError
from configs.files.given_files import resolved, unreadable
from configs.loading.loading import load_study
from configs.loading.settings import LARGEST


@pytest.fixture
def odd(tmp_path) -> dict[str, Path]:
    """Paths that lead to no file, by what is said of them."""
    places = {
        words: tmp_path / f"{number}.csv" for number, words in enumerate(("folder", "pipe", "device", "symbolic"))
    }
    places["folder"].mkdir()
    os.mkfifo(places["pipe"])
    places["device"].symlink_to("/dev/zero")
    places["symbolic"].symlink_to(places["symbolic"])
    return places


def test_what_is_no_file_is_called_by_its_kind(odd, tmp_path, monkeypatch):
    for words, path in odd.items():
        assert words in unreadable(path)
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)  # a socket's path may have some hundred characters at most
        server.bind("socket")
        assert "is a socket" in unreadable(Path("socket"))
    assert "NUL" in unreadable(Path("a\0b"))
    with pytest.raises(FileNotFoundError):
        unreadable(tmp_path / "nowhere")


def test_a_file_and_a_link_to_one_can_be_read(tmp_path):
    (tmp_path / "file").write_text("12345")
    (tmp_path / "link").symlink_to("file")
    assert [unreadable(tmp_path / name) for name in ("file", "link")] == ["", ""]
    assert unreadable(tmp_path / "file", largest=4).startswith("has 0 MB, and such a file has 4e-06 at most")


@pytest.mark.parametrize("key", ["study", "data.source"])
def test_a_study_and_its_data_are_refused_in_one_line_within_a_second(odd, key):
    for words, path in odd.items():
        arguments = (path,) if key == "study" else (None, [f"data.source={path}", "data.target=y"])
        before = time.monotonic()
        with pytest.raises(StudyError) as refused:
            load_study(*arguments)
        (problem,) = refused.value.problems
        assert words in problem
        assert str(path) in problem
        assert time.monotonic() - before < 1


def test_a_large_file_is_no_study(tmp_path):
    path = tmp_path / "table.yaml"
    with path.open("wb") as file:
        file.truncate(60 * LARGEST)
    with pytest.raises(StudyError, match=r"table\.yaml: has 60 MB, and such a file has 1 at most"):
        load_study(path)


def test_a_path_with_a_nul_is_refused_with_its_line(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text('data: {source: "a\\0b.csv", target: y}\noutput: {root: "\\0"}\n')
    with pytest.raises(StudyError) as refused:
        load_study(path)
    assert [problem.partition(", received")[0] for problem in refused.value.problems] == [
        f"{path}:1: data.source: must be without a NUL character, which no path has",
        f"{path}:2: output.root: must be without a NUL character, which no path has",
    ]


def test_a_loop_of_links_is_resolved_to_something_that_is_not_there(odd):
    assert not resolved(odd["symbolic"]).exists()
