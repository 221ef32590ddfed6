# One page of commands; `make help` lists them. A step says nothing more than its name unless it fails.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
DOCUMENTS ?= ../shared/documents
UV_VERSION := 0.13.9

BIN := .venv/bin
CLIENTS := .venv-clients
BENCH := .venv-bench/bin
UV := $(BIN)/.uv-$(UV_VERSION)
SYNC := $(BIN)/uv pip sync --quiet --require-hashes --python
RANDOM_KEY := $$(head -c 48 /dev/urandom | base64)

# A production's environment, with nothing behind it: what `manage.py check --deploy` shall be asked about.
CHECKED := SECRET_KEY="$(RANDOM_KEY)" DEBUG=false HTTPS=true WHITENOISE_USE_FINDERS=false DATABASE_URL=sqlite://:memory: \
	HSTS_SECONDS=31536000 HSTS_SUBDOMAINS=true HSTS_PRELOAD=true

# The embedded database, unless the environment or .env names another.
EMBEDDED := $(if $(DATABASE_URL)$(shell grep -s '^DATABASE_URL=' .env),,var/data.sqlite3)

# What Python compiled is kept, beside nobody's sources: each process would compile it again, which takes most of a short one's time.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/var/bytecode
export UV_PYTHON_DOWNLOADS := never
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: $(shell grep -o '^[a-z-]*:' $(firstword $(MAKEFILE_LIST)) | tr -d :) FORCE

# $(call quietly,what is done,command): the name of the step, and its output only where it fails.
quietly = @echo '$(1)'; output=$$({ $(2); } 2>&1) || { printf '%s\n' "$$output"; exit 1; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Running it ----------------------------------------------------------------------------------------------------------
run: $(BIN)/.run .env var/.seeded ## the service on http://$HOST:$PORT, with all that it needs set up first
	@mkdir -p var/static
	@exec $(BIN)/python -m config.server --host '$(HOST)' --port '$(PORT)' --workers '$(WORKERS)'
superuser: $(BIN)/.run .env var/.seeded ## the first curator; asks for a name and a password, or takes DJANGO_SUPERUSER_*
	@$(BIN)/python manage.py createsuperuser $(if $(DJANGO_SUPERUSER_PASSWORD),--no-input)
backup: $(BIN)/.run .env ## all that the store holds, in var/backups/
	@$(BIN)/python manage.py backup
restore: $(BIN)/.run .env ## FILE=var/backups/… into an empty store; REPLACE=1 also where it is not empty
	@test -n '$(FILE)' || { echo 'Name the backup: make restore FILE=var/backups/….zip'; exit 2; }
	@mkdir -p var
	$(call quietly,Bringing the database up to date.,$(BIN)/python manage.py migrate --no-input)
	@$(BIN)/python manage.py restore '$(FILE)' $(if $(REPLACE),--replace)
	$(if $(EMBEDDED),@touch var/.seeded)
.env:
	@echo 'Writing .env with a new secret key.'
	@umask 077; printf '%s\n' '# Made by make run, for a computer that serves only itself. .env.example explains every variable.' \
		"SECRET_KEY=$(RANDOM_KEY)" 'HTTPS=false' 'WHITENOISE_USE_FINDERS=true' 'COMMANDS_PUBLISH=true' > $@
# With another database than the embedded one both commands run each time; they find nothing to do in a second.
var/.seeded: $(BIN)/.run .env $(wildcard fixtures/*) $(wildcard */migrations/*.py) $(if $(wildcard $(EMBEDDED)),,FORCE)
	@mkdir -p var
	$(call quietly,Bringing the database up to date.,$(BIN)/python manage.py migrate --no-input)
	@echo 'Reading the curated tables.'
	@$(BIN)/python manage.py seed
	$(if $(EMBEDDED),@touch $@)
FORCE:
# The environment: dev.lock holds all of run.lock, so one serves both, and `make run` leaves a developer's packages alone ----
$(BIN)/.run: requirements/run.lock | $(UV)
	$(call quietly,Installing the packages of the service.,$(SYNC) $(BIN)/python requirements/$(if $(wildcard $(BIN)/.dev),dev,run).lock)
	@touch $@
$(BIN)/.dev: requirements/dev.lock | $(UV)
	$(call quietly,Installing the packages for development.,$(SYNC) $(BIN)/python $<)
	@touch $@
$(UV):
	@$(PYTHON) tools/environment.py $(UV_VERSION) && touch $@
$(CLIENTS)/.synced: requirements/clients.lock | $(UV)
	$(call quietly,Installing the clients.,$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(CLIENTS) && $(SYNC) $(CLIENTS)/bin/python $<)
	@touch $@
$(BENCH)/.done: requirements/bench.lock | $(UV)
	$(call quietly,Installing the packages of the benchmarks.,$(BIN)/uv venv --quiet --allow-existing --python $(PYTHON) .venv-bench && $(SYNC) $(BENCH)/python $<)
	@touch $@
lock: | $(UV) ## the lock files anew from pyproject.toml; UPGRADE=1 takes the newest versions
	@$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)
# Checking it ---------------------------------------------------------------------------------------------------------
test: $(BIN)/.dev ## the whole suite on SQLite and on PostgreSQL; ARGS="-k name" for a part of it
	@$(BIN)/python -m tests.run $(ARGS)
coverage: $(BIN)/.dev ## the same, with the lines and branches that no test runs: var/coverage/index.html
	@mkdir -p var/coverage && rm -f var/coverage/data* && $(BIN)/python -m tests.run --cov --cov-append --cov-report html $(ARGS)
test-clients: $(BIN)/.run $(CLIENTS)/.synced ## the service read by clients that none of us wrote; ARGS="-k sdmx" for some
	@$(CLIENTS)/bin/python -m pytest -c tests/clients/pytest.ini tests/clients $(ARGS)
drill: $(BIN)/.dev ## each step towards the public killed at each instant, attacks on the running service, all landings, all answers of both stores; minutes
	@DRILL=1 $(BIN)/python -m tests.run tests/curation/releases/test_killed_publication.py tests/curation/tables/test_codes.py tests/faults tests/landings tests/stores -n 0 --durations 10
landing: $(BIN)/.dev ## NAME=… drills the stores of all landings, and keeps one of this and the digests of its migrations for later changes
	@test -n '$(NAME)' || { echo 'Name the landing: make landing NAME=$$(git rev-parse --short HEAD)'; exit 2; }
	$(call quietly,Trying the stores of all landings.,DRILL=1 POSTGRES_REQUIRED=1 $(BIN)/python -m tests.run tests/landings -n 0)
	$(call quietly,Keeping a store of this landing: tests/landings/$(NAME).zip,$(BIN)/python -m tests.landings.make '$(NAME)')
check: openapi lint layers types ## everything that is checked without running a test
lint: $(BIN)/.dev
	$(call quietly,Lint and format.,$(BIN)/ruff check --output-format concise && $(BIN)/ruff format --check --output-format concise)
format: $(BIN)/.dev ## the code put into its format, with the repairs that are safe
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet
types: $(BIN)/.dev
	$(call quietly,Types.,$(CHECKED) $(BIN)/mypy .)
layers: $(BIN)/.dev
	$(call quietly,Layers: imports go down only.,$(BIN)/lint-imports)
service: $(BIN)/.dev
	@mkdir -p var
	$(call quietly,Settings of a deployment; migrations match the models; OpenAPI: complete.,$(CHECKED) $(BIN)/python tools/commands.py \
		'check --deploy --fail-level WARNING' 'makemigrations --check --dry-run' 'spectacular --fail-on-warn --file var/openapi.yaml')
openapi: service
	$(if $(shell command -v npm),$(call quietly,OpenAPI: lint.,tools/openapi.sh),@echo 'OpenAPI: lint NOT RUN, for it needs Node.js with npm.')
citations: $(BIN)/.dev ## every citation looked up in the texts of DOCUMENTS=folder
	@$(CHECKED) $(BIN)/python tools/citations.py '$(DOCUMENTS)'
# Measuring it: the peers have an environment of their own, so that none of their packages is the service's -----------
bench: $(BENCH)/.done ## the service beside its peers, under 20 minutes; needs PostgreSQL on port 5432, wrk and psql
	@$(BENCH)/python -m benchmarks.run
bench-quick: $(BENCH)/.done ## the same with one million rows only, about 5 minutes; writes benchmarks/latest.json
	@$(BENCH)/python -m benchmarks.run --quick
clean: ## the environment, tools and caches removed; the database and .env stay
	@rm -rf .venv .venv-clients $(wildcard .*_cache) .hypothesis var/bytecode var/redocly-* var/jsonstat-* var/static var/coverage var/openapi.yaml var/.seeded
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
