# One page of commands; `make help` lists them. A step says nothing more than its name unless it fails.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
UV_VERSION := 0.13.9
REDOCLY_VERSION := 2.77.0

BIN := .venv/bin
CLIENTS := .venv-clients
UV := $(BIN)/.uv-$(UV_VERSION)
SYNC := $(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python
REDOCLY := var/redocly-$(REDOCLY_VERSION)/node_modules/.bin/redocly
RANDOM_KEY := $$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')

# A production's environment, with nothing behind it: what `manage.py check --deploy` shall be asked about.
CHECKED := SECRET_KEY="$(RANDOM_KEY)" DEBUG=false HTTPS=true WHITENOISE_USE_FINDERS=false DATABASE_URL=sqlite://:memory:

# The embedded database, unless the environment or .env names another.
EMBEDDED := $(if $(DATABASE_URL)$(shell grep -s '^DATABASE_URL=' .env),,var/data.sqlite3)

export UV_PYTHON_DOWNLOADS := never
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run superuser test test-clients bench bench-quick check lint format types layers deploy migrations openapi citations lock \
	clean FORCE

# $(call quietly,what is done,command): the name of the step, and its output only where it fails.
quietly = @echo '$(1)'; output=$$({ $(2); } 2>&1) || { printf '%s\n' "$$output"; exit 1; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Running it ----------------------------------------------------------------------------------------------------------

run: $(BIN)/.run .env var/.seeded ## the service on http://$HOST:$PORT, with all that it needs set up first
	@$(BIN)/python -c "$$PORT_IS_FREE" $(HOST) $(PORT)
	@echo 'Hunan Open Trade Data: http://$(HOST):$(PORT)/api/v1/docs (Ctrl-C ends it)'
	@mkdir -p var/static
	@exec $(BIN)/granian --interface wsgi --no-ws --blocking-threads 4 --workers-kill-timeout 3 --log-level warning \
		--host $(HOST) --port $(PORT) config.wsgi:application

# The server shares its port with any other that listens on it; a stale one would go on answering every second request.
define PORT_IS_FREE
import socket, sys
host, port = sys.argv[1], int(sys.argv[2])
family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
with socket.socket(family, kind) as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(address)
    except OSError as error:
        sys.exit(f"Port {port} of {host} cannot be used ({error.strerror}): end the server that listens there, "
                 f"or take another port with `make run PORT={port + 1}`.")
endef
export PORT_IS_FREE

superuser: $(BIN)/.run .env var/.seeded ## the first curator; asks for a name and a password, or takes DJANGO_SUPERUSER_*
	@$(BIN)/python manage.py createsuperuser $(if $(DJANGO_SUPERUSER_PASSWORD),--no-input)

.env:
	@echo 'Writing .env with a new secret key.'
	@umask 077; printf '%s\n' '# Made by make run, for a computer that serves only itself. .env.example explains every variable.' \
		"SECRET_KEY=$(RANDOM_KEY)" 'HTTPS=false' 'WHITENOISE_USE_FINDERS=true' > $@

# With another database than the embedded one both commands run each time; they find nothing to do in a second.
var/.seeded: $(BIN)/.run .env $(wildcard fixtures/*) $(wildcard */migrations/*.py) $(if $(wildcard $(EMBEDDED)),,FORCE)
	@mkdir -p var
	$(call quietly,Bringing the database up to date.,$(BIN)/python manage.py migrate --no-input)
	@echo 'Reading the curated tables.'
	@$(BIN)/python manage.py seed
	$(if $(EMBEDDED),@touch $@)

FORCE:

# The environment -----------------------------------------------------------------------------------------------------
# dev.lock holds all of run.lock, so one environment serves both, and `make run` leaves a developer's packages alone.

$(BIN)/.run: requirements/run.lock | $(UV)
	$(call quietly,Installing the packages of the service.,$(SYNC) requirements/$(if $(wildcard $(BIN)/.dev),dev,run).lock)
	@touch $@

$(BIN)/.dev: requirements/dev.lock | $(UV)
	$(call quietly,Installing the packages for development.,$(SYNC) $<)
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " \
		+ sys.version.split()[0] + "; name another with `make PYTHON=/path/to/python3`.")'
	@echo 'Making the environment in .venv.'
	@$(PYTHON) -m venv --without-pip .venv
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet uv==$(UV_VERSION) 2> /dev/null \
		|| { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv==$(UV_VERSION); }
	@touch $@

lock: | $(UV) ## the lock files anew from pyproject.toml; UPGRADE=1 takes the newest versions
	$(call quietly,Locking requirements/run.lock.,$(COMPILE) -o requirements/run.lock)
	$(call quietly,Locking requirements/dev.lock.,$(COMPILE) --group dev -c requirements/run.lock -o requirements/dev.lock)
	$(call quietly,Locking requirements/clients.lock.,$(COMPILE_GROUP) --group clients -o requirements/clients.lock)
	$(call quietly,Locking requirements/bench.lock.,$(COMPILE) --group bench -c requirements/run.lock -o requirements/bench.lock)

COMPILE = $(COMPILE_GROUP) pyproject.toml
COMPILE_GROUP = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url $(if $(UPGRADE),--upgrade)

# Checking it ---------------------------------------------------------------------------------------------------------

test: $(BIN)/.dev ## the whole suite on SQLite and on PostgreSQL; ARGS="-k name" for a part of it
	@$(BIN)/python tests/run.py $(ARGS)

test-clients: $(BIN)/.run $(CLIENTS)/.synced ## the service read by clients that none of us wrote; ARGS="-k sdmx" for some
	@$(CLIENTS)/bin/python -m pytest -c tests/clients/pytest.ini tests/clients $(ARGS)

$(CLIENTS)/.synced: requirements/clients.lock | $(UV)
	$(call quietly,Installing the clients.,$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(CLIENTS) \
		&& $(BIN)/uv pip sync --quiet --require-hashes --python $(CLIENTS)/bin/python $<)
	@touch $@

check: lint types layers deploy migrations openapi ## everything that is checked without running a test

lint: $(BIN)/.dev
	$(call quietly,Lint and format.,$(BIN)/ruff check --output-format concise && $(BIN)/ruff format --check --output-format concise)

format: $(BIN)/.dev ## the code put into its format, with the repairs that are safe
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet

types: $(BIN)/.dev
	$(call quietly,Types.,$(CHECKED) $(BIN)/mypy .)

layers: $(BIN)/.dev
	$(call quietly,Layers: imports go down only.,$(BIN)/lint-imports)

deploy: $(BIN)/.dev
	$(call quietly,Settings of a deployment.,$(CHECKED) $(BIN)/python manage.py check --deploy --fail-level WARNING)

migrations: $(BIN)/.dev
	$(call quietly,Migrations match the models.,$(CHECKED) $(BIN)/python manage.py makemigrations --check --dry-run)

openapi: $(BIN)/.dev $(if $(shell command -v npm),$(REDOCLY))
	@mkdir -p var
	$(call quietly,OpenAPI: complete and valid.,$(CHECKED) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/openapi.yaml)
ifneq ($(shell command -v npm),)
	$(call quietly,OpenAPI: lint.,$(REDOCLY) lint var/openapi.yaml)
else
	@echo 'OpenAPI: lint NOT RUN, for it needs Node.js with npm.'
endif

$(REDOCLY):
	$(call quietly,Installing the OpenAPI linter.,npm install --no-save --no-audit --no-fund --ignore-scripts \
		--prefix var/redocly-$(REDOCLY_VERSION) @redocly/cli@$(REDOCLY_VERSION))

DOCUMENTS ?= ../shared/documents
citations: $(BIN)/.dev ## every citation looked up in the texts of DOCUMENTS=folder
	@scratch=$$(mktemp -d); trap 'rm -r "$$scratch"' EXIT; \
		export $(CHECKED) DATABASE_URL="sqlite:///$$scratch/data.sqlite3"; \
		$(BIN)/python manage.py migrate --no-input --verbosity 0 && $(BIN)/python manage.py seed \
		&& $(BIN)/python manage.py verify_citations --documents '$(DOCUMENTS)'

# Measuring it --------------------------------------------------------------------------------------------------------
# The peers have an environment of their own, so that none of their packages is the service's.

BENCH := .venv-bench/bin
BENCH_SYNC := $(BIN)/uv pip sync --quiet --require-hashes --python $(BENCH)/python

bench: $(BENCH)/.done ## the service beside its peers, under 20 minutes; needs PostgreSQL on port 5432, wrk and psql
	@$(BENCH)/python -m benchmarks.run

bench-quick: $(BENCH)/.done ## the same with one million rows only, under 3 minutes; writes benchmarks/latest.json
	@$(BENCH)/python -m benchmarks.run --quick

$(BENCH)/.done: requirements/bench.lock | $(UV)
	$(call quietly,Installing the packages of the benchmarks.,$(BIN)/uv venv --quiet --allow-existing --python $(PYTHON) .venv-bench && $(BENCH_SYNC) $<)
	@touch $@

clean: ## the environment, tools and caches removed; the database and .env stay
	@rm -rf .venv .venv-clients .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/redocly-* var/jsonstat-* var/static \
		var/openapi.yaml var/.seeded
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
