"""What a run was made of is read from what it keeps."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from small import small

from configs.files.atomic import write_json
from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.record.history import read_history
from experiment.results.judging import judge
from experiment.results.saved import RunResults
from experiment.rules.resources.devices import Device
from experiment.run.files.reading import sealed
from experiment.run.run_facts import run_facts
from experiment.training.child import train
from experiment.training.fitting import fit_stacks
from reporting.page.part import Part
from reporting.page.sections.record import Record, record_blocks, summarised

pytestmark = pytest.mark.needs("lightning")


def results_of(run):
    return {"lightning": RunResults(run)["lightning"]}


@pytest.fixture
def finished(tmp_path, pretend):
    """A study, its run, and the results of the one framework that has trained it."""
    study, _ = small(f"output.root={tmp_path}", "framework=lightning", "folds.splits=3")
    run = prepare(study, ["train.py"])
    directory = run.framework("lightning")
    train(lambda *parts: fit_stacks(*parts, pretend(), device=Device("a GPU")), study, fold_data(study), directory)
    return study, run, results_of(run)


def test_rows_columns_classes_and_the_sizes_of_the_folds(finished):
    study, run, results = finished
    facts, folds = run_facts(run, study, results), fold_data(study)
    table = folds.table
    assert (facts.rows, facts.columns) == (table.rows, table.num_columns) == load_breast_cancer().data.shape
    assert facts.classes == dict(zip(table.classes, np.bincount(table.targets).tolist(), strict=True))
    for number, role in enumerate(("train", "validation", "scored", "test"), start=1):
        counts = [int((roles == number).sum()) for roles in folds.plan.roles]
        assert facts.sizes[role] == (min(counts), max(counts))
    assert facts.seeds == (study.seed,)


def test_a_column_that_is_several_inputs_is_one(finished):
    study, run, results = finished
    written = json.loads(run.schema.read_text())
    written["columns"][1]["source"] = written["columns"][0]["source"]
    written.pop("sha256", None)
    write_json(run.schema, sealed(written))
    assert run_facts(run, study, results).columns == 29


def test_the_parameters_are_those_of_one_network(finished, tmp_path):
    study, run, results = finished
    weights = sum(array[0].size for array in trained(run).values())
    assert run_facts(run, study, results).parameters == {"lightning": weights}


def trained(run):
    from safetensors.numpy import load_file

    arrays = load_file(run.framework("lightning").weights)
    return {name: array for name, array in arrays.items() if not name.startswith("inputs.")}


def test_what_is_not_kept_any_more_is_left_out(finished):
    study, run, results = finished
    run.framework("lightning").weights.unlink()
    run.framework("lightning").validation.unlink()
    run.schema.unlink()
    facts = run_facts(run, study, results)
    assert (facts.columns, facts.parameters, facts.classes) == (None, {}, {})
    assert facts.rows == 569


def told(study, run, results, facts):
    directory = run.framework("lightning")
    part = Part(judge(study, directory), results["lightning"].predictions, read_history(directory.history))
    record = Record("name: tiny\n", "breast_cancer", run.load_environment(), str(run.root), facts=facts)
    items = dict(record_blocks({"lightning": part}, record)[0].items)
    return summarised({"lightning": part}, record), items, part, record


def test_the_page_tells_them_with_device_and_seed(finished):
    study, run, results = finished
    facts = run_facts(run, study, results)
    summary, items, _, _ = told(study, run, results, facts)
    assert "569 rows, 30 columns (benign 357, malignant 212)." in summary
    assert items["Device"] == ["a GPU"]
    assert items["Seed"] == ["0"]
    assert items["Network"] == [f"mlp, {facts.parameters['lightning']:,} parameters"]
    low, high = facts.sizes["scored"]
    assert f"scored out of fold {low if low == high else f'{low} to {high}'}" in items["Rows per fold"][0]


def test_the_page_tells_of_several_devices(finished):
    study, run, results = finished
    _, _, part, record = told(study, run, results, None)
    part.metrics["timing"]["devices"] = 3
    items = dict(record_blocks({"lightning": part}, record)[0].items)
    assert items["Device"] == ["3 x a GPU"]
    assert items["Training took"][0].endswith("steps, the sum over 3 devices)")


def test_the_page_tells_how_often_each_column_was_selected(tmp_path, pretend):
    path, rows = tmp_path / "made.csv", 60
    zone = ["ab"[number % 2] + "x" * (number % 3 > 1) for number in range(rows)]
    lines = [f"{number % 2},{zone[number]},{number % 5},{number % 7},{number * number % 11}" for number in range(rows)]
    path.write_text("\n".join(["y,zone,one,two,three", *lines]))
    study, _ = small(
        f"data.source={path}", "data.target=y", f"output.root={tmp_path / 'runs'}", "framework=lightning",
        "inputs.select=2",
    )  # fmt: skip
    run = prepare(study, ["train.py"])
    directory, folds = run.framework("lightning"), fold_data(study)
    train(lambda *parts: fit_stacks(*parts, pretend()), study, folds, directory)
    results = results_of(run)
    facts = run_facts(run, study, results)
    assert facts.selected["zone"] == 3
    assert sum(facts.selected.values()) == 2 * 3
    _, items, _, _ = told(study, run, results, facts)
    assert items["Selected columns"][0] == "zone: 3 of 3"


def test_a_run_of_version_0_1_tells_neither_device_nor_facts_that_it_lacks(finished):
    study, run, results = finished
    _, _, part, record = told(study, run, results, None)
    del part.metrics["timing"]["device"]
    items = dict(record_blocks({"lightning": part}, record)[0].items)
    assert not items.keys() & {"Device", "Network", "Seed"}
