# Everything below starts from a machine with Python and make. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := var/stamps
PIP := $(PY) -m pip install -qq --disable-pip-version-check
WORKERS := 2
CODE := src tests tools

# The environment belongs to one Python in one folder: another, or a moved checkout, begins anew.
KEY := $(shell $(PYTHON) -c 'import sys, zlib; sys.version_info >= (3, 11) and print("%d.%d-%08x" % \
	(*sys.version_info[:2], zlib.crc32(sys.argv[1].encode())))' '$(CURDIR)' 2>/dev/null)
ENVIRONMENT := $(VENV)/made-$(or $(KEY),without-python)

STATIC := $(shell find src -path '*/static/*' -type f)
MESSAGES := $(shell find src -name '*.po')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup serve check test format clean locks

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup: $(VENV)/runtime $(STAMPS)/static $(STAMPS)/messages ## environment, packages, translations, static files

serve: setup ## the site with its database and its demo on http://127.0.0.1:8000, or PORT
	@exec $(VENV)/bin/bihuan serve

check: $(VENV)/dev setup ## the fast loop: format, lint, types, tests without a database
	@$(PY) -m ruff format --check --quiet $(CODE) || { echo "run make format"; exit 1; }
	@$(PY) -m ruff check --quiet $(CODE)
	@$(PY) -m mypy
	@$(PY) -m pytest -q -n $(WORKERS) --fast -m "not browser and not races and not corpus and not slow"

test: $(VENV)/dev setup ## all tests: races first and alone, then the rest with browser and corpus
	@$(PY) -m pytest -q -m races; raced=$$?; $(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m "not races" && exit $$raced

format: $(VENV)/dev ## put every file into shape
	@$(PY) -m ruff format --quiet $(CODE)
	@$(PY) -m ruff check --quiet --fix $(CODE)

clean: ## remove what set-up made; the database, the files and the secret key in var/ stay
	rm -rf $(VENV) node_modules $(STAMPS) var/packages var/icons.json var/static var/test-* .mypy_cache .ruff_cache .pytest_cache

locks: ## write the requirement locks anew (needs uv) and strip addresses from the front end's
	@for name in build dev node runtime; do \
		uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
			--python-version 3.11 --universal requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done
	@$(PYTHON) tools/packages.py --strip-lock

$(ENVIRONMENT):
	@test -n "$(KEY)" || { echo "Bihuan needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1)." \
		"Name another with make PYTHON=/path/to/python3."; exit 1; }
	@echo "Making the Python environment in $(VENV)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
		echo "Python's venv module does not work; install it, on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/runtime: $(ENVIRONMENT) requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing Python packages"
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/runtime.txt || { \
		echo "The Python packages could not be installed; is the package index reachable?"; exit 1; }
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements/dev.txt
	@echo "Installing tools for development"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/packages: package-lock.json tools/packages.py .npmrc | $(VENV)/runtime
	@echo "Fetching front-end packages"
	@$(PY) tools/packages.py
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/static: $(VENV)/runtime $(STAMPS)/packages $(STATIC)
	@echo "Collecting static files"
	@DJANGO_SETTINGS_MODULE=bihuan.settings $(PY) -m django collectstatic --no-input --clear --verbosity 0
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/messages: $(VENV)/runtime $(MESSAGES)
	@test -z "$(MESSAGES)" || $(VENV)/bin/pybabel --quiet compile --domain django --directory src/bihuan/locale
	@mkdir -p $(STAMPS) && touch $@
