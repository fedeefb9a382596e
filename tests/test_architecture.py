"""The shape of the house: who may import whom, and that the twins are twins. No framework is imported here."""

import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
from contracts import contracts
from twins import ROOMS, ROOT, entries, files

TORCH = ("torch", "pytorch_lightning", "torchmetrics", "lightning_mods")
TENSORFLOW = ("tensorflow", "keras", "keras_tuner", "tf_models")
NEUTRAL = ("configs", "datamodules", "evaluation", "experiment", "reporting", "scripts", "sklearn_models")
ADAPTERS = ("datamodules.lightning", "datamodules.tensorflow")
ORACLES = "experiment.search.oracles.tuner_oracles"
"""What alone imports keras-tuner, and is run in a process of its own."""

# What only one of the twins has, and why.
ONE_SIDED_FILES = {
    "engine/traced/__init__.py": "TensorFlow runs its own graphs",
    "engine/blocks.py": "TensorFlow runs what needs nothing of each other side by side",
    "constants.py": "Keras's models keep constants as they are; torch moves tensors from device to device",
    "engine/traced/hoisting.py": "TensorFlow runs its own graphs",
    "engine/traced/identities.py": "TensorFlow simplifies its own graphs",
    "engine/traced/interpreter.py": "TensorFlow runs its own graphs",
    "engine/traced/compiling.py": "tf.function compiles by a flag",
    "engine/traced/kernels.py": "XLA fuses the formula; torch has kernels that are fused",
    "engine/traced/makers.py": "TensorFlow runs its own graphs",
    "engine/traced/private_names.py": "TensorFlow runs its own graphs",
    "engine/traced/predicting.py": "TensorFlow runs its own graphs",
    "engine/lanes.py": "torch's memory is moved where it lies; TensorFlow's step is a function",
    "stack/naming.py": "torch names parameters by the attributes that hold them",
    "engine/traced/nodes.py": "TensorFlow runs its own graphs",
    "engine/makers.py": "tf.function has eager, traced and compiled in one place",
    "engine/players.py": "tf.function has eager, traced and compiled in one place",
    "engine/rehearsal.py": "torch has next to nothing to build before it validates and predicts",
    "engine/traced/replay.py": "TensorFlow runs its own graphs",
    "engine/traced/scripting.py": "TensorFlow runs its own graphs",
    "engine/traced/sinking.py": "TensorFlow runs its own graphs",
    "engine/vectorizing.py": "torch.func.vmap has a rule for convolutions that each member has kernels for",
    "engine/traced/writing.py": "TensorFlow runs its own graphs",
    "rows/engine.py": "TensorFlow takes each step on all devices; a device of torch takes its own",
    "rows/devices.py": "torch has a process for each device; TensorFlow has all in one",
    "rows/rank.py": "torch has a process for each device; TensorFlow has all in one",
    "stock/data.py": "Keras takes data in fit, evaluate and predict, each in a dozen forms",
    "stock/evaluating.py": "Keras's own makes two iterators for each; the Trainer's loop keeps its own",
    "stock/model.py": "fit, predict and the files of weights are methods of a keras.Model",
    "stock/module.py": "Lightning's loops are in its Trainer, which calls hooks of the module",
    "stock/weight_files.py": "Lightning writes its checkpoints through hooks of the module",
    "engine/traced/tracing.py": "torch has no traced step with gradients of its own; tf.function is one",
}
ONE_SIDED_NAMES = {
    (
        "callbacks/early_stopping.py",
        "KFoldEarlyStopping.on_load_checkpoint",
    ): "Lightning's fit takes a checkpoint to go on from",
    ("module.py", "Folds.take_steps"): "processes that share rows take the steps of a chunk without a Trainer",
    ("rows/module.py", "*"): "torch has a process for each device; TensorFlow has all in one",
    ("rows/stacks.py", "divide_cpu"): "torch has a process for each device",
    (
        "engine/engines.py",
        "Engine.take_step",
    ): "devices that share rows take it together; torch's players have their own",
    ("engine/engines.py", "Engine.close"): "blocks of members have threads; TensorFlow's are its own",
    ("engine/engines.py", "Engine.logits"): "what Keras tests with is a graph by itself",
    ("fit.py", "build_trainer"): "Keras's fit is a method of the model: it has no Trainer",
    ("fold_network.py", "FoldNetwork.from_config"): "Keras rebuilds a saved model from its config",
    ("fold_network.py", "FoldNetwork.get_config"): "Keras rebuilds a saved model from its config",
    ("inspection/graph.py", "tensors_in"): "tf.nest finds them; torch has nothing public for it",
    ("layers.py", "gelu"): "TensorFlow's own rounds the root of 2",
    ("layers.py", "softplus"): "torch's own is a line from 20 on",
    ("layers.py", "KeyedDropout.build"): "Keras makes weights in build, where their path is known",
    ("layers.py", "PReLU.build"): "Keras makes weights in build, where their path is known",
    ("stack/metrics.py", "MemberMetrics.full_state_update"): "a setting of torchmetrics",
    ("stack/metrics.py", "MemberMetrics.reset_state"): "torchmetrics resets by the defaults",
    ("module.py", "Folds.on_epoch_end"): "Lightning's hook; Keras takes metrics from get_metrics_result",
    ("module.py", "Folds.on_epoch_begin"): "Lightning's hook; Keras calls reset_metrics",
    ("module.py", "Folds.on_validation_epoch_start"): "Lightning's hook; Keras calls reset_metrics",
    ("module.py", "Folds.on_validation_epoch_end"): "Lightning's hook; Keras takes metrics from get_metrics_result",
    ("module.py", "Folds.forget_metrics"): "evaluate, which Lightning's Trainer has a loop for, resets them alone",
    ("module.py", "Folds.get_metrics_result"): "where Keras's fit finds the metrics of an epoch",
    ("module.py", "Folds.metrics"): "Keras's property of what it resets",
    ("module.py", "Folds.reset_metrics"): "Keras's hook at the start of an epoch and of an evaluation",
    ("module.py", "Folds.teardown"): "Lightning's hook at the end; nothing of Keras's has to be ended",
    ("stack/building.py", "POLICIES"): "a net's precision is a policy in Keras",
    ("stack/optimizer.py", "StackOptimizer.flat"): "torch keeps it among the parameter groups",
    ("stack/optimizer.py", "StackOptimizer.apply"): "what Keras's own training step calls",
    ("stack/optimizer.py", "StackOptimizer.build"): "Keras makes an optimizer's state in build",
    ("private_names.py", "*"): "each framework has private names of its own",
    ("stock/features.py", "*"): "each framework has features of its own",
    ("weights.py", "path_of"): "a Keras variable has a path; a torch parameter has only its place",
}
# Where the two say or take different things, and why.
DIFFERENT_SIGNATURES = {
    ("engine/engines.py", "Engine.compact"): "Keras has to be told that the graph has changed",
    ("engine/engines.py", "Engine.run"): "torch's memory is moved where it lies; TensorFlow's step is a function",
    ("stack/optimizer.py", "StackOptimizer.step"): "torch's optimizers find the gradient on the parameter",
    ("stack/stack.py", "Stack.split"): "functional_call takes names, stateless_call takes an order",
    ("stock/features.py", "check_callbacks"): "Keras takes callbacks in a dozen forms",
    ("stock/features.py", "check_rate"): "Keras's optimizer has its schedule, Lightning's Trainer has it",
    ("stock/features.py", "check_trainable"): "the argument is called as the framework calls it: module, model",
}
DIFFERENT_DOCS = {
    ("__init__.py", "file"): "names the framework",
    ("callbacks/early_stopping.py", "file"): "names the framework",
    ("callbacks/plateau.py", "file"): "names the framework",
    ("callbacks/checkpoint.py", "KFoldCheckpoint"): "Keras asks for the first epoch before it starts, so fit resumes",
    (
        "callbacks/checkpoint.py",
        "KFoldCheckpoint.__init__",
    ): "Keras asks for the first epoch before it starts, so fit resumes",
    ("callbacks/checkpoint.py", "KFoldCheckpoint.on_train_begin"): "Keras asks for the first epoch before it starts",
    ("engine/engines.py", "Engine"): "auto is another engine",
    ("engine/engines.py", "Engine.compact"): "Keras has to be told that the graph has changed",
    ("engine/engines.py", "Engine.run"): "torch's memory is moved where it lies; TensorFlow's step is a function",
    ("engine/engines.py", "choose"): "auto is another engine",
    ("fit.py", "file"): "names the framework",
    ("fit.py", "prepare"): "each framework has settings of its own",
    ("stack/input_layer.py", "InputLayer.__init__"): "buffers, constants",
    ("stack/metrics.py", "file"): "names the framework",
    ("stack/metrics.py", "MemberMetrics"): "names the framework's hook",
    ("module.py", "file"): "names the framework",
    ("module.py", "Folds"): "how each framework is driven",
    ("module.py", "Folds.record"): "Keras has collected the metrics before",
    ("rows/module.py", "file"): "torch has a process for each device; TensorFlow has all in one",
    ("stack/optimizer.py", "StackOptimizer.step"): "torch's optimizers find the gradient on the parameter",
    ("private_names.py", "file"): "names the framework",
    ("stack/stack.py", "file"): "names the framework",
    ("stack/stack.py", "Stack.logits"): "names the framework's hook",
    ("stack/stack.py", "Stack.split"): "views, parts",
    ("stock/features.py", "file"): "names the framework",
    ("stock/features.py", "check_rate"): "Lightning has rates that follow a metric",
    ("stock/features.py", "check_trainable"): "names the argument",
}
TWINS = sorted(files(ROOMS[0]) & files(ROOMS[1]))
MISSING = {room for room in ROOMS if not (ROOT / room / "__init__.py").is_file()}


def test_arrows_point_down(tmp_path: Path):
    config = tmp_path / "contracts.toml"
    config.write_text(contracts(ROOT, MISSING))
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache", "--config", str(config)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_import_goes_in_a_circle():
    graph = grimp.build_graph(*NEUTRAL, *{*ROOMS} - MISSING)  # what is imported for its types alone counts too
    TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()


@pytest.mark.skipif(bool(MISSING), reason="a room is not there")
def test_the_twins_have_the_same_files():
    assert files(ROOMS[0]) ^ files(ROOMS[1]) == set(ONE_SIDED_FILES)


@pytest.mark.parametrize("file", TWINS)
def test_the_twins_have_the_same_public_names(file):
    one, other = (entries(room, file) for room in ROOMS)
    allowed = {name for where, name in ONE_SIDED_NAMES if where == file}
    assert "*" in allowed or set(one) ^ set(other) == allowed


@pytest.mark.parametrize("file", TWINS)
@pytest.mark.parametrize(
    ("part", "allowed"), [("signature", DIFFERENT_SIGNATURES), ("doc", DIFFERENT_DOCS)], ids=["signature", "doc"]
)
def test_the_twins_take_and_say_the_same(file, part, allowed):
    one, other = (entries(room, file) for room in ROOMS)
    common = {name: (getattr(one[name], part), getattr(other[name], part)) for name in one if name in other}
    differing = {name: pair for name, pair in common.items() if pair[0] != pair[1]}
    assert set(differing) == {name for where, name in allowed if where == file}, differing


def modules_after(program: str, *arguments: str) -> set[str]:
    """Top-level names in `sys.modules` of a process of its own that has run `program`."""
    report = "\nimport sys; print('MODULES', *{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", program + report, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("MODULES ")[2].split())


def modules_of(package: str) -> list[str]:
    parts = (path.relative_to(ROOT).with_suffix("").parts for path in (ROOT / package).rglob("*.py"))
    names = {".".join(part for part in path if part != "__init__") for path in parts}
    return sorted(name for name in names if name not in (*ADAPTERS, ORACLES) and not name.endswith("__main__"))


def test_what_is_neutral_imports_no_framework():
    names = [name for package in NEUTRAL for name in modules_of(package)]
    loaded = modules_after("import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)", *names)
    assert set(NEUTRAL) <= loaded
    assert not loaded & {*TORCH, *TENSORFLOW}


TRAINING = """
import sys
from importlib import import_module
from pathlib import Path
sys.path.append("tests/reference")
room, folder, *names = sys.argv[1:]
for name in names:
    import_module(name)
from experiment.run.framework_directory import FrameworkDirectory
from small import small
study, folds = small("output.tensorboard=true", "training.max_epochs=1")
import_module(f"{room}.fit").fit(study, folds, FrameworkDirectory(Path(folder)))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("room", "own", "foreign"), [(ROOMS[0], TORCH, TENSORFLOW), (ROOMS[1], TENSORFLOW, TORCH)])
def test_a_process_that_trains_holds_one_framework(room, own, foreign, tmp_path: Path):
    if room in MISSING:
        pytest.skip("the room is not there")
    loaded = modules_after(TRAINING, room, str(tmp_path), *modules_of(room))
    assert {own[0], room} <= loaded
    assert list(tmp_path.rglob("*tfevents*"))
    assert not loaded & set(foreign)
