# Every target does its own set-up: a fresh clone needs Python >= 3.11, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.ready-bench

export PIP_DISABLE_PIP_VERSION_CHECK := 1
.PHONY: up demo test bench faults check format lock clean

up: $(READY)
	@"$(BIN)/canaliza" up

demo: $(READY)
	@"$(BIN)/canaliza" demo $(ARGS)

test: $(READY)
	"$(BIN)/python" -m pytest -n $(or $(WORKERS),2) --durations=25 $(ARGS)

# The peers need a database driver that the program does not: it is installed by the first run.
bench: $(BENCH_READY)
	@"$(BIN)/python" -m benchmarks $(ARGS)

$(BENCH_READY): requirements.bench.lock $(READY)
	@"$(BIN)/python" -m pip install -qq --require-hashes -r requirements.bench.lock
	@touch "$(BENCH_READY)"

# Minutes, not seconds: every fault against separate processes, then the NATS cluster and the shelters' leaf nodes.
faults: $(READY)
	@"$(BIN)/python" -m tests.faults $(ARGS)
	$(if $(ARGS),,@"$(BIN)/python" -m pytest -q -n 2 -m faults tests/faults)

check: $(READY)
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

format: $(READY)
	"$(BIN)/ruff" check --fix-only .
	"$(BIN)/ruff" format .

# The lock is universal, with hashes and without any registry's address; uv itself is not needed to install.
lock:
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra dev --extra build -o requirements.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra bench -c requirements.lock -o requirements.bench.lock

$(READY): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "canaliza needs Python 3.11 or newer")'
	@test -x "$(BIN)/python" || "$(PYTHON)" -m venv "$(VENV)"
	@echo "Instalando… · Installing…"
	@"$(BIN)/python" -m pip install -qq --require-hashes -r requirements.lock
	@"$(BIN)/python" -m pip install -qq --no-deps --no-build-isolation -e .
	@"$(BIN)/python" -c 'import services.cli'
	@touch "$(READY)"

clean:
	rm -rf "$(VENV)" var build dist
