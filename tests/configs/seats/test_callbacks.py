"""`training.callbacks`: a list of files, checked when the study is read, from their source."""

import pytest

from configs.learners import LEARNERS
from configs.loading.loading import dump_study, load_study
from configs.seats.callbacks import CALLBACKS, OF_EVERY_RUN

BUILD = "import no_such_package\n\ndef build(session, *, {parameters}): raise SystemExit\n"


@pytest.fixture
def write_callback(write_net, tmp_path):
    """A callback of a checkout that has no other."""

    def write(name="mine", parameters="rate: Positive = 2", frameworks=LEARNERS):
        for framework in frameworks:
            file = tmp_path / CALLBACKS.file(name, framework)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(BUILD.format(parameters=parameters))

    return write


def test_callbacks_are_names_or_names_with_arguments_one_or_several():
    def callbacks(text):
        return [
            (one.name, one.arguments["minutes"])
            for one in load_study(None, [f"training.callbacks={text}"]).training.callbacks
        ]

    assert callbacks("[]") == []
    assert callbacks("time_limit") == callbacks("[time_limit]") == [("time_limit", 60.0)]
    assert callbacks("{name: time_limit, minutes: 2}") == [("time_limit", 2.0)]
    assert callbacks("[time_limit, {name: time_limit, minutes: 2}]") == [("time_limit", 60.0), ("time_limit", 2.0)]


def test_a_study_with_callbacks_is_read_as_it_was_written(tmp_path, write_callback):
    write_callback(parameters="rate: Positive = 2")
    write_callback("plain", "rate: int | None = None")
    study = load_study(None, ["training.callbacks=[mine, {name: plain, rate: 3}]"])
    (tmp_path / "study.yaml").write_text(dump_study(study))
    assert load_study(tmp_path / "study.yaml") == study


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[time_limt]", "training.callbacks[0]: there is no callback 'time_limt'; did you mean 'time_limit'?"),
        ("[checkpoint]", "training.callbacks[0]: callback 'checkpoint' is in a run by itself: leave it out"),
        ("[time_limit, {name: time_limit, minutes: -1}]", "training.callbacks[1].minutes: must be > 0, received -1"),
        ("[{name: time_limit, minuts: 1}]", "unknown key 'minuts'; did you mean 'minutes'? (known: name, minutes)"),
        ("[{minutes: 1}]", "training.callbacks[0].name: must be given, it has no default"),
        ("3", "must be a list"),
    ],
)
def test_a_wrong_callback_is_told_in_one_line(problems, value, said):
    [line] = problems(f"training.callbacks={value}")
    assert line.startswith(f"override training.callbacks={value}: ")
    assert said in line


def test_a_callback_needs_a_file_for_each_framework_with_the_same_arguments(write_callback, problems):
    write_callback(frameworks=["lightning"])
    [line] = problems("training.callbacks=[mine]")
    told = "callback 'mine' has no tf_models/callbacks/mine.py: write it, or set framework=lightning"
    assert line == f"override training.callbacks=[mine]: training.callbacks[0]: {told}"
    assert problems("training.callbacks=[mine]", "framework=lightning") == []
    write_callback(frameworks=["tensorflow"], parameters="rate: Positive = 3")
    assert "the twins of callback 'mine' take different arguments: make" in problems("training.callbacks=[mine]")[0]


def test_what_is_wrong_with_the_file_of_a_callback_is_told_with_its_line(write_callback, problems, tmp_path):
    write_callback(parameters="rate = 2")
    assert "lightning_mods/callbacks/mine.py:3: parameter 'rate' has no type" in problems("training.callbacks=mine")[0]
    write_callback(parameters="rate: Positive = 0")
    [line] = problems("training.callbacks=mine")
    assert line == "lightning_mods/callbacks/mine.py:3: training.callbacks[0].rate: must be > 0, received 0"
    file = tmp_path / "study.yaml"
    write_callback(parameters="rate: Positive")
    file.write_text("training:\n  callbacks:\n    - name: mine\n      rate: -1\n")
    assert problems(file=file) == [f"{file}:4: training.callbacks[0].rate: must be > 0, received -1"]
    file.write_text("training:\n  callbacks:\n    - mine\n")
    assert problems(file=file) == [f"{file}:3: training.callbacks[0].rate: must be given, it has no default"]


def test_every_shipped_callback_has_its_twin():
    assert set(OF_EVERY_RUN) < set(CALLBACKS.known())
    for name in CALLBACKS.known():
        CALLBACKS.check_twins(name, tuple(LEARNERS))
