# Two commands matter: `make run` starts everything, `make test` proves it.
# Variables: VENV (.venv) where the environment lives, PYTHON which interpreter makes it, ARGS more words for the command.

VENV ?= .venv
PYTHON ?=
ARGS ?=
JOBS ?= auto
export VENV PYTHON

PY = $(VENV)/bin/python
MANAGE = $(PY) manage.py
RUNTIME = @deploy/environment.sh requirements.lock
DEVELOPMENT = @deploy/environment.sh requirements-dev.lock

.DEFAULT_GOAL := help
.PHONY: help run test lint format docs lock vendor clean

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1	/p' Makefile

run: ## Set up on the first run, then start everything with a mail sandbox
	$(RUNTIME)
	@$(MANAGE) first_run --demo
	@exec $(MANAGE) up --demo $(ARGS)

test: ## Run the tests: SQLite, or the database in POSTHOUSE_TEST_DATABASE_URL
	$(DEVELOPMENT)
	@$(PY) -m pytest -n $(JOBS) $(ARGS)

lint: export POSTHOUSE_STATE = $(CURDIR)/build/lint
lint: export POSTHOUSE_DATABASE_URL = sqlite://:memory:
lint: ## Check style, types, floors and migrations
	$(DEVELOPMENT)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(MANAGE) makemigrations --check --dry-run

format: ## Put imports and lines in order
	$(DEVELOPMENT)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

docs: ## Build the documentation into build/docs
	$(DEVELOPMENT)
	$(PY) -m mkdocs --quiet build --strict --clean --config-file deploy/mkdocs.yml --site-dir ../build/docs

lock: ## Renew the lock files; with UPGRADE=1 take newer packages
	@deploy/lock.sh $(if $(UPGRADE),--upgrade)

vendor: ## Renew static/vendor from its npm packages
	$(RUNTIME)
	$(PY) deploy/vendor.py

clean: ## Remove what was made here; the site's own data stays
	rm -rf $(VENV) build static/collected .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
