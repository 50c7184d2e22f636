# The one front door: CI, hooks and people call these targets.
.DEFAULT_GOAL := help
VENV ?= .venv
PYTHON ?= python3
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt
CARGO := $(shell command -v cargo 2>/dev/null)
WORKERS ?= 2
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
FAST := tests/structure tests/unit tests/kernels tests/security

# Tests start many processes; each of them would compile every file anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: pictures wheel wheel-pure site container help setup extension demo test test-fast test-rust test-python bench-instructions fuzz fuzz-inputs lint format types docs browser axe valgrind clean
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*p["project"]["dependencies"], *p["project"]["optional-dependencies"]["simbench"], *p["project"]["optional-dependencies"]["cgmes"], *p["project"]["optional-dependencies"]["gis"], *p["project"]["optional-dependencies"]["board"], *p["dependency-groups"]["dev"], sep="\n")' > $(VENV)/requirements.txt
	{ ! $(PY) -m pip config list | grep -q index && $(PIP) --only-binary uv uv \
		&& $(PY) -m uv pip install --quiet --python $(PY) -c constraints.txt -r $(VENV)/requirements.txt; } \
		|| { echo "pip installs the packages: it has an index of its own, or uv is absent or failed"; $(PIP) -r $(VENV)/requirements.txt; }
	@$(PY) -c 'import site, pathlib; pathlib.Path(site.getsitepackages()[0], "gridprio-source.pth").write_text("$(CURDIR)/python\n")'
	@printf '#!%s\nfrom gridprio.cli import main\n\nif __name__ == "__main__":\n    main()\n' "$(abspath $(PY))" > $(VENV)/bin/gridprio && chmod +x $(VENV)/bin/gridprio
	@touch $@

setup: $(VENV)/installed extension ## virtual environment, dependencies, Rust extension

extension: ## build the Rust extension in place (without cargo: say so and go on with Numba)
ifeq ($(CARGO),)
	@echo "cargo not found: gridprio runs on its Numba backend. For the Rust core install a current stable Rust (1.89 or newer) with rustup."
else
	cargo build --release --quiet -p gridprio-py
	@cp target/release/lib_core.so python/gridprio/_core.abi3.so.new && mv python/gridprio/_core.abi3.so.new python/gridprio/_core.abi3.so
endif

demo: setup ## the main job: run the fictional province and print the answer and the page
	$(VENV)/bin/gridprio run data/grids/fictional-province --out runs/demo

test: setup browser axe valgrind ## set up and pass the tests; while cargo works on one core, Python has the other
	$(MAKE) --no-print-directory --jobs 2 test-rust test-python

test-fast: setup ## within a minute: tests of every room, one member of each, the kernels on the reference and one instruction set
	$(PYTEST) --members 1 -m "not slow" -k "not numba and not portable and not avx2" $(FAST)

test-rust: ## tests of the Rust crates
ifneq ($(CARGO),)
	cargo test --quiet --workspace
endif

test-python: $(VENV)/installed ## pytest
	$(if $(CARGO),GRIDPRIO_REQUIRE_RUST=1) $(PYTEST)

browser: ## Chromium for the page tests, from Debian, where absent
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || echo "chromium is absent and could not be installed: page tests skip"

axe: ## axe-core (MPL-2.0, for tests alone, not shipped) for the accessibility test, from npm, where absent
	@test -e .make/axe/node_modules/axe-core/axe.min.js || { command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix .make/axe axe-core@4.10.3; } || echo "axe-core is absent and could not be fetched: the accessibility test skips"

valgrind: ## Valgrind for the instruction counts, from Debian, where absent
	@command -v valgrind >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind >/dev/null; } || echo "valgrind is absent and could not be installed: the instruction counts skip"

bench-instructions: $(VENV)/installed valgrind ## instructions per load flow against the stored figures (UPDATE=1 stores them)
	PYTHONPATH=python:. $(PY) -m benches.instructions $(if $(UPDATE),--update)

fuzz-inputs: $(VENV)/installed ## 100,000 odd inputs per light reader, 2,000 through pandapower, all networks, 60 kills (FUZZ=0.1: a tenth)
	GRIDPRIO_FUZZ=$(or $(FUZZ),long) $(PY) -m pytest -n 2 --dist worksteal tests/fuzz tests/unit/grid/matpower/test_fuzz.py \
		tests/properties/test_fuzz_readers.py tests/properties/test_table_fuzz.py tests/properties/test_bounds.py tests/survival \
		tests/cross_check/test_pandapower_networks.py

fuzz: ## search for inputs that break the core (FUZZ_SECONDS=60 of it)
	rust/fuzz/run $(or $(FUZZ_SECONDS),60)

lint: setup ## formatting, lint, types, import contract, for both languages
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
ifneq ($(CARGO),)
	cargo fmt --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
endif

format: ## format both languages
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
	$(if $(CARGO),cargo fmt)

docs: $(VENV)/installed ## write the generated pages and the JSON Schema anew
	PYTHONPATH=python $(PY) -m gridprio.inputs.document
	PYTHONPATH=python $(PY) -m gridprio.cli.document

pictures: demo browser ## pictures of the README: the report and the board of the fictional province
	PYTHONPATH=python:. $(PY) -m tests.browser.pictures runs/demo

wheel: $(VENV)/installed ## sdist and wheel in dist/, then the demo study and the tutorials from the wheel in a fresh environment
	.ci/with-ready-studies $(VENV)/bin/maturin build --release --sdist --out dist
	.ci/try-wheel dist/gridprio-*-cp311-abi3-*.whl

wheel-pure: $(VENV)/installed ## the same wheel without Rust, for machines that no built wheel fits (Numba backend)
	.ci/pure-wheel dist/gridprio-*-cp311-abi3-*.whl
	.ci/try-wheel dist/gridprio-*-py3-none-any.whl

site: $(VENV)/site/installed ## documentation as a site, in site/
	$(VENV)/site/bin/zensical build --clean --strict

$(VENV)/site/installed: pyproject.toml $(VENV)/installed
	$(PYTHON) -m venv $(VENV)/site
	@$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["site"], sep="\n")' > $(VENV)/site/requirements.txt
	$(VENV)/site/bin/python -m pip install --quiet --disable-pip-version-check -r $(VENV)/site/requirements.txt
	@touch $@

container: ## container image with gridprio and its Rust core (docker, or podman: ENGINE=podman)
	$(or $(ENGINE),docker) build -f Containerfile -t gridprio .

clean: ## remove what was built
	rm -rf $(VENV) target runs dist site python/gridprio/_core.abi3.so
