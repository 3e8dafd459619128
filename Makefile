.DEFAULT_GOAL := help
.PHONY: help run demo history token parked rebuild bundle verify foreign rotate escrow test unit integration e2e faults \
        soak reliability \
        check lint types contracts docs format bench bench-growth lock audit
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready-$(shell sha256sum requirements.txt | cut -c1-16)
data ?= .data
as ?= operator

help:           ## Show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

$(READY): requirements.txt
	@echo "Installing what is needed into .venv (once) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@rm -f .venv/ready-* && touch $@

run: $(READY)        ## Start everything on this machine, from nothing; Ctrl-C stops it, data stays in .data
	@exec $(BIN)/python -m deploy.local --data $(data) $(options)

demo: $(READY)       ## Play the acceptance scenarios against what is running
	@$(BIN)/python -m deploy.demo --data $(data)

history: $(READY)    ## Tell one complaint's whole story, e.g. make history correlation=<complaint_id>
	@$(BIN)/python -m deploy.history $(correlation) --data $(data)

token: $(READY)      ## Print a bearer token, e.g. make -s token as=identification_officer
	@$(BIN)/python -m deploy.local.login --data $(data) --as $(as)

parked: $(READY)     ## List messages that were set aside; replay=<correlation> or replay=all tries again
	@$(BIN)/python -m deploy.parked --data $(data) $(if $(replay),--replay $(replay))

rebuild: $(READY)    ## Make a service's views anew while it runs: make rebuild service=triage; view=cases for one
	@$(BIN)/python -m deploy.rebuild $(service) --data $(data) $(if $(view),--view $(view))

bundle: $(READY)     ## Put a service's history into one file for an auditor: make bundle service=intake out=FILE
	@$(BIN)/python -m deploy.bundle $(service) --data $(data) $(if $(out),--out $(out))

verify: $(READY)     ## Check such files, offline: make verify bundles="intake.bundle.tar triage.bundle.tar"
	@$(BIN)/python -m shared.history.verify $(bundles) $(if $(policy),--policy $(policy))

foreign: $(READY)    ## Let other people's programs (Go's sumdb, aics-tlog) read our log, and write down what they say
	@$(BIN)/python -m tests.foreign.install

rotate: $(READY)     ## Begin a new epoch of the key of keys; destroy=yes ends the earlier ones, and old backups
	@$(BIN)/python -m deploy.rotate --data $(data) $(if $(destroy),--destroy)

escrow: $(READY)     ## Write copies of the key of keys that any two custodians open: custodians="a.pub b.pub c.pub" to=DIR
	@$(BIN)/python -m deploy.escrow seal --keks $(data)/kek --to $(or $(to),.) $(custodians)

test: $(READY)       ## Run all tests; they start their own PostgreSQL and NATS
	@$(BIN)/pytest -n 2 --dist worksteal tests/unit tests/integration
	@$(BIN)/pytest -n 2 --dist loadfile tests/e2e tests/faults

unit: $(READY)       ## The rules
	@$(BIN)/pytest tests/unit

integration: $(READY) ## The promises of the store, the bus and the HTTP side
	@$(BIN)/pytest tests/integration

e2e: $(READY)        ## What users see: the whole system
	@$(BIN)/pytest tests/e2e

faults: $(READY)     ## What users see when something breaks
	@$(BIN)/pytest tests/faults

soak: $(READY)       ## Break the whole office at random for longer: make soak minutes=10 [seed=N] [out=FILE]
	@MINUTES=$(or $(minutes),10) SEED=$(seed) RELIABILITY=$(or $(out),reliability.md) \
	  $(BIN)/pytest tests/faults/test_whole_office.py -k follows_the_other && cat $(or $(out),reliability.md)

reliability: $(READY) ## Break it in every way there is, and write what came of it into out=FILE
	@RELIABILITY=$(or $(out),reliability.md) $(BIN)/pytest tests/faults && cat $(or $(out),reliability.md)

check: lint types contracts docs test  ## Everything CI checks

format: $(READY)     ## Put the code in order
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lint: $(READY)       ## Find what is out of order
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)      ## Check the types
	@$(BIN)/mypy

contracts: $(READY)  ## Check who imports whom
	@$(BIN)/lint-imports

docs: $(READY)       ## Write docs/reference anew; fail if it was out of date
	@$(BIN)/python -m docs.generate && git diff --exit-code docs/reference

bench: $(READY)      ## Measure ours beside the bare thing; prints ratios
	@$(BIN)/python -m bench $(only)

bench-growth: $(READY) ## Fill an event store with 10 k, 100 k, 1 M events (or sizes="..."): what becomes slower?
	@$(BIN)/python -m bench.growth $(sizes)

audit: $(READY)      ## Ask for known holes in what we depend on; silence is no success
	@$(BIN)/python -m venv .venv/audit && .venv/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.*
	@$(BIN)/python -m deploy.audit .venv/audit/bin/pip-audit

lock: $(READY)       ## Choose versions anew, from pyproject.toml
	@$(BIN)/python -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv==0.13.*
	@.venv/lock/bin/uv pip compile pyproject.toml --group dev --generate-hashes --universal \
	  --python-version 3.11 --upgrade --quiet --no-emit-index-url -o requirements.txt
