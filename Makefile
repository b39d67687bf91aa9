# Tongban (童伴). On a machine with Python 3.11 or later, make and git, `make run` is all there is to do.
# A comment behind two number signs is what `make help` prints.

MAKEFLAGS += --no-print-directory
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
# Tests choose their own state, keys and settings; DATABASE_URL, BROKER_URL and CACHE_URL they honour.
CLEAN := env -u DJANGO_SETTINGS_MODULE -u DATA_DIR -u PORT -u HOST -u DEMO -u DEMO_PASSWORD \
	-u SECRET_KEY -u VAULT_KEY -u ALLOWED_HOSTS -u EMAIL_URL -u CLAMD_URL -u BASE_URL
ARGS ?=

# Installs a lock file, unless it is the one that was installed last.
define install
	@cmp -s $(1) .venv/$(notdir $(1)) || { echo "Installing $(1) …"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) \
	&& cp $(1) .venv/$(notdir $(1)); }
endef

.DEFAULT_GOAL := help
.PHONY: help run test test-all check format lock

help: ## what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(BIN)/python ## the whole product on this machine (PORT, DATA_DIR, DEMO=no, DEMO_PASSWORD, …: docs/running.md)
	$(call install,requirements.txt)
	@exec $(BIN)/python manage.py serve --stop-with-parent

test: $(BIN)/python ## the tests that need nothing but Python (ARGS="tests/delivery -x" for some of them)
	$(call install,site/requirements/test.txt)
	@$(CLEAN) $(BIN)/python -m pytest -n 2 -m "not browser and not product and not bench" $(ARGS)

test-all: $(BIN)/python ## all that can run here: also Chromium, PostgreSQL and Redis where they are found
	$(call install,site/requirements/test.txt)
	@$(CLEAN) $(BIN)/python -m pytest -m "not bench" $(ARGS)

check: $(BIN)/python ## style, types, the arrows between the rooms, system checks, missing migrations
	$(call install,site/requirements/test.txt)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet
	PYTHONPATH=site:. $(BIN)/lint-imports
	$(BIN)/mypy site home forms search tests
	$(CLEAN) DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py check
	$(CLEAN) DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py makemigrations --check --dry-run

format: $(BIN)/python ## brings imports and layout of the code into order
	$(call install,site/requirements/test.txt)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## compiles the lock files from site/requirements/*.in (needs uv; UPGRADE=--upgrade for newer versions)
	@command -v uv >/dev/null || { echo "uv is needed for this: https://docs.astral.sh/uv/"; exit 1; }
	@$(call compile,base,requirements.txt)
	@$(call compile,test,site/requirements/test.txt)

# The versions already chosen stay unless UPGRADE says otherwise.
compile = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
	--no-emit-index-url --no-strip-extras --output-file $(2) site/requirements/$(1).in \
	&& { echo "\# Compiled by \`make lock\` from site/requirements/$(1).in. Do not edit."; cat $(2); } > $(2).new \
	&& mv $(2).new $(2)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	echo "The virtual environment could not be made. On Debian: apt-get install python3-venv"; exit 1; }
