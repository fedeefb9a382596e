"""Saved results: `benchmarks/results/NAME.json`, with the machine and the versions they were measured on."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from configs.files.atomic import write_text
from configs.files.places import PROJECT
from experiment.run.environment import environment
from experiment.run.source import read_source

FOLDER = Path(__file__).parent / "results"


class Result(BaseModel):
    """One execution of one benchmark."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str = Field(description="of the module that measures it")
    date: datetime
    commit: str | None = Field(description="of this repository; `-dirty` if files were changed")
    python: str
    platform: str
    processor: str
    cores: int = Field(ge=1)
    packages: dict[str, str]
    busy: float | None = Field(description="share of the processors that others used just before, 0 to 1")
    repeats: int = Field(ge=1)
    values: dict[str, Any] = Field(description="what was measured; times in seconds, memory in MiB, unless named")


def result(name: str, repeats: int, busy: float | None, values: dict[str, Any]) -> Result:
    """`values` measured just now on this machine; paths of the machine are left out."""
    known = environment([], "", "", read_source(PROJECT))
    kept = {key: known[key] for key in ("commit", "python", "platform", "processor", "cores", "packages")}
    if known["commit"] and known["dirty"]:
        kept["commit"] += "-dirty"
    return Result(name=name, date=datetime.now(UTC), busy=busy, repeats=repeats, values=values, **kept)


def save(measured: Result, folder: Path = FOLDER) -> Path:
    """Write `NAME.json` in `folder`; return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{measured.name}.json"
    write_text(path, json.dumps(measured.model_dump(mode="json"), indent=1, allow_nan=False) + "\n")
    return path


def load(name: str, folder: Path = FOLDER) -> Result | None:
    """The result called `name`, or None if nobody has measured it. Raises ValidationError if it is none."""
    path = folder / f"{name}.json"
    return Result.model_validate_json(path.read_text()) if path.is_file() else None
