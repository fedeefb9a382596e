"""Fold by fold: Keras `compile` and `fit` with tf.data, validation loss after each epoch."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.peers.solo import Predict, SoloFold, fit_each, solo_folds
from configs.schema import Study
from datamodules.fold_data import fold_data
from experiment.rules.initial_weights import initial_weights
from tf_models.stack.building import build_net
from tf_models.weights import load_member, portable_layout


def initial_net(study: Study, fold: SoloFold) -> keras.Model:
    """The network with the initial weights of the fold's member."""
    net = build_net(study, fold.features.shape[1], 1)
    layout, _ = portable_layout(net)
    return load_member(net, layout.unflatten(initial_weights(layout, [fold.member])))


def batches(fold: SoloFold) -> tf.data.Dataset:
    """All batches of all epochs, one element each: features `(batch, columns)` and targets `(batch,)`."""
    features, targets = tf.constant(fold.features), tf.constant(fold.targets)
    orders, steps = tf.constant(np.stack(fold.orders)), fold.steps

    def batch(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        start = number % steps * fold.batch_size
        rows = orders[number // steps, start : start + fold.batch_size]
        return tf.gather(features, rows), tf.gather(targets, rows)

    return tf.data.Dataset.range(fold.epochs * steps).map(batch).prefetch(tf.data.AUTOTUNE)


def fit(
    study: Study, fold: SoloFold, steps_per_execution: int, callbacks: Sequence[keras.callbacks.Callback] = ()
) -> Predict:
    """Every fold is a new model, which Keras traces anew."""
    net = initial_net(study, fold)
    net.compile(
        optimizer=keras.optimizers.Adam(study.optimizer.learning_rate, epsilon=study.optimizer.arguments["epsilon"]),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        steps_per_execution=min(steps_per_execution, fold.steps),
    )
    judged = (fold.features[fold.validation], fold.targets[fold.validation])
    net.fit(
        batches(fold),
        epochs=fold.epochs,
        steps_per_epoch=fold.steps,
        validation_data=judged if len(fold.validation) else None,
        validation_batch_size=max(1, len(fold.validation)),
        callbacks=list(callbacks),
        shuffle=False,
        verbose=0,
    )
    return lambda features: net(features).numpy()[:, 0]


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--steps-per-execution", type=int, default=1)
    arguments = parser.parse_args()
    study = case_study(arguments.overrides)
    folds = solo_folds(study, fold_data(study), arguments.folds)
    emit(fit_each(folds, lambda fold: fit(study, fold, arguments.steps_per_execution)))
