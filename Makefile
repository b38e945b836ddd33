# Every target does its own set-up: a fresh clone needs Python >= 3.11, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.ready-bench
RELEASE_READY := $(VENV)/.ready-release
TYPESCRIPT := $(VENV)/typescript
TYPESCRIPT_LOCK := tests/integration/typescript_client

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What Python compiled it keeps: otherwise each of hundreds of processes that tests start compiles the program again.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: up demo quick test collected chromium nginx screens bench faults search check reference format lock release \
  clean

up: $(READY)
	@"$(BIN)/canaliza" up

demo: $(READY)
	@"$(BIN)/canaliza" demo $(ARGS)

# Before each commit: no server is started, properties look at a tenth of the examples.
quick: $(READY)
	CANALIZA_PROPERTIES=quick "$(BIN)/python" -m pytest -q -n $(or $(WORKERS),2) --dist worksteal \
	  -m "not slow and not faults and not search" tests/unit tests/contract $(ARGS)

# Some tests wait: three workers keep two cores busy, and a fourth would take a fifth more of them for the same work.
test: $(READY) $(TYPESCRIPT)/.ready chromium nginx
	"$(BIN)/python" -m pytest -n $(or $(WORKERS),3) --dist worksteal --durations=25 $(ARGS)

# Finds every test, which compiles them: four workers that begin at once would each compile all.
collected: $(READY)
	@"$(BIN)/python" -m pytest -q --collect-only >/dev/null

# What generates and compiles a TypeScript client. Where npm cannot be reached, the one test that needs it fails.
$(TYPESCRIPT)/.ready: $(TYPESCRIPT_LOCK)/package-lock.json $(READY)
	@mkdir -p "$(TYPESCRIPT)"
	@cp "$(TYPESCRIPT_LOCK)/package.json" "$(TYPESCRIPT_LOCK)/package-lock.json" "$(TYPESCRIPT)"
	-@cd "$(TYPESCRIPT)" && PATH="$(abspath $(BIN)):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent \
	  && touch .ready

# The browser that the tests of pages drive: root of a Debian gets it once, with a font that has every letter we need.
# Elsewhere those tests fail and say what to type; CANALIZA_CHROMIUM names another browser.
CHROMIUM := chromium chromium-browser google-chrome google-chrome-stable
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300

chromium:
	-@for name in $(CHROMIUM); do command -v "$$name" >/dev/null && exit 0; done; \
	  test -z "$$CANALIZA_CHROMIUM" && test "$$(id -u)" = 0 && command -v apt-get >/dev/null || exit 0; \
	  echo "Instalando Chromium… · Installing Chromium…"; \
	  { $(APT) update && $(APT) install --no-install-recommends chromium fonts-dejavu-core; } >/dev/null

# The proxy that stands before the services. It is unpacked and not installed: as a package it would be started.
nginx: $(READY)
	-@PATH="$$PATH:/usr/sbin:/usr/local/sbin:$(abspath $(VENV))/nginx/usr/sbin" command -v nginx >/dev/null && exit 0; \
	  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0; \
	  echo "Desempacando nginx… · Unpacking nginx…"; \
	  mkdir -p "$(VENV)/nginx" && cd "$(VENV)/nginx" || exit 0; \
	  { apt-get -qq download nginx || { $(APT) update && apt-get -qq download nginx; }; } >/dev/null 2>&1; \
	  dpkg-deb --extract nginx_*.deb . && rm nginx_*.deb

# A picture of every page, of the played day, for the guides.
screens: $(READY) chromium
	@"$(BIN)/python" -m tests.browser.screens

# The peers need a database driver that the program does not: it is installed by the first run.
bench: $(BENCH_READY)
	@"$(BIN)/python" -m benchmarks $(ARGS)

$(BENCH_READY): requirements.bench.lock $(READY)
	@"$(BIN)/python" -m pip install -qq --require-hashes -r requirements.bench.lock
	@touch "$(BENCH_READY)"

# A wheel, its bill of materials and licences, and their digests, in dist/. It installs what a server needs, so it needs
# a package index; whether a package has a known vulnerability it says where it can ask.
release: $(RELEASE_READY)
	@"$(BIN)/python" -m releasing

$(RELEASE_READY): requirements.release.lock $(READY)
	@"$(BIN)/python" -m pip install -qq --require-hashes -r requirements.release.lock
	@touch "$(RELEASE_READY)"

# Minutes, not seconds: every fault against separate processes, then the NATS cluster, the shelters' leaf nodes and
# the other kills.
faults: $(READY)
	@"$(BIN)/python" -m tests.faults $(ARGS)
	$(if $(ARGS),,@"$(BIN)/python" -m pytest -q -n 2 -m faults tests)

# Hours: the properties and state machines look for new examples, twenty times as many as in make test; and what shows
# at length that those tests can fail: every mutation of a policy's cell, every cell of the state table, every await;
# and the pages of every role in every language.
search: $(READY) chromium
	CANALIZA_PROPERTIES=long "$(BIN)/python" -m pytest -q -n 2 --dist worksteal --timeout 7200 \
	  -o faulthandler_timeout=14400 -m "not faults" tests/unit tests/contract tests/integration/test_follower.py \
	  tests/integration/test_log_against_a_model.py tests/journeys/test_api_fuzz.py tests/browser \
	  tests/journeys/notifying_desks \
	  tests/journeys/test_loading_a_day.py tests/integration/test_the_access_matrix.py tests/integration/test_read_models_by_batch.py

check: $(READY)
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

# Routes, events and problems as pages; the tests compare them with the code.
reference: $(READY)
	@"$(BIN)/python" -m tests.contract.reference

format: $(READY)
	"$(BIN)/ruff" check --fix-only .
	"$(BIN)/ruff" format .

# The locks are universal, with hashes and without any registry's address; uv itself is not needed to install. What a
# server needs is requirements.production.lock: no tests, no tools.
lock:
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra dev --extra build -o requirements.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra bench -c requirements.lock -o requirements.bench.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra release -c requirements.lock -o requirements.release.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  -c requirements.lock -o requirements.production.lock

$(READY): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "canaliza needs Python 3.11 or newer")'
	@test -x "$(BIN)/python" || "$(PYTHON)" -m venv "$(VENV)"
	@echo "Instalando… · Installing…"
	@"$(BIN)/python" -m pip install -qq --require-hashes -r requirements.lock
	@"$(BIN)/python" -m pip install -qq --no-deps --no-build-isolation -e .
	@"$(BIN)/python" -m compileall -q -j 0 events services
	@"$(BIN)/python" -c 'import services.cli'
	@touch "$(READY)"

clean:
	rm -rf "$(VENV)" var var-keys build dist
