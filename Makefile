.DEFAULT_GOAL := help
VENV ?= .venv
PY := $(VENV)/bin/python
GRIDPRIO := PYTHONPATH=python $(PY) -m gridprio
CARGO := $(shell command -v cargo 2>/dev/null)

.PHONY: help extension
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

extension: ## build the Rust extension into python/gridprio (in place)
	cargo build --release -p gridprio-py
	cp target/release/lib_core.so python/gridprio/_core.abi3.so.new && mv python/gridprio/_core.abi3.so.new python/gridprio/_core.abi3.so
