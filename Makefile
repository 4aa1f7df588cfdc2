# The only commands to remember. Each installs the Debian packages that it misses, says so and asks nothing.
.DEFAULT_GOAL := help
.PHONY: help build test check bench bench-datalog bench-vectors soak doc serve

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## a release binary, stripped: build/prima
	@scripts/build

test: ## lint, import check, every test; fails when tests went missing
	@scripts/test

check: ## make test, and the checks themselves checked
	@scripts/check

bench: ## the benchmarks against their thresholds and rivals (ONLY=name runs one)
	@scripts/bench $(if $(ONLY),--only $(ONLY))

bench-datalog: ## Datalog beside CozoDB, mnestic, DuckDB, SQLite and PostgreSQL (ONLY=datalog-closures runs a part)
	@scripts/bench --only $(if $(ONLY),$(ONLY),datalog)

bench-vectors: ## vector searches beside their rivals: many minutes (ONLY=vectors-128-200k runs one)
	@scripts/bench-vectors $(ONLY)

soak: ## the long random tests (HISTORIES=1000000 KILLS=200 SEED=…)
	@HISTORIES="$(HISTORIES)" KILLS="$(KILLS)" SEED="$(SEED)" scripts/soak

doc: ## the documentation as a site: build/doc
	@scripts/doc

serve: ## build what is missing, and serve: http://127.0.0.1:7746
	@scripts/serve
