# `make run` and `make test` do all their own set-up; `make help` lists the rest.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PORT ?= 8000
# The first Python that is new enough, unless one is named: make run PYTHON=/opt/python/bin/python3
PYTHON ?= $(firstword $(foreach version,3.11 3.12 3.13,$(shell command -v python$(version))) \
	$(shell command -v python3) python3)

run: .venv/run ## Start the service on this machine and print its address
	@. .venv/bin/activate && PORT=$(PORT) exec docker/embedded.sh

test: .venv/test ## Check style, types, imports and run every test
	@. .venv/bin/activate && exec docker/test.sh

lint: .venv/test ## Check style, types and imports alone
	@. .venv/bin/activate && exec docker/lint.sh

types: .venv/test ## Check types alone
	@. .venv/bin/activate && mypy analysis detector_service

extension: .venv/run ## Pack the extension for both stores, into dist/
	@. .venv/bin/activate && python extension/pack.py dist

bench: .venv/test ## Measure speed and size, into tests/bench/results; ROW=clip measures one row
	@. .venv/bin/activate && exec python -m tests.bench $(or $(ROW),--out tests/bench/results)

evaluate: .venv/run ## Measure a bundle on labelled videos: make evaluate ARGS='--help'
	@. .venv/bin/activate && exec python -m analysis evaluate $(ARGS)

train: .venv/test ## Train a model from cached face crops: make train ARGS='--help'
	@. .venv/bin/activate && exec python -m analysis.training.train $(ARGS)

format: .venv/test ## Put the code into its one style
	@. .venv/bin/activate && ruff format . && ruff check --fix .

clean: ## Remove the environment and everything that the service has stored here
	rm -rf .venv .var

help: ## Show this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: run test lint types bench evaluate train extension format clean help

# A stamp is newer than the pins that it was installed from, so a second start takes no time.
.venv/run: requirements.txt docker/make_venv.py
	$(PYTHON) docker/make_venv.py .venv requirements.txt
	@touch $@

.venv/test: requirements.txt analysis/training/requirements.txt tests/requirements.txt docker/requirements-s3.txt \
		docker/make_venv.py
	$(PYTHON) docker/make_venv.py .venv tests/requirements.txt
	@touch .venv/run $@
