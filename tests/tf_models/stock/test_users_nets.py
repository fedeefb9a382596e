"""What is wrong with the net of a user is said in one line, with the file and the line of it."""

import keras
import pytest
from users_nets import study_of

from experiment.run.framework_directory import FrameworkDirectory
from tf_models.fit import fit
from tf_models.module import FoldModel

HEAD = """import keras
import tensorflow as tf
class Net(keras.Model):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.a, self.b = keras.layers.Dense(8, name="a"), keras.layers.Dense(outputs, name="b")
    def call(self, x, training=False):
        h = self.a(x)
"""
BUILD = "\ndef build(inputs, outputs):\n    return Net(inputs, outputs)\n"
DRAWS = "draws random numbers of its own, which no seed of a study repeats; use KeyedDropout"
LOOKS = "looks at the values of a tensor (`if`, `while`, `float`), of which every member has its own; use `where`"
HIDDEN = "is no part of the net, so it would be neither trained nor saved; keep layers in attributes, lists or dicts"
MIXES = "mixes the rows of a batch: what it gives for a row depends on the rows beside it"
OTHER = "is another net whenever it is built: it holds random numbers besides its weights"


def using(held: str, used: str) -> str:
    """A net that holds something more, and makes something of its hidden units `h`."""
    return HEAD.replace("    def call", f"        {held}\n    def call") + f"        return self.b({used})" + BUILD


WRONG = {
    "output width": (HEAD + "        return h" + BUILD, ": gives (2, 8) for 2 rows, and must give (2, 1)"),
    "squeezed output": (
        HEAD + "        return self.b(h)[:, 0]" + BUILD,
        ": gives (2,) for 2 rows, and must give (2, 1)",
    ),
    "two outputs": (HEAD + "        return self.b(h), h" + BUILD, ": gives tuple for 2 rows, and must give (2, 1)"),
    "shapes": (
        HEAD + "        return self.b(tf.matmul(h, x))" + BUILD,
        ":9: InvalidArgumentError: Matrix size-incompatible",
    ),
    "a number": ("def build(inputs, outputs):\n    return 3\n", ": `build` gives int; let it return a keras.Model"),
    "raises": (
        "def build(inputs, outputs):\n    raise KeyError('width')\n",
        ":2: KeyError: 'width'; fix that, or run again with --debug",
    ),
    "imports": (
        "\n\nimport nothing_like_it\n",
        ":3: ModuleNotFoundError: No module named 'nothing_like_it'; fix that",
    ),
    "noise": (HEAD + "        return self.b(h + tf.random.normal(tf.shape(h)))" + BUILD, f": {DRAWS}"),
    "noise in training": (
        HEAD + "        return self.b(tf.nn.dropout(h, 0.5) if training else h)" + BUILD,
        f": {DRAWS}",
    ),
    "noise in a function": (
        HEAD + "        return self.b(h + tf.function(lambda: tf.random.uniform((8,)))())" + BUILD,
        f": {DRAWS}",
    ),
    "noise with a seed": (
        HEAD + "        return self.b(h + tf.random.stateless_normal((8,), (1, 2)))" + BUILD,
        f": {DRAWS}",
    ),
    "condition": (HEAD + "        return self.b(h) if tf.reduce_mean(h) > 0 else self.b(-h)" + BUILD, f":9: {LOOKS}"),
    "a layer in a function": (
        using("d = keras.layers.Dense(8, name='c'); self.f = lambda h: d(h)", "self.f(h)"),
        f": weight 'net/kernel' (8, 8) {HIDDEN}",
    ),
    "a layer of the file": (
        "import keras\nshared = keras.layers.Dense(8, name='c')\n" + using("", "shared(h)"),
        f": weight 'net/kernel' (8, 8) {HIDDEN}",
    ),
    "a variable": (using("self.w = tf.Variable([1.0] * 8)", "self.w * h"), f": weight 'Variable' (8,) {HIDDEN}"),
    "random features": (using("self.w = tf.random.normal((8,))", "tf.cos(h * self.w)"), f": {OTHER}"),
    "mean of the rows": (using("", "h - tf.reduce_mean(h, 0)"), f": {MIXES}"),
    "the first row": (using("", "h - h[:1]"), f": {MIXES}"),
    "the row before": (using("", "h + tf.roll(h, 1, 0)"), f": {MIXES}"),
    "softmax over rows": (using("", "tf.nn.softmax(h, 0)"), f": {MIXES}"),
    "in predictions alone": (using("", "h if training else h - tf.reduce_mean(h, 0)"), f": {MIXES}"),
    "in training alone": (using("", "h - tf.reduce_mean(h, 0) if training else h"), f": {MIXES}"),
    "behind a gate that starts at 0": (
        using(
            "self.g = keras.layers.PReLU(shared_axes=[1], name='g')",
            "h - (self.g(-1 + 0 * h) + 0.25) * tf.reduce_mean(h, 0)",
        ),
        f": {MIXES}",
    ),
    "number of a tensor": (
        HEAD + "        return self.b(h * float(tf.reduce_mean(h)))" + BUILD,
        ":9: TypeError: float() argument must be",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_has_a_file_a_line_a_cause_and_a_cure(wrong, tmp_path, monkeypatch):
    source, said = WRONG[wrong]
    with pytest.raises(ValueError, match=r"nets/mine\.py") as refused:
        FoldModel(*study_of("tf_models", source, tmp_path, monkeypatch))
    message = str(refused.value)
    assert message.startswith("tf_models/nets/mine.py" + said)
    assert "; " in message
    assert "\n" not in message


def test_what_went_wrong_itself_is_kept_for_debug(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"nets/mine\.py") as refused:
        FoldModel(*study_of("tf_models", WRONG["raises"][0], tmp_path, monkeypatch))
    assert isinstance(refused.value.__cause__, KeyError)


def test_a_loop_draws_nothing(tmp_path, monkeypatch):
    loop = "        h = tf.while_loop(lambda i, h: i < 3, lambda i, h: (i + 1, h + 1.0), (0, h))[1]\n"
    study, folds = study_of("tf_models", HEAD + loop + "        return self.b(h)" + BUILD, tmp_path, monkeypatch)
    FoldModel(study, folds)


FINE = {
    "a constant": using("self.w = tf.linspace(0.0, 1.0, 8)", "h * self.w"),
    "random features with a seed": using("self.w = tf.random.stateless_normal((8,), (1, 2))", "h * self.w"),
    "layers in a list": using("self.l = [keras.layers.Dense(8, name='c')]", "self.l[0](h)"),
    "means within a row": using("", "h - tf.reduce_mean(h, 1, keepdims=True)"),
    "steps": using("", "tf.cast(h > 0, h.dtype)"),
    "what overflows": using("", "h / 0"),
}


@pytest.mark.parametrize("fine", FINE)
def test_what_is_right_is_let_through(fine, tmp_path, monkeypatch):
    FoldModel(*study_of("tf_models", FINE[fine], tmp_path, monkeypatch))


def test_a_net_that_computes_in_bfloat16_is_let_through(tmp_path, monkeypatch):
    study, folds = study_of("tf_models", FINE["layers in a list"], tmp_path, monkeypatch)
    FoldModel(study.model_copy(update={"training": study.training.model_copy(update={"precision": "bf16"})}), folds)


FUNCTIONAL = """import keras
from keras import layers
from tf_models.layers import KeyedDropout
def build(inputs, outputs):
    given = keras.Input((inputs,))
    inner = keras.Sequential([layers.Dense(8, name="a"), KeyedDropout(0.5, name="drop")], name="inner")
    return keras.Model(given, layers.Dense(outputs, name="b")(layers.LayerNormalization(name="norm")(inner(given))))
"""


@pytest.mark.slow
def test_a_functional_net_has_the_names_of_its_layers(tmp_path, monkeypatch):
    study, folds = study_of("tf_models", FUNCTIONAL, tmp_path, monkeypatch)
    fitted = fit(study, folds, FrameworkDirectory(tmp_path))
    shapes = {name: array.shape[1:] for name, array in fitted.weights.items()}
    assert shapes == {
        "inner.a.kernel": (30, 8),
        "inner.a.bias": (8,),
        "norm.gamma": (8,),
        "norm.beta": (8,),
        "b.kernel": (8, 1),
        "b.bias": (1,),
    }
    [key] = FoldModel(study, folds).stack.key_names
    assert key == "inner.drop.key"


UNNAMED = """import keras
from tf_models.layers import KeyedDropout
def build(inputs, outputs):
    layers = keras.layers
    return keras.Sequential([layers.Dense(8), KeyedDropout(0.5), layers.Dense(outputs)])
"""


def test_layers_without_a_name_have_the_same_one_in_every_stack_of_a_process(tmp_path, monkeypatch):
    study, folds = study_of("tf_models", UNNAMED, tmp_path, monkeypatch)
    before = int(keras.layers.Dense(1).name.partition("_")[2] or 0)
    stacks = [FoldModel(study, folds).stack for _ in range(2)]
    names = ("dense.kernel", "dense.bias", "dense_1.kernel", "dense_1.bias")
    assert [stack.layout.names for stack in stacks] == [names, names]
    assert len({layer.address for stack in stacks for layer in stack.net.layers if hasattr(layer, "address")}) == 1
    assert keras.layers.Dense(1).name == f"dense_{before + 1}"
