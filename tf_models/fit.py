"""Train a study with tf.keras: `python -m tf_models.fit RUN`."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from configs.schema import Study
from datamodules.fold_data import PREDICTED, FoldData
from datamodules.folds.plan import Role
from datamodules.tensorflow import evaluation_dataset, train_dataset
from experiment.nets.net_check import CheckedNet
from experiment.nets.net_cost import NetCost, measured_cost
from experiment.nets.predictor import gather_logits
from experiment.record.graph_file import keep_graph
from experiment.record.log import log
from experiment.rules.resources.devices import idle_precision
from experiment.rules.resources.fitting import num_cores
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.child import run_child
from experiment.training.fitting import FitResult, Workers, fit_stacks
from experiment.training.importance import stack_scores
from experiment.training.interrupts import Interrupts
from experiment.training.session import Session
from experiment.training.workers.part_training import StackFit
from experiment.training.workers.sharing import without_device
from tf_models.devices import device_of, uses_gpu
from tf_models.engine.rehearsal import Rehearsal
from tf_models.inspection.cost import net_cost
from tf_models.inspection.graph import member_graph
from tf_models.module import FoldModel
from tf_models.rows.stacks import divide_cpu, stacks
from tf_models.stack.building import build_net
from tf_models.stack.callbacks import called, import_callbacks, kfold_callbacks, study_callbacks
from tf_models.weights import to_arrays


def check(study: Study, folds: FoldData) -> CheckedNet[keras.Model]:
    """Check the study's net with the first member of `folds`. Raises ValueError for a net that cannot be trained."""
    import_callbacks(study)
    built, cost = prepare(study, folds)
    model = FoldModel(study, next(iter(folds.parts(1))))
    return CheckedNet(model.stack.net, built, cost, model.check, device_of(study))


def fit(
    study: Study,
    folds: FoldData,
    run: FrameworkDirectory,
    checked: CheckedNet[keras.Model] | None = None,
    interrupts: Interrupts | None = None,
    workers: Workers | None = None,
) -> FitResult:
    """Train all members of `folds`; `checked` is what `check` returns, which is called if None.

    Signals come to `interrupts`. With `workers`, these train the parts of the study, and this process needs no device.

    Raises Interrupted after a signal, once the state is saved.
    """
    own = without_device(study) if workers else study
    checked = checked or check(own, folds)
    settings = checked.cost, interrupts, checked.device, workers
    with stacks(study, folds, uses_gpu(own)) as stack:
        result = fit_stacks(study, folds, run, partial(fit_part, checked=checked, stack=stack), *settings)
    keep_graph(study, run, lambda: member_graph(checked.built, folds.statistics.width))
    return result


def fit_part(
    study: Study,
    folds: FoldData,
    session: Session,
    checked: CheckedNet[keras.Model],
    stack: Callable[..., FoldModel] = FoldModel,
) -> StackFit:
    """Train one stack, which `stack` builds, from its newest checkpoint, and predict its rows with its best weights.

    Raises Interrupted after a signal, once the state is saved.
    """
    model = stack(study, folds, checked)
    model.compile()
    first_epoch = session.resume(model)
    if not session.ends:
        chunks, plan = train_dataset(study, folds, first_epoch)
        with called(study), closing(chunks.fold_source):
            model.fit(
                chunks,
                validation_data=evaluation_dataset(folds, Role.validation),
                initial_epoch=first_epoch,
                epochs=model.settings.longest,
                steps_per_epoch=plan.chunks,
                callbacks=[Rehearsal(), *kfold_callbacks(session), *study_callbacks(study, session)],
                shuffle=False,
                verbose=0,
            )
    with session.predicting(model):
        model.use_best()
        logits = gather_logits(folds, model.row_logits, *PREDICTED)
        scores = stack_scores(study, folds, model.raw_logits, logits)
    return StackFit(to_arrays(model.stack.flat, model.stack.layout), logits, scores)


def prepare(study: Study, folds: FoldData) -> tuple[keras.Model, NetCost]:
    """Set up the process: precision of matrix products, accelerator, threads, and no warnings about retracing.

    Returns one network, and its cost as far as that is known. Raises ValueError if it cannot be built.
    """
    # Every stack of a study is traced anew, and TensorFlow would warn about it.
    tf.get_logger().setLevel(logging.ERROR)
    tf.config.experimental.enable_tensor_float_32_execution(study.training.precision == "tf32")
    for line in idle_precision(study, device_of(study)):
        log.info(line)
    if not uses_gpu(study):
        tf.config.set_visible_devices([], "GPU")
        divide_cpu(study)
    with suppress(RuntimeError):  # without growth, TensorFlow reserves all memory of a GPU at its first operation
        for gpu in tf.config.get_visible_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
    with suppress(RuntimeError):  # TensorFlow accepts numbers of threads only before its first operation
        tf.config.threading.set_intra_op_parallelism_threads(num_cores())  # an operation uses as many as it can
        tf.config.threading.set_inter_op_parallelism_threads(num_cores() + 1)  # one more for Rehearsal
    net = build_net(study, folds.statistics.width, folds.table.outputs)
    return net, measured_cost(lambda: net_cost(net, folds.statistics.width))


if __name__ == "__main__":
    sys.exit(run_child(fit, check, fit_part))
