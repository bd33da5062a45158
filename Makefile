# Everything is a script in scripts/; this file is their list.

.PHONY: run build test check dev bench proof

# Tools, libraries, release build, database in data/, demo data when it is empty; then serves on http://127.0.0.1:3000.
run: build
	@scripts/run.sh

# The release binary target/release/holdfast and the site in target/site.
build:
	@scripts/setup.sh build
	@scripts/build.sh

# All checks and tests.
test:
	@scripts/setup.sh test
	@scripts/test.sh

# Format, lints and documentation only.
check:
	@scripts/setup.sh check
	@scripts/check.sh

# Builds again and reloads the page at each change.
dev:
	@scripts/setup.sh dev
	@HOLDFAST_DEMO=$${HOLDFAST_DEMO:-1} cargo leptos watch

# How fast pages and actions are, beside bare handlers of the same work.
bench: build
	@scripts/setup.sh bench
	@scripts/bench.sh

# The proofs at their full counts (hours), and planted bugs that each must be caught; PROOFS="races kill" runs only these.
proof:
	@scripts/setup.sh test
	@scripts/proof.sh $(PROOFS)
