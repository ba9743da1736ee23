# The verbs of this project. `make` alone lists them.

PREFIX ?= /usr/local
DESTDIR ?=
CMAKE_FLAGS ?=
MINUTES ?= 30

# Where rustup puts cargo, if nothing before it has one.
export PATH := $(PATH):$(HOME)/.cargo/bin

# CMake's own tree; cargo's is shared with everything else.
BUILD := build

.PHONY: help demo test torture outside check header abi bench install clean

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: ## build, run the examples in C, look into their file, move it to a Redis
	@scripts/setup.sh demo
	@scripts/demo.sh

test: ## run the tests
	@scripts/setup.sh test
	@scripts/test.sh

torture: ## run sanitizers, rare builds, and random tests until MINUTES are over
	@scripts/setup.sh test
	@scripts/torture.sh $(MINUTES)

outside: ## run other projects' test suites against kv, through adapters
	@scripts/setup.sh outside
	@scripts/outside.sh

check: ## check formatting, lints and documentation
	@scripts/setup.sh check
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace

header: ## generate include/kv.h and include/symbols.txt
	KV_BLESS=1 cargo test --locked -p kv-tests sources::header

abi: ## compare the C interface with that of the last release
	@scripts/setup.sh test
	@scripts/abi.sh check

bench: ## compare with other stores, and measure watches, quotas and a Redis
	@scripts/setup.sh bench
	bench/run.sh
	bench/run.sh --surcharges

install: ## build and install to PREFIX, within DESTDIR
	cmake -S . -B $(BUILD) -DCMAKE_INSTALL_PREFIX="$(PREFIX)" -DKV_BUILD_CLI=ON $(CMAKE_FLAGS)
	cmake --build $(BUILD)
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD)

clean: ## remove what was built
	cargo clean
	rm -rf $(BUILD)
