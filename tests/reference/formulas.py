"""What both frameworks are measured against: activations, losses and optimizers written out in NumPy, float64."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit, logsumexp

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848
ROOT_2, ROOT_2_PI = np.sqrt(2.0), np.sqrt(2.0 * np.pi)

# Both sides of every kink, both tails, and the place where a softplus with a low threshold turns into a line.
POINTS = np.concatenate([np.linspace(-6.0, 6.0, 48), [-45.0, -20.5, -1e-3, 1e-3, 19.5, 20.5, 25.0, 45.0]])

ACTIVATIONS = {
    "identity": lambda x: x,
    "binary_step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "logistic": expit,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "relu": lambda x: np.maximum(x, 0.0),
    "prelu": lambda x: np.where(x >= 0, x, 0.25 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "gelu": lambda x: x * 0.5 * (1.0 + erf(x / ROOT_2)),
    "silu": lambda x: x * expit(x),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(x)),
}

DERIVATIVES = {
    "identity": np.ones_like,
    "binary_step": np.zeros_like,
    "logistic": lambda x: expit(x) * expit(-x),
    "tanh": lambda x: 1.0 - np.tanh(x) ** 2,
    "arctan": lambda x: 1.0 / (1.0 + x * x),
    "relu": lambda x: np.where(x > 0, 1.0, 0.0),
    "prelu": lambda x: np.where(x > 0, 1.0, 0.25),
    "elu": lambda x: np.where(x > 0, 1.0, np.exp(x)),
    "softplus": expit,
    "gelu": lambda x: 0.5 * (1.0 + erf(x / ROOT_2)) + x * np.exp(-0.5 * x * x) / ROOT_2_PI,
    "silu": lambda x: expit(x) * (1.0 + x * expit(-x)),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, 1.0, SELU_ALPHA * np.exp(x)),
}


def row_losses(logits: NDArray, targets: NDArray, task: str) -> NDArray:
    """`(members, batch, outputs)`, `(members, batch)` -> `(members, batch)`."""
    if task == "multiclass":
        return logsumexp(logits, axis=-1) - np.take_along_axis(logits, targets[..., None], -1)[..., 0]
    if task == "binary":
        return np.logaddexp(0.0, logits[..., 0]) - targets * logits[..., 0]
    return (logits[..., 0] - targets) ** 2


def optimize(settings, weights: NDArray, gradients: NDArray) -> NDArray:
    """One member's weights `(size,)` after the steps of `gradients` `(steps, size)`; the textbooks' formulas."""
    mean, square, largest, velocity = (np.zeros_like(weights) for _ in range(4))
    rate, own = settings.learning_rate, settings.arguments
    for step, gradient in enumerate(gradients, start=1):
        if settings.name in ("adamw", "lion"):
            weights = weights * (1.0 - rate * settings.weight_decay)
        else:
            gradient = gradient + settings.weight_decay * weights
        if settings.name == "sgd":
            velocity = own["momentum"] * velocity + gradient
            weights = weights - rate * (gradient + own["momentum"] * velocity if own["nesterov"] else velocity)
            continue
        if settings.name == "lion":
            weights = weights - rate * np.sign(own["beta1"] * mean + (1.0 - own["beta1"]) * gradient)
            mean = own["beta2"] * mean + (1.0 - own["beta2"]) * gradient
            continue
        mean = own["beta1"] * mean + (1.0 - own["beta1"]) * gradient
        square = own["beta2"] * square + (1.0 - own["beta2"]) * gradient**2
        largest = np.maximum(largest, square) if own["amsgrad"] else square
        mean_hat, square_hat = mean / (1.0 - own["beta1"] ** step), largest / (1.0 - own["beta2"] ** step)
        weights = weights - rate * mean_hat / (np.sqrt(square_hat) + own["epsilon"])
    return weights


def mlp(arrays: dict[str, NDArray], member: int, inputs: NDArray, activation: str = "relu") -> NDArray:
    """Logits `(rows, outputs)` of one member of portable arrays, without dropout: `inputs` `(rows, columns)`."""
    layers = sum(name.startswith("hidden.") and name.endswith(".kernel") for name in arrays)
    for layer in range(layers):
        inputs = inputs @ arrays[f"hidden.{layer}.kernel"][member] + arrays[f"hidden.{layer}.bias"][member]
        inputs = ACTIVATIONS[activation](inputs)
    return inputs @ arrays["output.kernel"][member] + arrays["output.bias"][member]


OPTIMIZERS = {
    "sgd": {"name": "sgd", "learning_rate": 0.05},
    "sgd with momentum and decay": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    "adam": {"name": "adam", "learning_rate": 0.01},
    "adam with decay": {"name": "adam", "learning_rate": 0.01, "weight_decay": 0.1, "epsilon": 1e-3},
    "adamw": {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.1, "beta1": 0.8, "beta2": 0.95},
    "nesterov": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    "amsgrad": {"name": "adam", "learning_rate": 0.01, "amsgrad": True, "beta2": 0.9, "weight_decay": 0.1},
    "adamw with amsgrad": {"name": "adamw", "learning_rate": 0.01, "amsgrad": True, "beta2": 0.9, "weight_decay": 0.1},
    "lion": {"name": "lion", "learning_rate": 0.01, "weight_decay": 0.1},
}


def random_arrays(widths: list[int], members: int) -> dict[str, NDArray[np.float64]]:
    """Portable arrays of an MLP with these widths, inputs and outputs included."""
    random = np.random.default_rng(5)
    names = [*(f"hidden.{index}" for index in range(len(widths) - 2)), "output"]
    arrays = {}
    for name, inputs, units in zip(names, widths[:-1], widths[1:], strict=True):
        arrays[f"{name}.kernel"] = random.normal(size=(members, inputs, units)) / np.sqrt(inputs)
        arrays[f"{name}.bias"] = random.normal(size=(members, units))
    return arrays
