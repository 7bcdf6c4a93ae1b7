# make figures and make test do everything, from a fresh clone. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
SCALE ?= quick
EXHIBITS := $(filter-out __init__,$(basename $(notdir $(wildcard repro/exhibits/*.py repro/exhibits/studies/*.py))))
ALIASES := $(patsubst fig0%,fig%,$(filter fig0%,$(EXHIBITS)))

.DEFAULT_GOAL := help
.PHONY: help setup test lint typecheck smoke figures studies plateau-demo $(EXHIBITS) $(ALIASES) report sweep bench data clean

help:  ## this list
	@grep -hE '^[a-z0-9$$()A-Z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/\$$\(EXHIBITS\) \$$\(ALIASES\)/fig1 ... table1, jacobian .../' \
		| awk -F ':.*## ' '{printf "  make %-26s %s\n", $$1, $$2}'
	@echo "  SCALE=smoke|quick|lab|paper sets how long networks are trained (now: $(SCALE))"

setup: $(VENV)/.ready  ## the virtual environment .venv (made by itself when needed)

$(VENV)/.ready: pyproject.toml constraints.txt $(wildcard repro/*/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

test: setup  ## all tests, on all cores
	$(RUN) -m pytest -n auto --dist loadfile

lint: setup  ## ruff: style and format
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check

typecheck: setup  ## mypy
	$(RUN) -m mypy

smoke: setup  ## every exhibit with small networks, into results/smoke, in under a minute
	$(RUN) -m repro.reproduce all scale=smoke machine.runs=runs/smoke

figures: setup  ## every exhibit at SCALE, from training to picture, into results/
	$(RUN) -m repro.reproduce all scale=$(SCALE)

plateau-demo: setup  ## a symmetry that stops learning, shown with small networks in about a minute
	$(RUN) -m repro.reproduce plateau_symmetry scale=smoke out=figures/demo

studies: setup  ## what the paper only mentions (pyramids, depth, svm, pretraining ...), into figures/
	$(RUN) -m repro.reproduce studies scale=$(SCALE)

$(EXHIBITS) $(ALIASES): setup  ## one exhibit at SCALE
	$(RUN) -m repro.reproduce $@ scale=$(SCALE)

sweep: setup  ## your own runs: make sweep ARGS="activation=tanh,softsign lr=0.003,0.01,0.03"
	$(RUN) -m repro -m scale=$(SCALE) $(ARGS)

bench: setup  ## speed beside PyTorch's usual loop and JAX (pip install -e '.[bench]'), into figures/bench
	$(RUN) -m repro.bench --out figures/bench

data: setup  ## fetch MNIST and CIFAR-10 into datasets/ (Fashion-MNIST, Small-ImageNet: see datasets/*/README.md)
	$(RUN) -m repro.data fetch mnist cifar10

report: setup  ## all claims and figures from finished runs: the published, or yours with RUNS=runs
	$(RUN) -m repro.report $(if $(RUNS),runs=$(RUNS))

clean:  ## remove .venv and caches; runs, data and figures stay
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache repro/training/*.so
	find repro tests -name __pycache__ -type d -prune -exec rm -rf {} +
