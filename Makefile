# Table of contents. Each target is an npm script, so that Node 26 from node_modules comes first on PATH.
.DEFAULT_GOAL := help
NPM := npm run --silent
.PHONY: help setup gen fmt lint types test unit int e2e rules ladders load bill run down ci

help: ## Print this list
	@sed -nE 's/^([a-z0-9]+):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r t d; do printf '  %-8s %s\n' "$$t" "$$d"; done

setup: ## Install packages and programs (nats-server, sipp, baresip); quick when done
	@bash tools/setup/setup.sh

gen: setup ## Generate TypeScript from proto/
	@$(NPM) gen

fmt: setup ## Format and sort imports
	@$(NPM) fmt

lint: setup ## Format check, oxlint, our own checks, buf lint, buf breaking
	@$(NPM) lint

types: gen ## Type-check everything, then the cores without a platform
	@$(NPM) types

test: setup ## Everything that must hold: gen, lint, types, unit, int, e2e
	@$(NPM) test

unit: gen ## Tests without sockets; ONLY=path narrows
	@$(NPM) unit -- $(ONLY)

int: gen ## Tests with NATS, PostgreSQL or sockets; ONLY=path narrows
	@$(NPM) int -- $(ONLY)

e2e: gen ## Whole cluster against SIP phones; ONLY=path narrows
	@$(NPM) e2e -- $(ONLY)

rules: gen ## Each rule of docs/domain.md with the tests that show it
	@$(NPM) rules

ladders: gen ## Rewrite the golden call flows; review the diff
	@$(NPM) ladders

load: gen ## 20 000 calls through a whole cluster; ARGS="--calls 2000 --rate 200" changes that
	@$(NPM) load -- $(ARGS)

bill: gen ## A million records rated and invoiced; ARGS="--records 10000" changes that
	@$(NPM) bill -- $(ARGS)

run: gen ## Start a cluster on this machine
	@$(NPM) cluster:up

down: setup ## Stop it
	@$(NPM) cluster:down

ci: test ## What CI runs
