import json
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks import page, picture, results
from benchmarks.__main__ import NAMES

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_result_is_read_back_as_it_was_written(tmp_path):
    written = results.result("rows", 5, 0.01, {"lightning": [{"a way": 1.5}]})
    results.save(written, tmp_path)
    assert results.load("rows", tmp_path) == written
    assert results.load("kfold", tmp_path) is None


def test_a_result_names_the_machine_and_no_path_of_it(tmp_path):
    kept = json.loads(results.save(results.result("rows", 5, None, {}), tmp_path).read_text())
    assert {"date", "commit", "processor", "cores", "python", "packages"} <= set(kept)
    assert str(ROOT) not in json.dumps(kept)


@pytest.mark.parametrize("change", [{"repeats": 0}, {"values": None}, {"more": 1}, {"busy": float("nan")}], ids=str)
def test_what_is_no_result_is_refused(change, tmp_path):
    kept = results.result("rows", 5, 0.0, {}).model_dump(mode="json") | change
    (tmp_path / "rows.json").write_text(json.dumps(kept))
    with pytest.raises(ValidationError):
        results.load("rows", tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_result_can_be_shown(name):
    kept = results.load(name)
    if kept is None:
        pytest.skip(f"nobody has measured {name} yet")
    header, *rows = import_module(f"benchmarks.measures.{name}").table(kept.values)
    assert {len(row) for row in rows} == {len(header)}


def test_a_picture_needs_its_results(tmp_path, monkeypatch):
    monkeypatch.setattr(results.load, "__defaults__", (tmp_path,))
    with pytest.raises(FileNotFoundError, match="run python -m benchmarks kfold first"):
        picture.draw()


def test_the_pages_have_a_place_for_every_benchmark_and_every_estimate():
    found = [name for one in page.PAGES for name in page.BLOCK.findall(one.read_text())]
    assert sorted(found) == sorted([*NAMES, *page.ESTIMATES])


def test_an_estimate_on_a_page_is_that_of_the_kept_numbers():
    text = page.PAGES[1].read_text()
    for name in page.ESTIMATES:
        assert page.block(name) in text


def test_the_page_is_rewritten_between_its_markers_only(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGES", (tmp_path / "page.md",))
    monkeypatch.setattr(page, "PROJECT", tmp_path)
    monkeypatch.setattr(results.load, "__defaults__", (tmp_path,))
    (tmp_path / "page.md").write_text("before\n<!-- benchmark: first_epoch -->\nold\n<!-- end -->\nafter\n")
    assert page.rewrite() == "page.md: 1 tables"
    assert "Not measured yet: `python -m benchmarks first_epoch`." in (tmp_path / "page.md").read_text()
    results.save(results.result("first_epoch", 2, 0.0, {"lightning": [3.0, 5.0], "tensorflow": [6.0, 6.0]}), tmp_path)
    page.rewrite()
    text = (tmp_path / "page.md").read_text()
    assert text.startswith("before\n<!-- benchmark: first_epoch -->\n| from the command")
    assert "| lightning | 4.00 (3.00 to 5.00) |" in text
    assert text.endswith("2 repetitions.\n<!-- end -->\nafter\n")
