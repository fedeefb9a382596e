import os

import pytest

from configs.errors import StudyError
from experiment.run.exit_codes import code_of
from experiment.run.files.reading import read_bytes, read_json, read_text


def test_what_is_whole_is_read(tmp_path):
    (tmp_path / "one.json").write_text('{"a": 1}')
    assert read_json(tmp_path / "one.json", "start a new run", "a") == {"a": 1}
    (tmp_path / "one.json").write_text("7")
    assert read_json(tmp_path / "one.json", "start a new run") == 7


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b'{"a": 1', "Expecting ',' delimiter"),
        (b"\xff", "codec can't decode byte 0xff"),
        (b"[]", "it has no keys"),
        (b'{"b": 1}', "it has no a"),
    ],
)
def test_what_is_damaged_is_one_line_with_file_and_cure(tmp_path, content, cause):
    (tmp_path / "one.json").write_bytes(content)
    with pytest.raises(StudyError) as error:
        read_json(tmp_path / "one.json", "start a new run", "a")
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'one.json'}: is damaged (")
    assert cause in said
    assert said.endswith("); start a new run")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("read", [read_text, read_json, read_bytes])
def test_what_may_not_be_read_is_one_line_with_file_and_cure(tmp_path, monkeypatch, read):
    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "one.json").write_text("{}")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StudyError) as error:
        read(tmp_path / "one.json", "start a new run")
    told = f"{tmp_path / 'one.json'}: cannot be read (Permission denied); fix that, or start a new run"
    assert (str(error.value), code_of(error.value)) == (told, 2)
