# Everything a newcomer needs: `make demo` shows doorctl at work, `make test` proves it, but for what takes long
# (`make test-long`). All install what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo -n)
APT_GET = $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get
SBIN_PATH := $(PATH):/usr/sbin:/sbin
export PATH := $(SBIN_PATH)

# $(call need,COMMAND,PACKAGE): install a Debian package where COMMAND is missing; say so where that is not allowed.
need = command -v $(1) >/dev/null || { $(APT_GET) update -qq && $(APT_GET) install -y -qq --no-install-recommends $(2); } \
	|| { echo "please install the package $(2): apt install $(2)" >&2; exit 1; }

# Make sure that C compiles: Debian's gcc alone has no C library to compile against.
define need_c
printf '#include <errno.h>\nint main(void) { return errno; }\n' | gcc -fsyntax-only -x c - 2>/dev/null \
	|| { $(APT_GET) update -qq && $(APT_GET) install -y -qq --no-install-recommends gcc libc6-dev; } \
	|| { echo "please install a C compiler: apt install gcc libc6-dev" >&2; exit 1; }
endef

# Tests start doorctl hundreds of times: compiled anew at each start, they take twice the time.
unexport PYTHONDONTWRITEBYTECODE

# Many tests wait for processes of their own, half of the time: two more of them than there are cores keep all cores at work.
SIDE_BY_SIDE = -n $$(($$(nproc) + 2)) --dist worksteal

# Tests commit to disk all the time: on a RAM disk with room to spare they take a third less, and prove the same.
# $(call ram_disk,KIB): the RAM disk if it has that much room; else where files are put without one.
ram_disk = $(or $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > $(1) { print "/dev/shm" }'),$(TMPDIR),/tmp)
test: export TMPDIR := $(call ram_disk,1000000)
test-long: export TMPDIR := $(call ram_disk,8000000)

.PHONY: help setup demo test test-long test-mcu test-pi hardware-proof test-kill test-hostile test-mutations test-units lint core bench on-process-loss deb constraints clean

help: ## Show what there is to make.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## Make the virtual environment with doorctl and what its tests and demo need.

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "doorctl needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(APT_GET) update -qq && $(APT_GET) install -y -qq python3-venv; } \
		|| { echo "please install the package python3-venv: apt install python3-venv" >&2; exit 1; }
	@case "$$(uname -m)" in arm*|aarch64) $(PYTHON) -c 'import sysconfig, os, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' \
		|| { $(APT_GET) update -qq && $(APT_GET) install -y -qq python3-dev; };; esac
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,demo,backup,timestamp,export,osdp]'
	@touch $@

demo: $(READY) ## Run the whole of doorctl on this computer and watch it tell its story.
	$(BIN)/doorctl demo

lint: $(READY) ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

core: $(READY)
	$(BIN)/coverage run --branch --source=doorctl/core -m pytest -q --ignore-glob='*/test_laws*' tests/core
	$(BIN)/coverage report --fail-under=100 --skip-covered
	@-$(BIN)/python -m pytest --collect-only -qq >/dev/null # compiles all tests once, not once in each worker

test: $(READY) ## Run all tests but the long ones (under 6 minutes).
	@$(call need,mosquitto,mosquitto)
	@$(call need,systemd-analyze,systemd)
	@$(call need,strace,strace)
	@$(call need,sqlite3,sqlite3)
	@$(call need,openssl,openssl)
	@$(need_c)
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint core
	$(BIN)/python -m pytest -m "not long and not mcu and not units and not pi" $(SIDE_BY_SIDE)

test-mcu: $(READY) ## Compile the microcontroller's firmware, and run it on a simulated chip (under 4 minutes).
	@$(need_c)
	@$(call need,avr-gcc,gcc-avr)
	@$(call need,avr-objcopy,binutils-avr)
	@test -e /usr/lib/avr/include/avr/io.h || { $(APT_GET) update -qq && $(APT_GET) install -y -qq --no-install-recommends avr-libc; }
	@test -e /usr/include/simavr/sim_avr.h || { $(APT_GET) update -qq && $(APT_GET) install -y -qq --no-install-recommends libsimavr-dev; }
	@test -e /usr/include/libelf.h || { $(APT_GET) update -qq && $(APT_GET) install -y -qq --no-install-recommends libelf-dev; }
	$(MAKE) -s -C firmware_bridge/mcu size
	$(BIN)/python -m pytest -m mcu -n 2 --dist worksteal tests/mcu

test-pi: $(READY) ## Boot an emulated Raspberry Pi with doorctl on its card, and watch its pins (under 8 minutes).
	@$(call need,qemu-system-aarch64,qemu-system-arm)
	@$(call need,fdtput,device-tree-compiler)
	@$(call need,mmdebstrap,mmdebstrap)
	@$(call need,fakeroot,fakeroot)
	@$(call need,cpio,cpio)
	@$(call need,depmod,kmod)
	@$(call need,mke2fs,e2fsprogs)
	@$(call need,mosquitto,mosquitto)
	@$(call need,aarch64-linux-gnu-gcc,gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
	$(BIN)/python -m pytest -v -m pi tests/pi

PROOF := build/proof
hardware-proof: $(READY) ## Run test-mcu and test-pi, and write docs/hardware-proof.md of what they find.
	@rm -rf $(PROOF) && mkdir -p $(PROOF)
	PYTEST_ADDOPTS=--junitxml=$(PROOF)/mcu.xml $(MAKE) --no-print-directory test-mcu
	$(MAKE) -s -C firmware_bridge/mcu size | head -n 6 > $(PROOF)/mcu.size
	PYTEST_ADDOPTS=--junitxml=$(PROOF)/pi.xml $(MAKE) --no-print-directory test-pi
	$(BIN)/python -m tests.pi.proof $(PROOF)

test-kill: $(READY) ## Kill doors 10,300 times, and the processes of a whole site 300 times; lose nothing.
	@$(call need,mosquitto,mosquitto)
	$(BIN)/python -m pytest -m long tests/kill

test-hostile: $(READY) ## Let a hostile broker carry a million messages; nothing but the time may change.
	@$(call need,mosquitto,mosquitto)
	$(BIN)/python -m pytest -s -m long tests/hostile

test-mutations: $(READY) ## Take away each check behind an attack or a law (docs/security.md, docs/laws.md); its test must fail.
	@$(call need,mosquitto,mosquitto)
	@$(need_c)
	$(BIN)/python -m pytest -v -m long tests/mutations

test-units: $(READY) ## Run the units under a systemd of their own, in namespaces of this computer; takes root.
	@$(call need,mmdebstrap,mmdebstrap)
	@$(need_c)
	$(BIN)/python -m pytest -v -m units tests/units

test-long: $(READY) ## Run what takes long: kills, floods, a hostile broker, attacks without their checks.
	@$(call need,mosquitto,mosquitto)
	@$(call need,strace,strace)
	@$(call need,sqlite3,sqlite3)
	@$(need_c)
	$(BIN)/python -m pytest -m long $(SIDE_BY_SIDE)

bench: $(READY) ## Measure speed and memory beside their floors (a snapshot of 2,000,000 takes long: docs/performance.md).
	@$(call need,mosquitto,mosquitto)
	@$(need_c)
	$(BIN)/python -m benchmarks.swipe
	$(BIN)/python -m benchmarks.loaded
	$(BIN)/python -m benchmarks.decide --credentials 100000
	$(BIN)/python -m benchmarks.door_start
	$(BIN)/python -m benchmarks.revoke
	$(BIN)/python -m benchmarks.snapshot --credentials 100000
	@$(call need,sqlite3,sqlite3)
	$(BIN)/python -m benchmarks.audit_export
	$(BIN)/python -m benchmarks.plan
	$(BIN)/python -m benchmarks.audit_append
	$(BIN)/python -m benchmarks.audit_ingest

BUILD := build
on-process-loss: $(BUILD)/doorctl-on-process-loss ## Build the program that leaves the strikes when the door process is gone.

$(BUILD)/doorctl-on-process-loss: systemd/on_process_loss.c
	@$(need_c)
	@mkdir -p $(BUILD)
	$(CROSS_COMPILE)gcc -std=c11 -D_GNU_SOURCE -O2 -static -s -Wall -Wextra -Werror -o $@ $<

# A cross-compiler for the other architecture; of its own a machine has one already.
CROSS_GCC = $(if $(filter $(ARCHITECTURE),$(shell dpkg --print-architecture)),,$(if $(filter arm64,$(ARCHITECTURE)),aarch64,x86-64)-linux-gnu)
ARCHITECTURE ?= $(shell dpkg --print-architecture)
deb: $(READY) ## Build the Debian package for this machine's release (ARCHITECTURE=arm64: for a Raspberry Pi).
	@$(need_c)
	@$(if $(CROSS_GCC),test -e /usr/$(subst x86-64,x86_64,$(CROSS_GCC))/lib/libc.a || { $(APT_GET) update -qq && $(APT_GET) install -y -qq --no-install-recommends gcc-$(CROSS_GCC) libc6-dev-$(ARCHITECTURE)-cross; })
	$(BIN)/python -m deb.build --architecture $(ARCHITECTURE)

constraints: $(READY) ## Write down the versions that are installed now.
	{ head -n 1 constraints.txt; $(BIN)/pip freeze --exclude-editable; grep -i -E '^(RPi.GPIO|rpi-lgpio)==' constraints.txt; } > constraints.new
	mv constraints.new constraints.txt

clean: ## Remove what make has made.
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
