"""A net that a user has written, for one test."""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from small import small

from configs.schema import Study
from configs.sections.model import Model
from datamodules.fold_data import FoldData


def study_of(room: str, source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Study, FoldData]:
    """A small study, and its folds, of a net whose file `<room>/nets/mine.py` holds `source`."""
    file = folder / room / "nets" / "mine.py"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    name = f"{room}.nets.mine"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(build=lambda *sizes: _load(name, file).build(*sizes)))
    study, folds = small()
    return study.model_copy(update={"model": Model.model_construct(net="mine")}), folds


def _load(name: str, file: Path) -> object:
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
