"""The table of the search benchmark, of seconds that are made up, and the space of keras-tuner's part."""

from benchmarks.measures.search import RATES, SHAPES, SPACES, STUDY, estimate, table
from configs.loading.loading import load_study
from configs.search.space import dimensions


def test_the_table_has_the_ratio_of_each_target_and_its_verdict():
    cases = {"train": [10.0, 8.0], "one_shape": [35.0, 36.0], "four_shapes": [40.0, 20.0]}
    rows = table({"lightning": cases, "tensorflow": cases | {"keras_tuner": [480.0, 480.0]}})
    told = {row[0]: row[2:] for row in rows}
    assert told["lightning: trials of one shape / the study alone"] == ["4.0 (3.5 to 4.5)", "at most 4x", "ok"]
    keras_tuner = "tensorflow: keras-tuner, a loop of Keras fit / trials of four shapes"
    assert told[keras_tuner] == ["18.0 (12.0 to 24.0)", "at least 30x", "below"]
    assert len(rows) == 1 + 3 + 4


def test_the_estimate_is_a_run_and_the_trials_of_the_parts_that_a_device_trains_in_turn():
    cases = {"train": [8.0, 8.0, 9.0], "one_shape": [19.5, 31.0, 31.0]}  # half a second, one, and 22 / 23 of one
    rows = {row[0]: row[1:] for row in estimate({"lightning": cases})}
    second = 22 / 23
    assert rows["1"] == ["100", f"{(8 + 1000 * second) / 60:.1f} min"]
    assert rows["64"] == ["2", f"{8 + 20 * second:.0f} s"]
    assert rows["256"] == ["1", f"{8 + 10 * second:.0f} s"]


def test_the_spaces_have_one_shape_and_four():
    studies = {name: load_study(None, [*STUDY, f"search={{space: {{{space}}}}}"]) for name, space in SPACES.items()}
    assert SHAPES.endswith(RATES)
    shapes = {name: [one.values for one in dimensions(study) if one.values] for name, study in studies.items()}
    assert {name: len(values[0]) if values else 1 for name, values in shapes.items()} == {
        "one_shape": 1, "four_shapes": 4
    }  # fmt: skip
