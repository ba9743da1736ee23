# The verbs of this project. `make` alone lists them.

# Unset, /usr/local for a build, and for an installation the prefix of the build.
PREFIX ?=
DESTDIR ?=
CMAKE_FLAGS ?=
MINUTES ?= 30
TARGETS ?=

# Where rustup puts cargo, if nothing before it has one.
export PATH := $(PATH):$(HOME)/.cargo/bin

# CMake's own tree; cargo's is shared with everything else.
BUILD := build
flags_are_of_build := make install compiles nothing: give CMAKE_FLAGS to "make build", and install then
not_built := kv is not built yet: run "make build" as yourself, not as root, and then "make install"

.PHONY: help build install uninstall demo test torture outside check docs header abi bench dist release clean

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

build: ## build the libraries and the command, as yourself
	@scripts/setup.sh --dry-run build
	cmake -S . -B $(BUILD) -DCMAKE_INSTALL_PREFIX="$(or $(PREFIX),/usr/local)" -DKV_BUILD_CLI=ON $(CMAKE_FLAGS)
	cmake --build $(BUILD)

install: ## copy what is built to PREFIX, within DESTDIR; as root where that needs it
	@test -z "$(CMAKE_FLAGS)" || { echo >&2 '$(flags_are_of_build)'; exit 1; }
	@test -e $(BUILD)/cmake_install.cmake || { echo >&2 '$(not_built)'; exit 1; }
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD) $(if $(PREFIX),--prefix "$(PREFIX)")

uninstall: ## remove what was installed last, within DESTDIR
	@DESTDIR="$(DESTDIR)" cmake -DKV_MANIFEST="$(BUILD)/install_manifest.txt" -DKV_PREFIX="$(PREFIX)" \
		-P cmake/uninstall.cmake

demo: ## build, run the examples in C, look into their file, move it to a Redis
	@scripts/setup.sh demo
	@scripts/demo.sh

test: ## run the tests
	@scripts/setup.sh test dist
	@scripts/test.sh

torture: ## run sanitizers, rare builds, and random tests until MINUTES are over
	@scripts/setup.sh test dist dist-targets
	@scripts/torture.sh $(MINUTES)

outside: ## run other projects' test suites against kv, through adapters
	@scripts/setup.sh outside
	@scripts/outside.sh

check: ## check formatting, lints and documentation
	@scripts/setup.sh check
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo check --locked --quiet --manifest-path tests/loom/Cargo.toml --target-dir target/loom
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace

docs: ## build the documentation site, and look at its pages in a browser
	@scripts/setup.sh docs
	@scripts/docs.sh

header: ## generate include/kv.h, and from it the lists of symbols
	KV_BLESS=1 cargo test --locked -p kv-tests sources::header

abi: ## compare the C interface with that of the last release
	@scripts/setup.sh test
	@scripts/abi.sh check

bench: ## compare with other stores, and measure watches, quotas and a Redis
	@scripts/setup.sh bench
	bench/run.sh
	bench/run.sh --surcharges

dist: ## make the packages of a release in dist/, and install and use each
	@scripts/setup.sh dist $(if $(TARGETS),dist-targets)
	@TARGETS="$(TARGETS)" scripts/dist.sh
	@tests/dist/run.sh long

release: ## go through the checklist of a release
	@scripts/setup.sh check test dist
	@scripts/release.sh

clean: ## remove what was built
	cargo clean
	rm -rf $(BUILD)
