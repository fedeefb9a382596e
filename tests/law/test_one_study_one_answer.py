"""Both frameworks, each in its own process, reach the same weights."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from trajectory import FITS, WAYS, largest_difference

BOUNDS = {("64", "sgd"): 1e-10, ("64", "adam"): 1e-7, ("64", "adamw"): 1e-7, ("32", "sgd"): 1e-4, ("32", "adam"): 1e-4}


def in_own_process(
    framework: str, folder: Path, overrides: tuple[str, ...], name: str = "trajectory.py"
) -> dict[str, np.ndarray]:
    out = folder / f"{framework}.npz"
    program = Path(__file__).with_name(name)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
    subprocess.run([sys.executable, program, framework, out, *overrides], check=True, env=environment)
    return dict(np.load(out))


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "way"), BOUNDS, ids=str)
def test_lightning_and_tensorflow_reach_the_same_weights(precision, way, tmp_path):
    overrides = (*WAYS[way], f"training.precision={precision}")
    lightning, tensorflow = (in_own_process(framework, tmp_path, overrides) for framework in FITS)
    assert largest_difference(lightning, tensorflow) < BOUNDS[precision, way]
    assert len({weights.tobytes() for weights in lightning["output.kernel"]}) == 10


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sgd", "adam"])
def test_layers_of_either_framework_give_the_same_and_learn_the_same(way, tmp_path):
    overrides = (*WAYS[way], "training.precision=64")
    lightning, tensorflow = (in_own_process(framework, tmp_path, overrides, "layers.py") for framework in FITS)
    outputs = [name for name in lightning if name.endswith("outputs")]
    assert len(outputs) == 10
    for name in outputs:
        np.testing.assert_allclose(lightning.pop(name), tensorflow.pop(name), rtol=1e-12, atol=1e-12)
    assert largest_difference(lightning, tensorflow) < BOUNDS["64", way]


@pytest.mark.slow
def test_losses_of_either_framework_are_the_same_and_train_the_same(tmp_path):
    focal = ("training.loss={name: focal, gamma: 1.5}", "data.source=wine", "training.max_epochs=20")
    overrides = (*WAYS["sgd"], *focal, "training.precision=64")
    lightning, tensorflow = (in_own_process(framework, tmp_path, overrides, "losses.py") for framework in FITS)
    losses = [name for name in lightning if name.endswith("loss")]
    assert len(losses) == 14
    for name in losses:
        np.testing.assert_allclose(lightning.pop(name), tensorflow.pop(name), rtol=1e-12, atol=1e-12)
    assert largest_difference(lightning, tensorflow) < BOUNDS["64", "sgd"]


@pytest.mark.slow
@pytest.mark.both_rooms
def test_every_option_of_the_inputs_trains_the_same_in_both_frameworks(tmp_path):
    overrides = (*WAYS["sgd"], "training.precision=64", "training.batch_size=16")
    lightning, tensorflow = (in_own_process(framework, tmp_path, overrides, "columns.py") for framework in FITS)
    assert largest_difference(lightning, tensorflow) < BOUNDS["64", "sgd"]
    assert all(np.isfinite(array).all() for array in lightning.values())
    assert sum("embeddings.tables" in name for name in lightning) == 2


@pytest.mark.slow
@pytest.mark.parametrize("drawn", ["none", "balanced"])
def test_weighted_and_drawn_rows_train_the_same_in_either_framework(drawn, tmp_path):
    weights = "training.class_weights={class_0: 0.2, class_2: 4}"
    study = ("data.source=wine", "data.weight=proline", "training.max_epochs=20", f"training.sampling={drawn}")
    overrides = (*WAYS["sgd"], *study, weights, "training.precision=64")
    lightning, tensorflow = (in_own_process(framework, tmp_path, overrides) for framework in FITS)
    assert largest_difference(lightning, tensorflow) < BOUNDS["64", "sgd"]


@pytest.mark.slow
def test_optimizers_of_either_framework_move_a_member_alike_alone_and_in_a_stack(tmp_path):
    exact = ("training.precision=64",)
    found = [in_own_process(framework, tmp_path, exact, "optimizers.py") for framework in FITS]
    for way, bound in {"nesterov": 1e-10, "amsgrad": 1e-7, "adamw": 1e-7, "lion": 1e-7}.items():
        one, other = ({name: array for name, array in part.items() if name.startswith(way)} for part in found)
        assert largest_difference(one, other) < bound, way
        for name, alone in one.items():
            if " alone " in name:
                stack = one[name.replace(" alone ", " stack ")]
                assert np.abs(stack[1] - alone[0]).max() < bound, name
                assert np.abs(stack[0] - alone[0]).max() > 1e-3


@pytest.mark.slow
def test_a_schedule_and_a_plateau_lead_to_the_same_weights_in_both(tmp_path):
    rates = ("optimizer.schedule={name: one_cycle, warmup: 0.2}", "training.plateau={patience: 0, factor: 0.5}")
    overrides = (
        *WAYS["sgd"],
        *rates,
        "training.precision=64",
        "folds.validation_fraction=0.15",
        "training.max_epochs=6",
    )
    lightning, tensorflow = (in_own_process(framework, tmp_path, overrides) for framework in FITS)
    assert largest_difference(lightning, tensorflow) < BOUNDS["64", "sgd"]
    plain = in_own_process("lightning", tmp_path, (*overrides, "training.plateau=null"))
    assert largest_difference(lightning, plain) > 1e-6


@pytest.mark.slow
def test_a_stack_of_one_is_compiled_once_however_many_chunks_it_runs(tmp_path):
    dump = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "XLA_FLAGS": f"--xla_dump_to={tmp_path / 'xla'}"}
    program, study = Path(__file__).with_name("trajectory.py"), ("folds.method=split", "training.engine=compiled")
    subprocess.run([sys.executable, program, "tensorflow", tmp_path / "out.npz", *study], check=True, env=dump)
    assert len(list((tmp_path / "xla").glob("*before_optimizations.txt"))) == 1


@pytest.mark.slow
def test_any_layer_is_compiled_once_however_many_chunks_it_runs(tmp_path):
    here = Path(__file__).parent
    paths = [str(here), str(here.parent / "reference"), os.environ.get("PYTHONPATH", "")]
    dump = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "XLA_FLAGS": f"--xla_dump_to={tmp_path / 'xla'}"}
    program = "import sys, trajectory; trajectory.trajectory('tensorflow', sys.argv[1:], net='keras_layers')"
    study = ("folds.splits=3", "training.max_epochs=5", "training.engine=compiled")
    environment = dump | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    subprocess.run([sys.executable, "-c", program, *study], check=True, env=environment)
    assert len(list((tmp_path / "xla").glob("*run_steps*before_optimizations.txt"))) == 1
