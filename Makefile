# make train: set everything up and run the default study in both frameworks.  make test: set up and run the tests
# that are not slow.  make test-all: these and the slow ones.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
COMMA := ,
GPU ?= $(shell command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L >/dev/null 2>&1 && echo 1)
INSTALL = -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
# A room of a framework may be deleted: then its packages are not installed, and its tests do not run.
TORCH := $(wildcard lightning_mods/__init__.py)
TF := $(wildcard tf_models/__init__.py)
EXTRAS := $(if $(TORCH),lightning$(COMMA))$(if $(TF),tf$(COMMA))tune$(COMMA)ray$(COMMA)slurm$(COMMA)dev
ENVIRONMENTS := .venv/ready $(if $(GPU),$(if $(TF),.venv-tensorflow/ready))

.PHONY: train test test-all lint setup bench pictures clean
train: setup
	$(BIN)/python scripts/train.py

# One process, one framework: the rooms of each framework are tested by a pytest of their own.
define pytest
	$(BIN)/python -m pytest -m "$(1)" --numprocesses 2 --dist loadfile --ignore tests/lightning_mods --ignore tests/tf_models
	$(if $(TORCH),$(BIN)/python -m pytest -m "$(1)" --numprocesses 2 --dist worksteal tests/lightning_mods)
	$(if $(TF),$(BIN)/python -m pytest -m "$(1)" --numprocesses 2 --dist worksteal tests/tf_models)
endef

test: setup
	$(call pytest,not slow)

test-all: test
	$(call pytest,slow)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Needs Chromium and its driver.
pictures: setup
	$(BIN)/python scripts/pictures.py

# On a quiet machine: everything is timed, one case at a time.
bench: setup
	$(BIN)/python -m benchmarks all

setup: $(ENVIRONMENTS)

.venv/ready: pyproject.toml constraints.txt
	@"$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null || { echo "twinfold needs Python 3.11, 3.12 or 3.13, which '$(or $(PYTHON),python3)' is not: install one or run make PYTHON=/path/to/python"; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python $(INSTALL) ".[$(EXTRAS)]"
	@touch $@

# torch for CUDA 13 and TensorFlow for CUDA 12 cannot share an environment: on a GPU machine TensorFlow has its own.
.venv-tensorflow/ready: pyproject.toml constraints.txt
	"$(PYTHON)" -m venv .venv-tensorflow
	.venv-tensorflow/bin/python $(INSTALL) ".[tf-gpu,tune]"
	@touch $@

clean:
	rm -rf .venv .venv-tensorflow .mypy_cache .pytest_cache .ruff_cache .import_linter_cache twinfold.egg-info
