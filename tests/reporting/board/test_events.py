"""Event files are read back by TensorBoard's own loader, in a process of its own that must do without TensorFlow."""

import io
import struct
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from boards import read, run
from PIL import Image

from reporting.board import tags
from reporting.board.events import EventWriter, remove_events
from reporting.board.pictures import SETTINGS, picture
from reporting.canvas import fix_margins, square


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
    plugin, points, _ = shown[tags.LOSS_TRAIN]
    assert plugin == "scalars"
    np.testing.assert_allclose(points, [(0, 1e9, 1.0), (1, 1e9 + 1, 0.5), (2, 1e9 + 2, 1 / 3)], rtol=1e-7)


def test_the_scalars_of_one_step_are_one_event(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.scalars({f"metric_{number}": number for number in range(50)}, step=0)
    assert num_records(writer.path) == 2  # the version of the file, and the scalars


def test_a_figure_is_shown_as_a_png_of_its_stated_size(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.image(tags.ROC, picture(square("ROC", "x", "y")[0]), step=7)
    plugin, [(step, _, (width, height, png))], _ = read(tmp_path)[tags.ROC]
    image = Image.open(io.BytesIO(png.encode("latin1")))
    assert (plugin, step, image.format, image.mode) == ("images", 7, "PNG", "P")
    assert image.size == (int(width), int(height)) == (624, 624)


def test_a_picture_of_256_colours_looks_as_it_was_drawn(tmp_path):
    figure, axes = square("ROC", "x", "y")
    axes.plot(np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** 2, color="#0072B2")
    fix_margins(figure)  # to be drawn twice in the same place
    drawn = io.BytesIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(drawn, format="png")
    with EventWriter(tmp_path) as writer:
        writer.image(tags.ROC, picture(figure), step=0)
    png = read(tmp_path)[tags.ROC][1][0][2][2].encode("latin1")
    shown, meant = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB"), int) for one in (png, drawn.getvalue()))
    assert shown[0, 0].tolist() == [255, 255, 255]
    assert np.abs(shown - meant).mean() < 0.3  # of 255
    assert len(png) < len(drawn.getvalue()) / 2


def test_text_is_shown_as_it_was_written(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.text(tags.METRICS, "| größe |\n| --- |")
    plugin, [(_, _, (text,))], _ = read(tmp_path)[tags.METRICS]
    assert plugin == "text"
    assert text.encode("latin1").decode() == "| größe |\n| --- |"


def test_what_was_flushed_is_there_before_the_file_is_closed(tmp_path):
    writer = EventWriter(tmp_path)
    writer.scalars({"loss/train": 1.0}, 0)
    writer.flush()
    assert num_records(writer.path) == 2
    writer.close()
    writer.close()


def test_a_tag_is_described_once_and_read_all_the_same(tmp_path):
    with EventWriter(tmp_path) as writer:
        for step in range(100):
            writer.scalars({"a/tag/with/a/name": 0.5}, step)
    assert writer.path.stat().st_size < 100 * 75
    assert len(read(tmp_path)["a/tag/with/a/name"][1]) == 100


def test_event_files_are_removed_and_nothing_else(tmp_path):
    EventWriter(tmp_path).close()
    (tmp_path / "notes.txt").touch()
    remove_events(tmp_path)
    remove_events(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


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
from reporting.board.events import EventWriter
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


def test_evaluation_and_reporting_load_no_framework():
    evaluation = ["summary", "predictions", "judging.judge"]
    reporting = ["publish", "board.events", "tables.table", "figures.study", "page.report"]
    modules = [*(f"evaluation.{name}" for name in evaluation), *(f"reporting.{name}" for name in reporting)]
    code = f"import sys; {'; '.join(f'import {name}' for name in modules)}; print(*sys.modules)"
    output = run(code)
    loaded = {name.partition(".")[0] for name in output.stdout.split()}
    assert "tensorboard" in loaded
    assert not loaded & {"torch", "tensorflow", "keras", "pytorch_lightning", "pandas", "keras_tuner"}
    assert "matplotlib.pyplot" not in output.stdout.split()
