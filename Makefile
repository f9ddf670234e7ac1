# What a developer types. `make models` needs the training data beside the checkout, or DATA=<directory>.
DATA ?= ../shared/data
TOOLS ?= build/tools
PYTHON ?= .venv/bin/python

.PHONY: models test lint docs ci

models:
	scripts/build_tools.sh $(TOOLS)
	$(PYTHON) -m quality train --data $(DATA) --output models --tools $(TOOLS)

test:
	$(PYTHON) -m pytest

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

# The site, in build/site; needs `pip install -e '.[docs]'`.
docs:
	$(PYTHON) -m mkdocs build --strict

ci:
	.ci/run
