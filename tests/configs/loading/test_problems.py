"""What a person reads when a study is wrong: the lines of a `StudyError`."""

import pickle

import pytest

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.loading.problems import shown, unknown_key
from configs.loading.validation import known_keys
from configs.schema import Study

SECTIONS = "name, framework, seed, seeds, baselines, data, folds, inputs, model, optimizer, training, stack, "
SECTIONS += "launcher, slurm, ray, evaluation, output, search"


def test_an_error_is_its_problems_one_line_each_and_survives_pickling():
    error = StudyError(["a: b", "c: d"])
    assert str(error) == "a: b\nc: d"
    assert isinstance(error, ValueError)
    assert pickle.loads(pickle.dumps(error)).problems == ["a: b", "c: d"]
    assert StudyError("a: b").problems == ["a: b"]


def test_all_problems_of_a_file_are_shown_at_once_each_with_its_line(tmp_path, problems):
    file = tmp_path / "mine.yaml"
    optimizer, model = "optimizer:\n  learning_rate: -1", "model:\n  hidden: [64, 0]\n  droput: 0.1"
    file.write_text(f"sed: 1\n{optimizer}\n{model}\nstack: {{}}\nstack: 1\n")
    assert sorted(problems(file=file)) == [
        f"{file}:1: unknown key 'sed'; did you mean 'seed'? (known: {SECTIONS})",
        f"{file}:3: optimizer.learning_rate: must be > 0, received -1",
        f"{file}:5: model.hidden[1]: must be >= 1, received 0",
        f"{file}:6: model: unknown key 'droput'; did you mean 'dropout'? (known: net, hidden, activation, dropout)",
        f"{file}:8: key 'stack' is there twice, first in line 7; remove one",
    ]


def test_a_problem_of_the_default_file_has_a_place_without_this_machine(problems):
    [line] = problems("folds.validation_fraction=0")
    assert line.startswith("configs/breast_cancer.yaml:14: training: early_stopping has no rows")


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("optimizer.learning_rate=-1", "must be > 0, received -1"),
        ("optimizer.learning_rate=.nan", "must be a finite number, received nan"),
        ("optimizer.clip_norm=1e999", "must be a finite number, received inf"),
        ("optimizer.learning_rate=fast", "must be a number, received 'fast'"),
        ("optimizer.name=adm", "there is no optimizer 'adm'; did you mean 'adam'? (known: adam, adamw, lion, sgd)"),
        ("optimizer=null", "must be a section of keys and values, received null"),
        ("model=mlp", "must be a section of keys and values, received 'mlp'"),
        ("model.dropout=1", "must be < 1, received 1"),
        ("model.hidden=64", "must be a list, like [64, 64], received 64"),
        ("model.hidden=[64, true]", "model.hidden[1]: must be an integer, received true"),
        ("training.precision=16", "must be 32, 64, 'bf16' or 'tf32', received 16"),
        ("training.batch_size=32.0", "must be an integer, received 32.0"),
        ("training.devices=0", "must be 'auto' or an integer >= 1, received 0"),
        ("inputs.select=12%", "must be 'none' or an integer >= 1, received '12%'"),
        ("seed=2147483648", "must be < 2147483648, received 2147483648"),
        ("output.tensorboard=1", "must be true or false, received 1"),
        ("data.source=", "must be text (quotes make it text), received null"),
        ("data.target=''", "must not be empty, received ''"),
        ("name=../x", "must be a letter or digit, then letters, digits, '_', '.' or '-', received '../x'"),
        (f"name={81 * 'x'}", f"must have at most 80 characters, received '{56 * 'x'}..."),
        ("training.early_stopping.patience=0", "must be >= 1, received 0"),
        ("output.run=../x", "must be 1 to 40 letters, digits, '_', '.' or '-', received '../x'"),
        (f"output.run={41 * 'x'}", f"must be 1 to 40 letters, digits, '_', '.' or '-', received '{41 * 'x'}'"),
        ("output.run=''", "must be 1 to 40 letters, digits, '_', '.' or '-', received ''"),
    ],
)
def test_a_wrong_value_says_what_must_be_and_what_was_received(problems, override, problem):
    assert problems(override) == [f"override {override}: {problem}"]


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("optimiser.name=adam", f"unknown key 'optimiser'; did you mean 'optimizer'? (known: {SECTIONS})"),
        ("dropout=0.3", f"unknown key 'dropout'; did you mean 'model.dropout'? (known: {SECTIONS})"),
        ("drop_out=0.3", f"unknown key 'drop_out'; did you mean 'model.dropout'? (known: {SECTIONS})"),
        (
            "patience=3",
            "unknown key 'patience'; did you mean 'training.early_stopping.patience' or 'training.plateau.patience'? "
            f"(known: {SECTIONS})",
        ),
        ("task=binary", f"unknown key 'task'; did you mean 'data.task'? (known: {SECTIONS})"),
        ("stack.seed=1", "unknown key 'seed'; did you mean 'seed' at the top level or 'folds.seed'? (known: size)"),
        (
            "stack.name=x",
            "unknown key 'name'; did you mean 'name' at the top level or 'optimizer.name' or 'optimizer.schedule.name' "
            "or 'training.loss.name' or 'training.early_stopping.monitor.name' or 'search.objective.name'? "
            "(known: size)",
        ),
        ("stack={optimizer: x}", "unknown key 'optimizer'; did you mean 'optimizer' at the top level? (known: size)"),
        ("stack.dropout=0.1", "unknown key 'dropout'; did you mean 'model.dropout'? (known: size)"),
        ("root=x", f"unknown key 'root'; did you mean 'data.root' or 'output.root'? (known: {SECTIONS})"),
        ("run=baseline", f"unknown key 'run'; did you mean 'output.run'? (known: {SECTIONS})"),
        ("SEED=1", f"unknown key 'SEED'; did you mean 'seed'? (known: {SECTIONS})"),
        ("stack={sise: 1}", "unknown key 'sise'; did you mean 'size'? (known: size)"),
        ("xyz=1", f"unknown key 'xyz' (known: {SECTIONS})"),
    ],
)
def test_an_unknown_key_is_answered_with_the_key_that_was_meant(problems, override, meant):
    assert problems(override) == [f"override {override}: {meant}"]


def test_no_key_anywhere_is_answered_with_its_own_name_alone(problems):
    known = list(known_keys(Study, {}))
    sections = ["", *(name for name in known if any(other.startswith(f"{name}.") for other in known))]
    names = {name.rpartition(".")[2] for name in known}
    wrong = [(section, name) for section in sections for name in names if f"{section}.{name}".strip(".") not in known]
    assert len(wrong) > 300
    for section, name in wrong:
        place = (*filter(None, section.split(".")), name)
        advice = unknown_key(place, known).partition("; did you mean ")[2].partition(" (known: ")[0]
        assert advice not in ("", f"'{name}'?"), place


def test_a_section_that_is_none_does_not_hide_other_problems(problems):
    assert len(problems("model=mlp", "xyz=1", "data=iris")) == 3


@pytest.mark.parametrize("override", ["folds.splits", "=5", "a..b=1", ""])
def test_an_override_is_a_key_and_a_value(problems, override):
    assert problems(override)[0].endswith("must be KEY=VALUE, like folds.splits=5 or training.early_stopping=null")


def test_an_override_cannot_reach_into_a_value(problems):
    expected = "'model.hidden' is a value, not a section: set model.hidden=VALUE as a whole"
    assert problems("model.hidden.0=32") == [f"override model.hidden.0=32: {expected}"]


def test_an_override_that_is_no_yaml_says_so(problems):
    [line] = problems("model.hidden=[1,")
    assert line.startswith("override model.hidden=[1,: ")
    assert line.endswith("close every bracket and quote")


@pytest.mark.parametrize("key", ["_target_", "class_path", "init_args", "_instantiator"])
def test_a_study_is_data_and_never_code(tmp_path, problems, key):
    file = tmp_path / "mine.yaml"
    file.write_text(f"model:\n  {key}: os.system\ndata: {{source: [{{{key}: x}}]}}\n")
    refusal = f"key '{key}' is refused: a study is data, never code; remove it"
    assert problems(f"data.{key}=os.system") == [f"override data.{key}=os.system: {refusal}"]
    assert {f"{file}:2: {refusal}", f"{file}:3: {refusal}"} < set(problems(file=file))


def test_a_file_that_is_not_there_is_answered_with_those_that_are(tmp_path, problems):
    [line] = problems(file=tmp_path / "mnist")
    assert "mnist: there is no such file; did you mean 'configs/mnist.yaml'? (known: configs/boston_" in line


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"- seed", ":1: a study is made of keys and values, like 'seed: 0'"),
        (b"name: \xff", ": byte 6 is not UTF-8; save the file as UTF-8"),
        (b"seed: !!python/name:os.system x", ":1: tag tag:yaml.org,2002:python/name:os.system is refused: a study is"),
    ],
)
def test_a_file_that_is_no_study_is_refused_with_its_place(tmp_path, content, problem):
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        load_study(file)
    assert str(caught.value).startswith(f"{file}{problem}")


def test_a_folder_is_no_study(tmp_path, problems):
    assert problems(file=tmp_path) == [
        f"{tmp_path}: is a folder, not a file; write what it holds to a file, and name that"
    ]


def test_a_problem_is_one_short_line_whatever_the_value():
    assert shown({"a": "x\ny" * 100}).endswith("...")
    assert "\n" not in shown("a\nb")
    assert [shown(value) for value in (None, True, False, "None", 0)] == ["null", "true", "false", "'None'", "0"]
