# One vocabulary for people, hooks and CI. Every target does its own set-up.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help up down status test test-typescript test-python test-charts test-rules test-gateway test-viewer test-ci e2e e2e-ci e2e-existing e2e-published lint format typecheck rooms unused check train handbook bench conformance drain fuzz exporter-study silence-study delivery-study delivery-e2e figures measure-up measure-test drift-study publish setup setup-node setup-browser setup-python

STEP := scripts/step
PYTHON_LOCKS := pipeline/requirements.lock pipeline/requirements-dev.lock ci/requirements.lock
VENV := .venv/bin
# They start Buildbot, which takes minutes.
CI_MASTER_TESTS := $(patsubst %,__tests__/ci/test_%.py,access answers command_line lost_database runners triggers)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: setup-node ## cluster, platform, and a first model trained, deployed and answering on localhost:8080
	@./mlops up

down: setup-node ## remove everything that up made; PURGE=1 also the caches
	@./mlops down $(if $(PURGE),--purge)
	$(if $(PURGE),rm -rf node_modules .venv .tools)

status: setup-node ## what runs, since when, trained on what, how good
	@./mlops status

# macOS' own make, 3.81, cannot keep lines of two jobs apart.
test: ## every test that needs no cluster
	@$(MAKE) --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=line) test-typescript test-python test-charts

test-typescript: setup-node
	@npm test --silent

test-python: setup-python
	@$(VENV)/python -m pytest -q $(addprefix --ignore=,$(CI_MASTER_TESTS))

# Chart tests run in helm-unittest, which is built or fetched on first use.
test-charts: setup-node
	@"$$(node --import tsx toolchain/main.ts helm-unittest)" charts/*

# Rules are tested in promtool, which is built or fetched on first use.
test-rules: setup-node ## alerts fire and stay silent, in promtool
	@PROMTOOL="$$(node --import tsx toolchain/main.ts promtool)" node --import tsx __tests__/monitoring/promtool/main.ts

test-gateway: setup-node ## the gateway's tests on the nginx that the platform runs; make test skips them on most machines
	@scripts/test-gateway

test-viewer: setup-node setup-browser ## the stand-in for Grafana in a browser; make test skips it where its page is not built
	@$(STEP) 'Build the page of the dashboards' scripts/viewer-page
	@npm test --silent -- __tests__/dashboards

test-ci: setup ## the CI on a real Buildbot master: triggers, lost runners, restarts; minutes
	@$(VENV)/python -m pytest -q $(CI_MASTER_TESTS)

setup-browser: setup-node
	@node --import tsx toolchain/main.ts browser

e2e: setup-node setup-browser ## the cluster tests, on a separate cluster with other ports
	@npm run e2e --silent

e2e-ci: setup-node ## what takes the CI longer in a cluster: a commit tested, built and served; lost runners; half an hour
	@npm run e2e-ci --silent

e2e-existing: setup-node ## the platform on a second kind cluster that it did not make, from a TLS registry with a password; 20 GiB of disk
	@npm run e2e-existing --silent

e2e-published: setup-node ## the platform from published images: stand-ins under their names, in their layouts; 20 GiB of disk, half an hour the first time
	@npm run e2e-published --silent

delivery-e2e: setup-node ## bad canaries, killed pods, rollbacks without Terraform and MLflow, autoscaling, on the cluster tests' cluster, which stays; an hour and a half; DELIVERY_PARTS=kills,rollbacks,autoscaling,canary for some, CANARY_E2E=short for fewer of each
	@CANARY_E2E=$(or $(CANARY_E2E),long) npm run delivery-e2e --silent

check: lint format typecheck rooms unused ## lint, format, typecheck, who imports whom, and exports that nobody imports

publish: setup-node ## the model server of this commit into OCI_REGISTRY, built without a container engine
	@node --import tsx toolchain/main.ts publish --source $(or $(IMAGES_SOURCE),auto)

lint: setup ## no warnings allowed
	@npm run lint --silent
	@$(VENV)/ruff check .

format: setup ## is everything formatted
	@npm run format --silent
	@$(VENV)/ruff format --check .

typecheck: setup ## TypeScript and Python
	@npm run typecheck --silent
	@$(VENV)/mypy

rooms: setup-node ## rooms import only what they may, without cycles
	@npm run rooms --silent

unused: setup-node ## no file or export that nobody imports
	@npm run unused --silent

train: setup ## the whole training pipeline on this machine, without a cluster; MODEL=fraud
	@$(VENV)/python -m pipeline train $(or $(MODEL),fraud) --output .mlops/train

handbook: setup ## the default recipe on the Fraud Detection Handbook's data, beside its published table; DATA=file.parquet
	@$(VENV)/python -m studies.handbook $(DATA)

bench: setup ## the model server beside others, about 20 minutes; BENCH_QUICK=1 for a short look, BENCH_BEFORE=commit for what changes cost
	@node --import tsx studies/bench/main.ts

conformance: setup-node ## the model server against Triton's own clients: JSON, binary, gRPC
	@node --import tsx studies/conformance/main.ts

drain: setup-node ## fifty restarts of the model server under load lose no request, a few minutes
	@node --import tsx studies/drain/main.ts 50

fuzz: setup ## generated requests (FUZZ_CASES), kept cases, connections (CONNECTION_CASES), every attack at once for five minutes, straight and through the gateway (ATTACK_SECONDS), and inputs of the pipeline (FUZZ_PIPELINE_CASES)
	@node --import tsx studies/fuzz/main.ts
	@node --import tsx studies/fuzz/regressions/main.ts
	@scripts/with-nginx node --import tsx studies/fuzz/connections/main.ts
	@node --import tsx studies/fuzz/pipeline/main.ts

exporter-study: setup-node ## seconds per cycle of the quality exporter with 0.1, 1 and 10 million logged rows; needs Debian's postgresql
	@node --import tsx studies/exporter/main.ts $(EXPORTER_ROWS)

silence-study: setup ## 90 healthy days are backfilled and every rule evaluated over them: nothing may fire; half an hour
	@node --import tsx studies/silence/main.ts $(SILENCE_DAYS)

delivery-study: setup-node ## simulated canaries: how often a good one is rolled back, and a worse one promoted; minutes
	@node --import tsx studies/delivery/main.ts $(DELIVERY_SHARE)

figures: setup-node ## the recorded figures into README.md
	@node --import tsx studies/recorder/main.ts

drift-study: setup ## how often the drift alert is false, and how soon it sees a change; an hour; PATHS=3 for fewer
	@node --import tsx studies/drift/main.ts $(PATHS)

measure-up: setup-node ## times make up from nothing and with filled caches, in a fresh clone; about an hour
	@node --import tsx studies/time/main.ts up

measure-test: setup-node ## times make test from nothing and again, in a fresh clone
	@node --import tsx studies/time/main.ts test

setup: setup-node setup-python

setup-node: node_modules/.package-lock.json

# uv compares the environment with the locks in a fraction of a second.
setup-python:
	@$(STEP) 'Python packages in .venv as locked (900 MB)' scripts/python-environment $(PYTHON_LOCKS)

node_modules/.package-lock.json: package-lock.json package.json cli/package.json model-server/package.json quality/package.json rollout/package.json
	@$(STEP) 'install npm packages into node_modules (600 MB)' npm ci
	@touch $@
