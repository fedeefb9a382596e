import formulas
import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import log_loss, mean_pinball_loss, mean_squared_error

from configs.seats.losses import Loss
from tf_models.stack.members import clip_members, load_loss, member_losses, row_losses, row_shares

RANDOM = np.random.default_rng(0)
LOGITS = {
    "binary": 3.0 * RANDOM.normal(size=(3, 20, 1)),
    "multiclass": 3.0 * RANDOM.normal(size=(3, 20, 4)),
    "regression": RANDOM.normal(size=(3, 20, 1)),
}
TARGETS = {
    "binary": RANDOM.integers(0, 2, (3, 20)),
    "multiclass": RANDOM.integers(0, 4, (3, 20)),
    "regression": RANDOM.normal(size=(3, 20)),
}
COUNTS = np.array([20, 13, 1])
WEIGHTS = (np.arange(20) < COUNTS[:, None]).astype(np.float64)


def losses_of(task):
    return row_losses(tf.constant(LOGITS[task]), tf.constant(TARGETS[task]), task)


@pytest.mark.parametrize("task", LOGITS)
def test_the_loss_of_a_row_is_its_formula(task):
    reference = formulas.row_losses(LOGITS[task], TARGETS[task], task)
    np.testing.assert_allclose(losses_of(task), reference, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("task", LOGITS)
def test_the_loss_of_a_member_is_scikit_learns_over_its_own_rows(task):
    losses = member_losses(losses_of(task), row_shares(tf.constant(WEIGHTS)))
    for member, count in enumerate(COUNTS):
        logits, targets = LOGITS[task][member, :count], TARGETS[task][member, :count]
        if task == "regression":
            reference = mean_squared_error(targets, logits[:, 0])
        else:
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1) if task == "binary" else logits
            shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            reference = log_loss(targets, shares, labels=np.arange(logits.shape[1]))
        assert float(losses[member]) == pytest.approx(reference, rel=1e-12)


@pytest.mark.parametrize("task", LOGITS)
def test_a_weighted_loss_is_the_weighted_mean_of_its_rows_also_where_they_sum_to_less_than_1(task):
    weights = WEIGHTS * RANDOM.uniform(0.001, 0.02, WEIGHTS.shape)
    losses = member_losses(losses_of(task), row_shares(tf.constant(weights)))
    rows = formulas.row_losses(LOGITS[task], TARGETS[task], task)
    for member in range(3):
        assert float(losses[member]) == pytest.approx(np.average(rows[member], weights=weights[member]), rel=1e-12)


def test_logits_of_any_size_have_a_finite_loss():
    logits = tf.constant([[[200.0], [-200.0]]])
    np.testing.assert_allclose(row_losses(logits, tf.constant([[0, 1]]), "binary"), [[200.0, 200.0]])


def gradient_of(logits, targets, weights, task="binary"):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = member_losses(row_losses(logits, tf.constant(targets), task), row_shares(tf.constant(weights)))
        total = tf.reduce_sum(losses)
    return losses.numpy(), tape.gradient(total, logits).numpy()


def test_a_member_without_rows_has_no_loss_and_no_gradient():
    weights = WEIGHTS.copy()
    weights[1] = 0
    losses, gradient = gradient_of(LOGITS["binary"], TARGETS["binary"], weights)
    assert losses[1] == 0
    assert not gradient[1].any()
    assert gradient[0].any()


def test_what_stands_in_the_padding_does_not_matter_even_if_it_is_infinite():
    loss, gradient = gradient_of([[[1.0], [1e30]]], np.zeros((1, 2), np.float32), [[1.0, 0.0]], "regression")
    assert loss.tolist() == [1.0]
    assert gradient[0, :, 0].tolist() == [2.0, 0.0]


def test_the_gradient_of_a_member_does_not_know_the_stacks_size():
    def gradient(members):
        return gradient_of(LOGITS["binary"][:members], TARGETS["binary"][:members], WEIGHTS[:members])[1]

    assert gradient(1)[0].tobytes() == gradient(3)[0].tobytes()


def test_clipping_gives_each_member_at_most_the_norm_in_the_same_direction():
    gradients = RANDOM.normal(size=(4, 30)) * np.array([[10.0], [0.01], [0.0], [1.0]])
    clipped = clip_members(tf.constant(gradients), 1.0).numpy()
    for before, after in zip(gradients, clipped, strict=True):
        norm = np.linalg.norm(before)
        np.testing.assert_allclose(after, before / norm if norm > 1.0 else before, rtol=1e-12)
    assert clip_members(tf.constant(gradients), None).numpy().tobytes() == gradients.tobytes()


def test_clipping_is_tensorflows_own_for_one_member():
    gradient = tf.constant(RANDOM.normal(size=(1, 30)))
    np.testing.assert_allclose(clip_members(gradient, 0.5), tf.clip_by_norm(gradient, 0.5), rtol=1e-12)


def test_a_member_that_is_not_finite_spoils_no_other():
    gradients = np.ones((3, 4))
    gradients[1, 2] = np.nan
    clipped = clip_members(tf.constant(gradients), 1.0).numpy()
    assert np.isnan(clipped).any(1).tolist() == [False, True, False]
    losses = member_losses(tf.constant([[1.0, 2.0], [np.nan, 1.0]]), tf.fill((2, 2), 0.5)).numpy()
    assert losses[0] == 1.5
    assert np.isnan(losses[1])


def with_gradient(function, logits):
    """Losses of logits, and the gradient of their sum."""
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = function(logits)
    return losses.numpy(), tape.gradient(losses, logits).numpy()


def of_study(name, task, **arguments):
    """Losses and gradients of a loss that a study names."""
    row_losses = load_loss(Loss(name=name, **arguments), task)
    return with_gradient(lambda logits: row_losses(logits, tf.constant(TARGETS[task])), LOGITS[task])


def assert_same(found, reference):
    for one, other in zip(found, reference, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_of_classes_is_kerass(smoothing):
    keras_loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction=None, dtype="float64"
    )
    classes = tf.one_hot(TARGETS["multiclass"], 4, dtype=tf.float64)
    reference = with_gradient(lambda logits: keras_loss(classes, logits), LOGITS["multiclass"])
    assert_same(of_study("cross_entropy", "multiclass", label_smoothing=smoothing), reference)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_of_two_classes_is_kerass(smoothing):
    keras_loss = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction=None, dtype="float64"
    )
    targets = TARGETS["binary"][..., None].astype(float)
    reference = with_gradient(lambda logits: keras_loss(targets, logits), LOGITS["binary"])
    assert_same(of_study("cross_entropy", "binary", label_smoothing=smoothing), reference)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_the_focal_loss_is_its_formula(task, gamma):
    targets = TARGETS[task]

    def formula(logits):
        whole = tf.concat([tf.zeros_like(logits), logits], -1) if task == "binary" else logits
        likely = tf.gather(tf.nn.softmax(whole), targets, batch_dims=2)
        return -((1 - likely) ** gamma) * tf.math.log(likely)

    assert_same(of_study("focal", task, gamma=gamma), with_gradient(formula, LOGITS[task]))


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
def test_a_loss_of_classes_has_a_finite_gradient_in_both_tails(name, classes):
    logits = np.zeros((1, 2, classes), np.float32)
    logits[..., 0] = 300.0, -300.0
    row_losses = load_loss(Loss(name=name), "")
    _, gradient = with_gradient(lambda logits: row_losses(logits, tf.zeros((1, 2), tf.int32)), logits)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("name", "arguments", "keras_loss"),
    [
        ("squared", {}, keras.losses.MeanSquaredError),
        ("huber", {"delta": 0.3}, keras.losses.Huber),
        ("huber", {"delta": 1.0}, keras.losses.Huber),
    ],
)
def test_a_loss_of_values_is_kerass(name, arguments, keras_loss):
    judge, targets = keras_loss(**arguments, reduction=None, dtype="float64"), TARGETS["regression"][..., None]
    reference = with_gradient(lambda logits: judge(targets, logits), LOGITS["regression"])
    assert_same(of_study(name, "regression", **arguments), reference)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_the_quantile_loss_is_scikit_learns_and_its_slope_is_the_quantile(quantile):
    losses, gradient = of_study("quantile", "regression", quantile=quantile)
    values, targets = LOGITS["regression"][..., 0], TARGETS["regression"]
    reference = mean_pinball_loss(targets.ravel(), values.ravel(), alpha=quantile)
    assert losses.mean() == pytest.approx(reference, rel=1e-12)
    np.testing.assert_allclose(gradient[..., 0], np.where(targets >= values, -quantile, 1 - quantile), rtol=1e-12)


OWN_ARGUMENTS = {
    "cross_entropy binary": ("label_smoothing", [0.0, 0.1, 0.9]),
    "cross_entropy multiclass": ("label_smoothing", [0.0, 0.1, 0.9]),
    "focal binary": ("gamma", [0.0, 1.0, 2.5]),
    "focal multiclass": ("gamma", [0.0, 1.0, 2.5]),
    "huber regression": ("delta", [0.1, 1.0, 3.0]),
    "quantile regression": ("quantile", [0.1, 0.5, 0.9]),
}


@pytest.mark.parametrize("case", OWN_ARGUMENTS)
def test_members_with_numbers_of_their_own_have_the_losses_of_each_alone(case):
    (name, task), (argument, values) = case.split(), OWN_ARGUMENTS[case]
    logits, targets = tf.constant(LOGITS[task]), tf.constant(TARGETS[task])
    own = {argument: tf.constant(np.array(values)[:, None])}
    together = load_loss(Loss(name=name), task)(logits, targets, **own)
    for member, value in enumerate(values):
        alone = load_loss(Loss(name=name, **{argument: value}), task)(logits, targets)[member]
        np.testing.assert_allclose(together[member], alone, rtol=1e-14)


def test_each_member_is_clipped_to_a_norm_of_its_own_and_one_of_inf_is_not():
    gradients = np.stack([np.ones(4), np.full(4, 2.0), np.full(4, 100.0), np.zeros(4)])
    norms = np.array([[1.0], [8.0], [np.inf], [np.inf]])
    clipped = clip_members(tf.constant(gradients), tf.constant(norms))
    np.testing.assert_allclose(clipped, [[0.5] * 4, [2.0] * 4, [100.0] * 4, [0.0] * 4], rtol=1e-15)
