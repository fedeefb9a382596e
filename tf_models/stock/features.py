"""Keras's own features (arguments of fit, callbacks, dtype policies): what would not work on a stack is refused."""

from collections.abc import Mapping
from inspect import signature

import keras
import numpy as np
import tensorflow as tf

from tf_models.callbacks.early_stopping import KFoldEarlyStopping
from tf_models.private_names import remat_mode
from tf_models.stack.optimizer import StackOptimizer
from tf_models.weights import portable_layout

FIT = "make the data with train_dataset(study, folds) and evaluation_dataset(folds, Role.validation)"
EVALUATE = "make the data with evaluation_dataset(folds, Role.scored); predict(X) takes new rows"
BATCH = "evaluation_dataset has batches as large as memory allows; leave it out"
LOSS = "the study has its loss; leave it out, and set training.loss in the study"
METRICS = "every fold has the metrics of its task; leave it out, or add a file to evaluation/metrics"
ROW_WEIGHTS = "leave it out, and set training.class_weights or data.weight in the study"
UNWEIGHTED = "an evaluation counts every row once; leave it out"
INSTEAD = {
    "compile": {
        "loss": LOSS,
        "loss_weights": LOSS,
        "metrics": METRICS,
        "weighted_metrics": METRICS,
        "run_eagerly": "tf.vectorized_map traces the net all the same; debug one net, which build_net gives",
        "steps_per_execution": "a batch is a chunk of steps already; set training.steps_per_execution in the study",
    },
    "fit": {
        "y": FIT,
        "batch_size": "set training.batch_size in the study",
        "class_weight": ROW_WEIGHTS,
        "sample_weight": ROW_WEIGHTS,
        "validation_split": "set folds.validation_fraction in the study",
        "validation_batch_size": BATCH,
    },
    "evaluate": {"y": EVALUATE, "batch_size": BATCH, "sample_weight": UNWEIGHTED},
    "load_weights": {"skip_mismatch": "a part of a stack's weights means nothing; load a file of the same net"},
}
"""Arguments that are refused unless they have Keras's default, by method; and what to do instead."""
WHOLE = (
    "a stack belongs to a study and its folds, which Keras cannot write down; use save_weights, and load_weights into "
    "FoldModel(study, folds), or export for predictions alone"
)
ON_BATCH = "a batch is a chunk of row numbers; use fit with train_dataset(study, folds), or evaluate"
TRAINING = (
    "FoldModel(..., training=True) is refused: dropout masks belong to the steps of a training; call one net with "
    "training=True, which build_net gives and load_member fills"
)
SYMBOLIC = (
    "a FoldModel is refused as a layer of another model, which would take members for rows: call it on arrays, or "
    "put one net there, which build_net gives and load_member fills"
)
OVERRIDDEN = {"compute_loss": LOSS, "compute_metrics": METRICS}
REFUSED = {
    "train_on_batch": ON_BATCH,
    "test_on_batch": ON_BATCH,
    "save": WHOLE,
    "get_config": WHOLE,
    "from_config": WHOLE,
    "__reduce_ex__": WHOLE,
    "quantize": "no layer of Keras holds the weights of a stack; export it, and quantize that",
    "add_loss": LOSS,
}
"""Methods of keras.Model that are refused, and what to do instead."""


def check_arguments(method: str, given: Mapping[str, object]) -> None:
    """Raises ValueError if `given` sets an argument of `method` that a stack does not take."""
    parameters = signature(getattr(keras.Model, method)).parameters
    for name, instead in INSTEAD[method].items():
        default = parameters[name].default
        value = given.get(name, default)
        if value is not default and not (np.isscalar(value) and value == default):
            raise ValueError(f"FoldModel.{method}({name}=) is refused: {instead}")


def check_model(model: keras.Model) -> None:
    """Raises ValueError for what was set or overridden on a `model` after `compile`, and would have no effect."""
    check_arguments("compile", {name: getattr(model, name) for name in ("run_eagerly", "steps_per_execution")})
    for name in ("compute_loss", "compute_metrics"):
        if getattr(type(model), name) is not getattr(keras.Model, name):
            raise ValueError(f"{type(model).__name__}.{name} is refused, since it is never called: {OVERRIDDEN[name]}")


def check_process(policy: str) -> None:
    """Raises ValueError where Keras or TensorFlow is set to distribute, or to compute otherwise than by `policy`."""
    if tf.distribute.has_strategy() or keras.distribution.distribution() is not None:
        cure = "make and fit the FoldModel outside of its scope"
        raise ValueError(f"all folds train on one device, so a strategy that distributes is refused: {cure}")
    if remat_mode() is not None:
        raise ValueError("keras.RematScope is refused: vectorized_map cannot compute a net anew; leave its scope")
    if _numerics_are_checked():
        cause = "tf.debugging.enable_check_numerics is refused: a fold that diverges would end all folds"
        raise ValueError(f"{cause}; a run names it, and TerminateOnNaN ends a fit")
    if (current := keras.config.dtype_policy().name) not in ("float32", policy):
        cause = f"the global dtype policy is {current}, and the study says how a FoldModel computes"
        raise ValueError(f"{cause} ({policy}); set keras.config.set_dtype_policy('float32'), and training.precision")


def _numerics_are_checked() -> bool:
    """Whether TensorFlow raises at the first NaN, wherever it comes from."""
    try:
        tf.math.log(tf.constant(-1.0))
    except tf.errors.InvalidArgumentError:
        return True
    return False


def check_optimizer(optimizer: object, flat: keras.Variable) -> None:
    """Raises ValueError for an optimizer that knows no members, or holds the state of another stack than `flat`."""
    if not isinstance(optimizer, StackOptimizer):
        raise ValueError(
            "FoldModel needs a StackOptimizer, since others would move members that have finished; "
            f"use compile(). Received: optimizer={optimizer}"
        )
    if optimizer.flat is not flat:
        raise ValueError("the StackOptimizer is of another model: use compile() without it")


def check_trainable(model: keras.Model, net: keras.Model) -> None:
    """Raises ValueError if a weight of the stack `model` or a layer of its `net` is frozen."""
    if not all(variable.trainable for variable in model.weights):
        cure = "set trainable=True, or leave fit out; evaluate and predict work as they are"
        raise ValueError(f"FoldModel.trainable=False is refused by fit, which trains every weight of a stack: {cure}")
    portable_layout(net)


def check_rate(optimizer: StackOptimizer, steps: int) -> None:
    """Raises ValueError for a rate that changes by the step, where a chunk has several `steps` at one rate."""
    if steps > 1 and isinstance(optimizer.get_config()["learning_rate"], dict):
        cause = f"a LearningRateSchedule changes by the step, and a chunk has {steps} steps at one rate"
        cure = "set training.steps_per_execution=1, or the callback LearningRateScheduler, which goes by the epoch"
        raise ValueError(f"{cause}: {cure}")


def check_callbacks(callbacks: object, steps: int) -> None:
    """Raises ValueError for a callback that cannot do here what it says, with chunks of so many `steps`."""
    stock = keras.callbacks
    listed = callbacks.callbacks if isinstance(callbacks, stock.CallbackList) else keras.tree.flatten(callbacks)
    for callback in listed:
        name, problem = type(callback).__name__, None
        whole = isinstance(callback, stock.ModelCheckpoint) and not callback.save_weights_only
        if isinstance(callback, stock.SwapEMAWeights):
            problem = (
                "StackOptimizer has no use_ema; leave it out, or keep each fold's best weights by KFoldEarlyStopping"
            )
        elif whole or name == "OrbaxCheckpoint":
            problem = "Keras cannot write down a study and its folds; use ModelCheckpoint(save_weights_only=True)"
        elif isinstance(callback, stock.BackupAndRestore) and callback.save_freq != "epoch":
            problem = "an epoch that it restores would take its first steps twice; set save_freq='epoch'"
        elif isinstance(callback, stock.BackupAndRestore) and any(isinstance(o, KFoldEarlyStopping) for o in listed):
            problem = "it does not save the rule of KFoldEarlyStopping; use KFoldCheckpoint, which does"
        elif steps > 1 and (place := _counts_batches(callback)):
            problem = (
                f"{place} counts batches, and a batch is a chunk of {steps} steps; set training.steps_per_execution=1"
            )
        if problem:
            raise ValueError(f"{name} is refused: {problem}")


def _counts_batches(callback: object) -> str | None:
    """The argument by which a stock callback counts batches, if it does."""
    names = {keras.callbacks.ModelCheckpoint: "save_freq", keras.callbacks.TensorBoard: "update_freq"}
    name = next((name for kind, name in names.items() if isinstance(callback, kind)), "")
    value = getattr(callback, name, "epoch")
    return f"{name}={value}" if value != "epoch" else None
