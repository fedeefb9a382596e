"""The one table of learners, and what a study hears of one whose room is not there."""

import ast
from typing import get_args

import pytest

from configs.errors import Notice
from configs.files.places import PROJECT
from configs.learners import BASELINES, LEARNERS, Framework, in_room, offered, trained_by
from configs.loading.loading import load_study

NEUTRAL = ("configs", "datamodules", "evaluation", "reporting", "experiment", "scripts")
ELSEWHERE = {
    "configs/learners.py": "the table",
    "scripts/browser/photographs.py": "which pictures of a board README shows",
}


@pytest.fixture
def without(monkeypatch):
    """`without("tensorflow")` is a copy without that room."""

    def leave_out(*names: str) -> None:
        for name in names:
            monkeypatch.setitem(LEARNERS, name, LEARNERS[name]._replace(room=f"no_{name}"))

    return leave_out


def test_a_study_names_the_learners_of_the_table_or_both():
    assert set(get_args(Framework)) == {"both", "none", *LEARNERS}
    assert trained_by("both") == ("lightning", "tensorflow")
    assert [trained_by(name) for name in LEARNERS] == [(name,) for name in LEARNERS]
    assert trained_by("jax") == ()


def test_the_table_is_of_what_is_there():
    for name, learner in LEARNERS.items():
        assert (learner.name, in_room(learner.room).name) == (name, name)
        assert learner.twin is None or LEARNERS[learner.twin].twin == name
        modules = [learner.fit, learner.predicting, learner.adapter] if learner.is_here() else [learner.adapter]
        assert all((PROJECT / module.replace(".", "/")).with_suffix(".py").is_file() for module in modules)


def tables(source: str) -> list[str]:
    """Lists, tuples, sets and dictionaries of a file that hold more than one name out of the table of learners."""
    known = {word for one in LEARNERS.values() for word in (one.name, one.room, one.fit, one.predicting, one.nets)}
    found = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict)
    ]
    parts = [node.keys if isinstance(node, ast.Dict) else node.elts for node in found]
    words = [{part.value for part in several if isinstance(part, ast.Constant)} for several in parts]
    return [ast.unparse(node) for node, said in zip(found, words, strict=True) if len(known & said) > 1]


def test_there_is_no_other_table_of_learners():
    files = [path for room in NEUTRAL for path in (PROJECT / room).rglob("*.py")]
    found = {path.relative_to(PROJECT).as_posix(): tables(path.read_text()) for path in files}
    assert {file: said for file, said in found.items() if said and file not in ELSEWHERE} == {}


@pytest.mark.both_rooms
@pytest.mark.parametrize(("missing", "left"), [("tensorflow", "lightning"), ("lightning", "tensorflow")])
def test_both_frameworks_are_the_one_whose_room_is_there_and_a_line_says_so(without, missing, left):
    without(missing)
    assert offered() == [left]
    with pytest.warns(Notice) as said:
        study = load_study()
    assert [str(one.message) for one in said] == [
        f"{missing} is left out: there is no no_{missing}/ in this copy, so {left} is trained alone"
    ]
    assert study.frameworks == (left,)


def test_baselines_whose_room_is_not_there_are_left_out_and_a_line_says_so(monkeypatch):
    for place in ("configs.loading.loading", "configs.learners"):
        monkeypatch.setattr(f"{place}.BASELINES", BASELINES._replace(room="no_baselines"))
    with pytest.warns(Notice) as said:
        assert load_study(None, [f"framework={offered()[0]}"]).baselines == ()
    cause = "there is no no_baselines/ in this copy; put it back, or set baselines=[]"
    assert [str(one.message) for one in said] == [f"baselines are left out: {cause}"]
    assert load_study(of_a_run=True).baselines == ()


@pytest.mark.both_rooms
def test_a_framework_whose_room_is_not_there_is_one_line_with_its_place_and_cure(without, problems, tmp_path):
    without("tensorflow")
    cure = "there is no no_tensorflow/ in this copy; put it back, or set framework=lightning"
    assert problems("framework=tensorflow") == [f"override framework=tensorflow: {cure}"]
    file = tmp_path / "study.yaml"
    file.write_text("seed: 1\nframework: tensorflow\n")
    assert problems(file=file) == [f"{file}:2: framework: {cure}"]
    without("lightning")
    assert f"override framework=tensorflow: {cure.partition(', or')[0]}" in problems("framework=tensorflow")


@pytest.mark.both_rooms
@pytest.mark.parametrize("framework", ["both", "tensorflow"])
def test_a_run_is_still_of_what_it_was_trained_with(without, framework):
    without("tensorflow")
    assert load_study(None, [f"framework={framework}"], of_a_run=True).framework == framework


def test_what_python_has_cached_of_a_deleted_room_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr("configs.learners.PROJECT", tmp_path)
    (tmp_path / "tf_models" / "__pycache__").mkdir(parents=True)
    assert offered() == []
    (tmp_path / "tf_models" / "__init__.py").touch()
    assert offered() == ["tensorflow"]
