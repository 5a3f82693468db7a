# make test   everything that must be true, as an ordinary user (root prepares one); make help lists the rest

PYTHON ?= $(shell command -v python3)
VENV ?= .venv
STAMP := $(VENV)/.installed

.PHONY: help venv test test-slow lint demo bench generate record axe check check-slow

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

test: ## lint, types, layers and the suite
	@.ci/as-user check

test-slow: ## the long fault and kill loops
	@.ci/as-user check-slow

demo: venv ## the main job in a throw-away home: set, cd, exec, masked
	@PATH="$(abspath $(VENV))/bin:$$PATH" bash tests/demo.sh

bench: venv ## every benchmark, one table in docs/benchmarks.md
	@$(VENV)/bin/python benchmarks/run.py

lint: venv ## ruff, mypy, import-linter, shellcheck, shfmt, zsh -n, fish_indent
	@.ci/check lint

generate: venv ## completions, man page and docs/cli.md, out of the parsers
	@$(VENV)/bin/python completions/generate.py
	@$(VENV)/bin/python man/generate.py

venv: $(STAMP) ## the virtual environment with everything for development

# pip 25.1 is the first that reads dependency groups.
$(STAMP): pyproject.toml
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || .ci/as-user --packages
	@echo 'filling $(VENV) with what development needs, which takes a minute or two'
	@test -x $(VENV)/bin/python || "$(PYTHON)" -m venv $(VENV)
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check 'pip>=25.1'
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check --compile -e . --group dev
	@touch $@

record: venv ## the terminal recording of README.md
	@PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python docs/recording/record.py
	@$(VENV)/bin/python docs/recording/quote.py

axe: build/axe/node_modules/axe-core/axe.min.js ## the accessibility checker of the page's tests, from npm

build/axe/node_modules/axe-core/axe.min.js:
	@if command -v npm >/dev/null; then \
		npm install --silent --prefix build/axe --no-save --ignore-scripts --no-audit --no-fund axe-core@4 \
			|| echo 'axe-core cannot be fetched: the test with it will be skipped'; \
	else echo 'no npm: the test with axe-core will be skipped'; fi

check: venv axe
	@CREDS_AXE=$(abspath build/axe/node_modules/axe-core/axe.min.js) .ci/check test

check-slow: venv
	@.ci/check test-slow
