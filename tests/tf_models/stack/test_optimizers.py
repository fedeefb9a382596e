import keras
import numpy as np
import pytest
import tensorflow as tf
from formulas import OPTIMIZERS, optimize

from configs.sections.optimizer import Optimizer
from tf_models.optimizers import adam
from tf_models.stack.optimizer import StackOptimizer, initial_state, try_optimizer, update

RANDOM = np.random.default_rng(0)
WEIGHTS = RANDOM.normal(size=(4, 30))
GRADIENTS = RANDOM.normal(size=(25, 4, 30)) * np.array([1.0, 1e-6, 100.0, 1.0])[:, None]
EVERYONE = np.ones(4, bool)


def trained(settings, active=lambda step: EVERYONE, rates=None, gradients=GRADIENTS):
    """Weights and state after every step of `gradients`."""
    flat = tf.constant(WEIGHTS)
    rates = tf.fill((4,), tf.constant(settings.learning_rate, tf.float64)) if rates is None else tf.constant(rates)
    state = initial_state(settings, flat)
    for step, gradient in enumerate(gradients):
        flat, state = update(settings, flat, tf.constant(gradient), state, tf.constant(active(step)), rates)
    return flat.numpy(), {name: slot.numpy() for name, slot in state.items()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_member_moves_by_the_textbooks_formula(name):
    settings = Optimizer(**OPTIMIZERS[name])
    weights, state = trained(settings)
    for member in range(4):
        reference = optimize(settings, WEIGHTS[member], GRADIENTS[:, member])
        np.testing.assert_allclose(weights[member], reference, rtol=1e-12, atol=1e-13)
    assert state["steps"].tolist() == [25.0] * 4


ADAM = {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-30}
KERAS = {
    "sgd": (keras.optimizers.SGD, {}),
    "sgd with momentum": (keras.optimizers.SGD, {"momentum": 0.9}),
    "nesterov": (keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}),
    "adam": (keras.optimizers.Adam, ADAM),
    "adamw": (keras.optimizers.AdamW, ADAM | {"weight_decay": 0.1}),
    "amsgrad": (keras.optimizers.Adam, ADAM | {"amsgrad": True}),
    "lion": (keras.optimizers.Lion, {"beta1": 0.8, "beta2": 0.9, "weight_decay": 0.1}),
}


@pytest.mark.parametrize("name", KERAS)
def test_a_stack_moves_as_the_frameworks_own_optimizer(name):
    """Keras adds Adam's epsilon elsewhere, and has no decay in the gradient: alike where both are nothing."""
    kind, settings = KERAS[name]
    ours = Optimizer(name=kind.__name__.lower(), learning_rate=0.05, **settings)
    variable = keras.Variable(WEIGHTS, dtype="float64")
    theirs = kind(0.05, **{key.replace("beta", "beta_"): value for key, value in settings.items()})
    for gradient in GRADIENTS:
        theirs.apply([tf.constant(gradient)], [variable])
    np.testing.assert_allclose(trained(ours)[0], variable.numpy(), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_member_that_pauses_goes_on_as_if_nothing_had_been(name):
    settings = Optimizer(**OPTIMIZERS[name])
    weights, state = trained(settings, active=lambda step: np.array([True, step % 3 == 0, step < 10, step >= 24]))
    taken = [GRADIENTS[:, 0], GRADIENTS[::3, 1], GRADIENTS[:10, 2], GRADIENTS[24:, 3]]
    for member, gradients in enumerate(taken):
        reference = optimize(settings, WEIGHTS[member], gradients)
        np.testing.assert_allclose(weights[member], reference, rtol=1e-12, atol=1e-13)
    assert state["steps"].tolist() == [25.0, 9.0, 10.0, 1.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_finished_member_stays_put_bit_for_bit_whatever_its_gradient(name):
    settings = Optimizer(**OPTIMIZERS[name])
    before, slots = trained(settings, gradients=GRADIENTS[:5])
    poisoned = GRADIENTS.copy()
    poisoned[5:, 1] = np.nan
    poisoned[5:, 2] = np.inf
    after, kept = trained(settings, lambda step: np.array([True, step < 5, step < 5, True]), gradients=poisoned)
    for member in (1, 2):
        assert after[member].tobytes() == before[member].tobytes()
        assert all(kept[slot][member].tobytes() == slots[slot][member].tobytes() for slot in kept)
    clean, _ = trained(settings)
    assert after[[0, 3]].tobytes() == clean[[0, 3]].tobytes()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_member_that_fails_spoils_no_other(name):
    settings = Optimizer(**OPTIMIZERS[name])
    poisoned = GRADIENTS.copy()
    poisoned[3, 2, 7] = np.nan
    weights, _ = trained(settings, gradients=poisoned)
    assert np.isnan(weights).any(1).tolist() == [False, False, True, False]
    assert weights[[0, 1, 3]].tobytes() == trained(settings)[0][[0, 1, 3]].tobytes()


def test_every_member_has_its_own_learning_rate():
    settings = Optimizer(**OPTIMIZERS["adamw"])
    rates = np.array([0.01, 0.02, 0.03, 0.0])
    weights, _ = trained(settings, rates=rates)
    for member, rate in enumerate(rates[:3]):
        own = settings.model_copy(update={"learning_rate": rate})
        reference = optimize(own, WEIGHTS[member], GRADIENTS[:, member])
        np.testing.assert_allclose(weights[member], reference, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(weights[3], WEIGHTS[3])


def test_the_shell_holds_the_state_and_moves_the_weights():
    settings = Optimizer(**OPTIMIZERS["adam"])
    flat = keras.Variable(WEIGHTS, dtype="float64")
    optimizer = StackOptimizer(settings, flat)
    for gradient in GRADIENTS:
        optimizer.step(tf.constant(gradient), active=tf.constant([True, True, True, False]))
    expected, state = trained(settings, active=lambda step: np.array([True, True, True, False]))
    assert flat.numpy().tobytes() == expected.tobytes()
    assert all(optimizer.slots[name].numpy().tobytes() == slot.tobytes() for name, slot in state.items())
    assert int(optimizer.iterations) == 25


def test_the_shell_is_an_optimizer_of_the_framework():
    flat = keras.Variable(WEIGHTS, dtype="float64")
    optimizer = StackOptimizer(Optimizer(**OPTIMIZERS["sgd"]), flat)
    optimizer.apply_gradients([(tf.constant(2.0 * WEIGHTS), flat)])
    np.testing.assert_allclose(flat.numpy(), WEIGHTS * (1 - 0.05 * 2), rtol=1e-12)
    optimizer.learning_rate = 0.025
    np.testing.assert_array_equal(optimizer.rates(), [0.025] * 4)


def test_the_learning_rate_of_float64_weights_is_not_rounded_to_float32():
    flat = keras.Variable(WEIGHTS, dtype="float64")
    assert float(StackOptimizer(Optimizer(learning_rate=0.1), flat).rates()[0]) == 0.1
    assert keras.config.floatx() == "float32"


def test_a_saved_state_continues_where_it_was():
    settings = Optimizer(**OPTIMIZERS["adam"])
    flat = keras.Variable(WEIGHTS, dtype="float64")
    first = StackOptimizer(settings, flat)
    for gradient in GRADIENTS[:10]:
        first.step(tf.constant(gradient))
    copied = keras.Variable(flat.numpy(), dtype="float64")
    second = StackOptimizer(settings, copied)
    second.slots = {name: slot.numpy() for name, slot in first.slots.items()}
    for gradient in GRADIENTS[10:]:
        second.step(tf.constant(gradient))
    assert copied.numpy().tobytes() == trained(settings)[0].tobytes()


def mixing(flat, gradients, slots, steps, rates, decay, **settings):
    return flat - tf.cast(rates, flat.dtype) * tf.reduce_mean(gradients), slots


def widening(flat, gradients, slots, steps, rates, decay, **settings):
    return tf.cast(flat, tf.float64) - rates * tf.cast(gradients, tf.float64), slots


def forgetting(flat, gradients, slots, steps, rates, decay, **settings):
    return flat - tf.cast(rates, flat.dtype) * gradients, {}


def failing(flat, gradients, slots, steps, rates, decay, **settings):
    return flat["a"], slots


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (mixing, r"adam.py: mixes members: a member's step depends on those beside it; take means"),
        (widening, r"adam.py: gives weights as .*float64.*; cast rates and decay, which are float64, before"),
        (forgetting, r"adam.py: gives the slots none, and must give mean, square; let SLOTS"),
        (failing, r"adam.py: \w+Error: .*fix that"),
    ],
)
def test_a_file_that_is_no_optimizer_is_refused_before_anything_trains(wrong, said, monkeypatch):
    try_optimizer(Optimizer())
    monkeypatch.setattr(adam, "update", wrong)
    with pytest.raises(ValueError, match=said):
        try_optimizer(Optimizer())
