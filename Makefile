# `make` or `make help` lists the targets. All of them install what they miss first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := build/python/.installed
EXAMPLE ?= pyflinkpp.examples.datastream.word_count
CPP_FILES = $(shell find cpp tests_cpp bench/cpp -name '*.h' -o -name '*.cc' 2>/dev/null)
PY_DIRS = $(wildcard python tests_py bench tools)
# Passed on: make run ARGS="--input x --output y", make test-py PYTEST_ARGS="-k window", CTEST_ARGS="-R Valve".
ARGS ?=
PYTEST_ARGS ?= -q
CTEST_ARGS ?=
# Of a build, only what the compiler has to say.
QUIETLY = -- --quiet | sed '/^ninja: no work to do/d'

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: deps
deps: ## Install missing Debian packages, and Python packages into .venv
	@tools/install_dependencies.sh

# pip configures build/python and makes the package importable from python/. It is needed once and when
# pyproject.toml changes; from then on it's CMake's work to bring the module up to date, which takes seconds.
.PHONY: build
build: deps ## Build the Python module into .venv
	@if [ ! $(INSTALLED) -nt pyproject.toml ]; then \
	  echo "Installing pyflinkpp into $(VENV) (the first build takes minutes)"; \
	  $(PYTHON) -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .; \
	  touch $(INSTALLED); \
	fi
	@cmake=$$(sed -n 's/^CMAKE_COMMAND:INTERNAL=//p' build/python/CMakeCache.txt); \
	  "$$cmake" --build build/python $(QUIETLY); \
	  site=$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("platlib"))'); \
	  "$$cmake" --install build/python --component python --prefix "$$site" >/dev/null

.PHONY: run
run: build ## Run the word count example (ARGS="--input x --output y")
	@$(PYTHON) -m $(EXAMPLE) $(ARGS)

# $(call cpp_tests,PRESET): configures when new, builds, runs.
define cpp_tests
	@[ -f build/$(1)/build.ninja ] || cmake --preset $(1) --log-level=WARNING >/dev/null
	@cmake --build --preset $(1) $(QUIETLY)
	@ctest --preset $(1) $(CTEST_ARGS)
endef

.PHONY: test test-cpp test-py asan tsan
test: test-cpp test-py ## Run all tests, C++ and Python

test-cpp: deps ## Run the C++ tests
	$(call cpp_tests,release)

test-py: build ## Run the Python tests and doctests
	@$(PYTHON) -m pytest $(PYTEST_ARGS)

asan: deps ## Run the C++ tests under the address and undefined behaviour sanitizers
	$(call cpp_tests,asan)

tsan: deps ## Run the C++ tests under the thread sanitizer
	$(call cpp_tests,tsan)

KILLS ?= 100
SEED ?=
.PHONY: chaos
chaos: build ## Kill jobs with SIGKILL, KILLS=100 times, and look for lost and doubled records
	@PYTHONPATH=tools $(PYTHON) -m chaos.kills --kills $(KILLS) $(if $(SEED),--seed $(SEED))

LOOPS ?= 100
.PHONY: rescale
rescale: build ## Stop and rescale a job with all kinds of state, LOOPS=100 times on busy cores
	@PYTHONPATH=tests_py $(PYTHON) -m datastream.rescaling $(LOOPS) $(or $(SEED),1)

.PHONY: bench
bench: build ## Run the benchmarks (ARGS goes to bench/run.py)
	@$(PYTHON) bench/run.py $(ARGS)

.PHONY: format
format: deps ## Format C++ and Python
	@clang-format-14 -i $(CPP_FILES)
	@$(VENV)/bin/ruff check -q --fix $(PY_DIRS)
	@$(VENV)/bin/ruff format -q $(PY_DIRS)

.PHONY: lint
lint: deps ## Check format, types and the include graph
	@clang-format-14 --dry-run -Werror $(CPP_FILES)
	@$(VENV)/bin/ruff format -q --check $(PY_DIRS)
	@$(VENV)/bin/ruff check -q $(PY_DIRS)
	@$(VENV)/bin/mypy --no-error-summary
	@$(PYTHON) tools/include_arrows.py cpp --depth dataflow,control --quiet
	@if grep -rlE 'pybind11|Python\.h|PyGILState' cpp --include='*.h' --include='*.cc' | grep -v '^cpp/bindings/'; \
	  then echo 'lint: Python outside cpp/bindings/ in the files above' >&2; exit 1; fi

.PHONY: stubs
stubs: build ## Write python/pyflinkpp/_native.pyi anew from the compiled module
	@$(VENV)/bin/pybind11-stubgen pyflinkpp._native -o build/stubs >/dev/null
	@cp build/stubs/pyflinkpp/_native.pyi python/pyflinkpp/_native.pyi
	@$(VENV)/bin/ruff format -q python/pyflinkpp/_native.pyi

.PHONY: wheel
wheel: deps ## Build a manylinux wheel into dist/
	@rm -rf build/wheels
	@$(PYTHON) -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps \
	  -C build-dir=build/wheel -w build/wheels .
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PYTHON) -m auditwheel repair -w dist build/wheels/*.whl

.PHONY: clean
clean: ## Remove what was built (not .venv)
	@rm -rf build dist
