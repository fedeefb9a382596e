"""Whatever is written into a study, it is valid and reads back equal, or its problems name their keys: hypothesis."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import StudyError
from configs.loading.loading import dump_study, load_study, study_schema

SECTIONS = {
    name: tuple(part["properties"])
    for name, part in study_schema()["$defs"].items()
    if name in ("Folds", "Inputs", "Training", "Evaluation", "Output", "EarlyStopping", "Stack")
    and "properties" in part
}
KEYS = tuple(f"{name.lower()}.{key}" for name, keys in SECTIONS.items() for key in keys if name != "EarlyStopping")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200),
    st.floats(-1, 2, allow_nan=False),
    st.sampled_from(["auto", "none", "kfold", "group", "time_series", "balanced", "f1", "standard", "auroc", "x", ""]),
    st.lists(st.sampled_from(["auroc", "f1", "nonsense"]), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_a_study_is_valid_and_reads_back_equal_or_every_problem_names_its_key(changes):
    overrides = [
        f"{key}={yaml.safe_dump(value, default_flow_style=True).splitlines()[0]}" for key, value in changes.items()
    ]
    try:
        study = load_study(None, overrides)
    except StudyError as error:
        for problem in error.problems:
            assert "\n" not in problem
            assert any(part in problem for key in changes for part in (key, key.partition(".")[2]))
        return
    assert type(study).model_validate(yaml.safe_load(dump_study(study))) == study
