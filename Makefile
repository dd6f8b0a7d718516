# make repro    install, then run the whole mini benchmark (a few minutes, no network after that)
# make test     unit tests (minutes); make lint: ruff, mypy, shellcheck; make clean: forget work/ and both .venv
# make test-detectors   the same for the detectors of real people, in an environment of their own
# make browser  open the site in Chromium and try all of it (Debian: apt-get install chromium)
# make board    rebuild the tables from the committed results; make real: the run on real clips
# make ranking, make ablation    the studies: hours, resumable
#
# make repro JOBS=4 runs four cells at a time (two by default), each on a GPU of its own if it can.
# VENV=/path/to/env uses an existing environment as it is; without it ./.venv is made and filled.

ifeq ($(origin VENV), undefined)
VENV := .venv
INSTALLED := $(VENV)/.installed
endif
PYTHON ?= python3
BIN := $(abspath $(VENV))/bin
export PATH := $(BIN):$(PATH)
# Idle threads spin only shortly before they sleep: quick alone, and not ruined by a neighbour.
export GOMP_SPINCOUNT := 5000
# glibc keeps freed memory instead of giving it back and asking for it anew: 5 % of a training step.
export MALLOC_MMAP_THRESHOLD_ := 1073741824
export MALLOC_TRIM_THRESHOLD_ := 4294967296

.PHONY: install repro test test-detectors browser lint board clean real bench ranking ablation detectors

install: $(INSTALLED)

# With UV=/path/to/uv that installs instead of pip, quicker (it reads no pip.conf: see .ci/run).
PIP_INSTALL = $(if $(UV),$(UV) pip install --python $(1),$(1) -m pip install) --quiet

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(call PIP_INSTALL,$(BIN)/python) --constraint constraints.txt --editable '.[test]'
	touch $@

# JOBS commands at a time, of several GPUs each on its own (baselines/slot.sh). DVC takes seconds to
# start, so it gets two cells a start; one if there are more slots, or some would stay empty.
JOBS ?= 2
CELLS = $(if $(filter 1 2,$(JOBS)),2,1)
SLOTS = $(shell xargs --process-slot-var=REPRO_SLOT true </dev/null 2>/dev/null && \
  echo --process-slot-var=REPRO_SLOT)
AT_A_TIME = xargs -r -P $(JOBS) -n $(CELLS) $(SLOTS) sh baselines/slot.sh \
  dvc --wait-for-lock repro --quiet --single-item --keep-going

# Layer by layer, one CPU thread a cell; a cell that fails stops the run after its layer. The last
# line confirms the whole. The bytes do not depend on JOBS: plain `dvc repro` makes the same.
LAYERS := download crop pairs train anchor predict gallery evaluate
repro: install
	@dvc status --quiet dvc.yaml || { cells=$$(dvc stage list --name-only) && \
	  for layer in $(LAYERS); do \
	    echo "$$cells" | grep "^$$layer@" | $(AT_A_TIME) || exit 1; \
	  done; }
	dvc repro

# A study: its trainings JOBS at a time, after the clips; the last line does what is left.
ranking: STAGES := run@|elsewhere@
ablation: STAGES := run@fomm|ablate@
ranking ablation: CELLS := 1
ranking ablation: install
	@dvc repro --quiet $(addprefix crop@mini-,taichi-hd voxceleb fashion mgif)
	@dvc stage list studies/dvc.yaml --name-only | grep -E "^studies/dvc.yaml:($(STAGES))" | $(AT_A_TIME)
	dvc repro studies/dvc.yaml:$@

# TESTS chooses among them: make test TESTS='tests/metrics -x'. One thread a process is quickest
# when two run at a time; each takes half of the tests, and at the end what the other has left, so
# that what tests of a file share is made once.
TESTS ?= -n 2 --dist worksteal
test test-detectors browser: export OMP_NUM_THREADS ?= 1
test: install
	python -m pytest $(TESTS)

# MediaPipe brings the OpenCV that wants a screen's libraries; the headless one is laid over it.
DETECTORS := .venv-detectors/bin/python
.venv-detectors/.installed: pyproject.toml constraints-detectors.txt
	$(PYTHON) -m venv .venv-detectors
	$(DETECTORS) -m pip install --quiet --upgrade pip
	$(call PIP_INSTALL,$(DETECTORS)) --constraint constraints-detectors.txt \
	  --editable '.[test,detectors]'
	$(call PIP_INSTALL,$(DETECTORS)) --constraint constraints-detectors.txt \
	  --force-reinstall --no-deps opencv-python-headless
	touch $@

detectors: .venv-detectors/.installed

test-detectors: detectors
	$(DETECTORS) -m pytest -n 2 --dist worksteal -m 'not pipeline and not real and not benchmark' \
	  tests/metrics/extractors/test_detectors.py tests/metrics/extractors/test_detector_card.py \
	  tests/metrics/extractors/test_detectors_eval.py \
	  tests/datasets/test_track_detectors.py tests/datasets/test_track_real.py

# Where there is no Chromium these tests skip and say so.
browser: install
	python -m pytest -n 2 --dist loadscope -m browser tests/leaderboards/browser

lint: install
	ruff check .
	ruff format --check .
	mypy
	shellcheck .ci/run baselines/slot.sh docs/*.slurm

board: install
	python -m leaderboards.build --profile mini --check

real: install
	python -m pytest -m real tests/test_real.py -s

# `python -m tests.benchmarks.record work/benchmarks.json` keeps the results: docs/benchmarks.md.
BENCH ?= tests/benchmarks
bench: install
	@mkdir -p work
	python -m pytest -m benchmark --benchmark-enable --benchmark-json work/benchmarks.json $(BENCH)

clean:
	rm -rf work .dvc/cache .dvc/tmp .venv .venv-detectors .mypy_cache .pytest_cache .ruff_cache
