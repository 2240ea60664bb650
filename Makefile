# Everything sets itself up: `make demo` and `make test` work on a fresh machine with Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test check bench accuracy foreign campaign fuzz format lock clean

demo: $(READY)
	$(BIN)/maildaemon demo $(DEMO)

test: $(READY)
	$(BIN)/python -m pytest $(TESTS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py

bench: $(READY)
	$(BIN)/python -m tests.bench $(BENCH)

# How well foreign documents with known contents are read: CORPUS names their folder, tools/score.py lies beside it.
accuracy: $(READY)
	@test -n "$(CORPUS)" || { echo "accuracy: set CORPUS to the folder of documents with their truth files"; exit 1; }
	$(BIN)/python "$(CORPUS)/../tools/score.py" "$(CORPUS)" -- $(BIN)/maildaemon try --json

# Orders made up from SEED, of layouts that the reader was tuned on or never was: SPLIT=tuned|unseen|both, COUNT=n,
# WORDING=other for words that no tuned layout uses, FOREIGN="--json FILE".
foreign: $(READY)
	$(BIN)/python -m tests.foreign --split $(or $(SPLIT),unseen) --count $(or $(COUNT),1300) --seed $(or $(SEED),1) $(if $(WORDING),--wording $(WORDING)) $(FOREIGN)

# EPISODES=n SEED=s for a sample, KINDS=kill,random, CAMPAIGN=--exhaustive for every case.
campaign: $(READY)
	$(BIN)/python -m tests.campaign $(if $(EPISODES),--episodes $(EPISODES)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(KINDS),--kinds $(KINDS)) $(CAMPAIGN)

# Sample documents tampered with: SECONDS=s, SEED=n; with CORPUS the foreign documents too. Findings lie in build/fuzz.
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Writes requirements.lock anew from the ranges in pyproject.toml.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --all-extras --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url -o requirements.lock pyproject.toml

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("maildaemon needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[demo,dev]'
	touch $(READY)

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
