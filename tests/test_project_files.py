"""Files for GitHub and for those who copy the project: citation, workflow, changelog."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def steps(job: dict) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_citation_is_of_this_version_in_both_places():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(cited)  # what its schema 1.2.0 requires
    assert (cited["version"], cited["license"]) == (PROJECT["version"], PROJECT["license"])
    shown = re.search(r"```bibtex\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
    for value in (cited["title"], cited["version"], cited["authors"][0]["name"]):
        assert f"{{{value}}}" in shown


def test_the_workflow_calls_targets_of_make_with_pythons_that_are_supported():
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    called = [word for job in jobs.values() for step in steps(job) if (word := re.match(r"make ([\w-]+)", step))]
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {word[1] for word in called} == {"lint", "test", "train"} <= targets
    pythons = [*jobs["change"]["strategy"]["matrix"]["python"], jobs["newest"]["steps"][1]["with"]["python-version"]]
    assert all(f"{python}.0" in SpecifierSet(PROJECT["requires-python"]) for python in pythons)


@pytest.mark.parametrize("name", ["CHANGELOG.md", "docs/decisions.md"])
def test_no_line_is_in_the_page_twice(name):
    """As a merge leaves it that keeps both sides."""
    lines = [line[:40] for line in (ROOT / name).read_text().splitlines() if len(line) > 50]
    assert [line for line, times in Counter(lines).items() if times > 1] == []
