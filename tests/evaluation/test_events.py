"""Event files are read back by TensorBoard's own loader, in a process of its own that must do without TensorFlow."""

import io
import json
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from evaluation import tags
from evaluation.canvas import square
from evaluation.events import EventWriter
from evaluation.publish import publish, study_figures
from evaluation.report import summarise

READ = """
import json, sys
sys.modules["tensorflow"] = None
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray
events = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
events.Reload()
shown = {}
for tag in events.Tags()["tensors"]:
    plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
    points = [(e.step, e.wall_time, make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
    number = lambda a: float(a) if plugin == "scalars" else [part.decode("latin1") for part in a.ravel().tolist()]
    shown[tag] = [plugin, [(step, wall, number(value)) for step, wall, value in points]]
print(json.dumps(shown))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)


def read(directory) -> dict:
    """What TensorBoard shows of a directory: `{tag: [plugin, [(step, wall_time, value), ...]]}`."""
    return json.loads(run(READ, str(directory)).stdout)


def num_records(path) -> int:
    content, place, count = path.read_bytes(), 0, 0
    while place < len(content):
        place += 16 + struct.unpack_from("<Q", content, place)[0]
        count += 1
    assert place == len(content)
    return count


def test_scalars_are_shown_with_step_time_and_value(tmp_path):
    with EventWriter(tmp_path / "fold_00") as writer:
        for epoch in range(3):
            writer.scalars(
                {tags.LOSS_TRAIN: 1 / (epoch + 1), tags.validation("auroc"): 0.9}, epoch, wall_time=1e9 + epoch
            )
    shown = read(tmp_path / "fold_00")
    assert set(shown) == {tags.LOSS_TRAIN, tags.validation("auroc")}
    plugin, points = shown[tags.LOSS_TRAIN]
    assert plugin == "scalars"
    np.testing.assert_allclose(points, [(0, 1e9, 1.0), (1, 1e9 + 1, 0.5), (2, 1e9 + 2, 1 / 3)], rtol=1e-7)


def test_the_scalars_of_one_step_are_one_event(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.scalars({f"metric_{number}": number for number in range(50)}, step=0)
    assert num_records(writer.path) == 2  # the version of the file, and the scalars


def test_a_figure_is_shown_as_a_png_of_its_stated_size(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.image(tags.ROC, square("ROC", "x", "y")[0], step=7)
    plugin, [(step, _, (width, height, png))] = read(tmp_path)[tags.ROC]
    image = Image.open(io.BytesIO(png.encode("latin1")))
    assert (plugin, step, image.format) == ("images", 7, "PNG")
    assert image.size == (int(width), int(height)) == (624, 624)


def test_text_is_shown_as_it_was_written(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.text(tags.METRICS, "| größe |\n| --- |")
    plugin, [(_, _, (text,))] = read(tmp_path)[tags.METRICS]
    assert plugin == "text"
    assert text.encode("latin1").decode() == "| größe |\n| --- |"


def test_what_was_flushed_is_there_before_the_file_is_closed(tmp_path):
    writer = EventWriter(tmp_path)
    writer.scalars({"loss/train": 1.0}, 0)
    writer.flush()
    assert num_records(writer.path) == 2
    writer.close()
    writer.close()


def test_two_writers_of_one_directory_keep_two_files(tmp_path):
    with EventWriter(tmp_path) as first, EventWriter(tmp_path) as second:
        assert first.path != second.path


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        EventWriter(tmp_path / "file")


FULL_DISK = """
import resource, sys, warnings
from pathlib import Path
from evaluation.events import EventWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    with EventWriter(Path(sys.argv[1])) as writer:
        for step in range(1000):
            writer.scalars({"loss/train": 1.0}, step)
            writer.flush()
print(len(caught), caught[0].message)
"""


def test_a_full_disk_warns_once_and_the_run_goes_on(tmp_path):
    output = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert output.stdout.startswith(f"1 {tmp_path}/events.out.tfevents.")
    assert "File too large; nothing more is written to it, the run goes on" in output.stdout
    assert output.stderr == ""


def test_this_room_loads_no_framework():
    modules = ["events", "publish", "report", "table", "figures", "predictions", "metrics"]
    code = f"import sys; {'; '.join(f'import evaluation.{name}' for name in modules)}; print(*sys.modules)"
    output = run(code)
    loaded = {name.partition(".")[0] for name in output.stdout.split()}
    assert "tensorboard" in loaded
    assert not loaded & {"torch", "tensorflow", "keras", "pytorch_lightning", "pandas", "keras_tuner"}
    assert "matplotlib.pyplot" not in output.stdout.split()


@pytest.mark.parametrize(
    ("task", "figures"),
    [
        ("binary", {tags.ROC, tags.PRECISION_RECALL, tags.CONFUSION_MATRIX}),
        ("multiclass", {tags.ROC, tags.PRECISION_RECALL, tags.CONFUSION_MATRIX}),
        ("regression", {tags.PREDICTED_AGAINST_TRUE}),
    ],
)
def test_the_end_of_a_study_is_published_into_folds(imagine, task, figures, tmp_path):
    predictions, fits = imagine(task)
    metrics = summarise(predictions, study="tiny", framework="lightning", fits=fits, timing={})
    publish(tmp_path, predictions, metrics)
    shown = read(tmp_path / "folds")
    assert {tag for tag, (plugin, _) in shown.items() if plugin == "images"} == figures
    assert shown[tags.METRICS][1][0][2][0].startswith("| metric | lightning |")


def test_a_plain_split_shows_its_test_part(imagine):
    figures = study_figures(imagine(folds=1)[0])
    assert figures[tags.ROC].axes[0].get_title("left") == "ROC, test part"


def test_a_fold_that_diverged_is_left_out_and_the_title_says_so(imagine):
    predictions, _ = imagine()
    predictions.logits[np.flatnonzero(predictions.fold == 1)[0]] = np.inf
    figures = study_figures(predictions)
    assert figures[tags.CONFUSION_MATRIX].axes[0].get_title("left") == "Confusion matrix, out of fold, 3 of 4 folds"


def test_nothing_predicted_gives_no_figure(imagine):
    predictions, _ = imagine()
    assert study_figures(predictions.of_role("nothing")) == {}
