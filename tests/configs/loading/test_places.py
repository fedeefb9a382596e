"""Relative paths of a study: beside its file, then in the project, then in the working folder."""

from pathlib import Path

import pytest

from configs.errors import StudyError
from configs.files import places
from configs.files.places import data_folder
from configs.loading import loading
from configs.loading.loading import load_study


@pytest.fixture
def homes(tmp_path, monkeypatch) -> dict[str, Path]:
    """A study file's folder, a project and a working folder, each with a table of the same name."""
    found = {name: tmp_path / name for name in ("beside", "project", "working")}
    for folder in found.values():
        (folder / "tables").mkdir(parents=True)
        (folder / "tables" / "patients.csv").write_text("a,b\n")
    (found["beside"] / "mine.yaml").write_text("name: mine\ndata: {source: tables/patients.csv, root: tables}\n")
    monkeypatch.setattr(places, "PROJECT", found["project"])
    monkeypatch.chdir(found["working"])
    return found


def source(homes: dict[str, Path], *overrides: str) -> Path:
    return Path(load_study(homes["beside"] / "mine.yaml", overrides).data.source)


def without(folder: Path) -> None:
    (folder / "tables" / "patients.csv").unlink()
    (folder / "tables").rmdir()


def test_a_table_lies_beside_the_study_file_or_in_the_project_or_in_the_working_folder(homes):
    for name in ("beside", "project", "working"):
        assert source(homes) == homes[name] / "tables" / "patients.csv"
        assert load_study("../beside/mine.yaml").data.root == str(homes[name] / "tables")
        without(homes[name])


def test_a_path_that_is_typed_is_of_the_working_folder_first(homes):
    for name in ("working", "beside", "project"):
        assert source(homes, "data.source=tables/patients.csv") == homes[name] / "tables" / "patients.csv"
        without(homes[name])


def test_a_file_that_is_nowhere_is_answered_with_the_places_and_its_line(homes):
    for folder in homes.values():
        (folder / "patients.csv").write_text("")
        without(folder)
    (homes["beside"] / "mine.yaml").write_text("data:\n  source: tables/patient.csv\n")
    with pytest.raises(StudyError) as refused:
        source(homes)
    assert refused.value.problems == [
        f"{homes['beside'] / 'mine.yaml'}:2: data.source: there is no file 'tables/patient.csv'; "
        f"did you mean 'patients.csv'? (looked in {homes['beside']}, {homes['project']}, {homes['working']})"
    ]
    with pytest.raises(StudyError, match=r"override data.source=x.csv: data.source: there is no file 'x.csv'; correct"):
        source(homes, "data.source=x.csv")


def test_a_whole_path_and_the_name_of_a_data_set_are_taken_as_they_are(homes, monkeypatch):
    monkeypatch.setenv("HOME", str(homes["working"]))
    assert source(homes, "data.source=/no/such.csv") == Path("/no/such.csv")
    assert source(homes, "data.source=wine") == Path("wine")
    assert source(homes, "data.source=~/tables/patients.csv") == homes["working"] / "tables" / "patients.csv"


def test_downloads_go_to_the_project_unless_the_working_folder_has_the_folder(homes):
    assert load_study().data.root == "data"
    assert data_folder("data") == homes["project"] / "data"
    (homes["working"] / "data").mkdir()
    assert data_folder("data") == homes["working"] / "data"
    assert data_folder("/elsewhere") == Path("/elsewhere")


def test_the_project_is_where_the_code_is():
    assert Path(loading.__file__).parents[2] == places.PROJECT
