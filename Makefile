# Fulcrum. `make help` lists the targets. Everything built goes under build/.
#
#   make run                 install what is missing, build, run the baseline study
#   make test                the same for the tests
#   make CC=clang …          another compiler          make MPI_FLAVOR=mpich …   another MPI
#   make MODE=debug …        release (default), test, debug, asan, cov

# All cores, unless -j says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

ifeq ($(origin CC),default)
CC := gcc
endif
export CC
MODE ?= release
MPI_FLAVOR ?= openmpi
export MPI_FLAVOR
PREFIX ?= /usr/local
VERSION := 0.5.0
# The library's interface, which its file name ends in; as long as it is the same, hosts need not be
# linked again.
INTERFACE := $(shell sed -n 's/^\#define FLC_LIBRARY_INTERFACE //p' include/fulcrum/fulcrum.h)

# Each combination of compiler, MPI and mode has its own folder, so that none disturbs another.
B := build/$(MODE)-$(notdir $(CC))-$(MPI_FLAVOR)
PYTHON ?= /usr/bin/python3

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
            -Wwrite-strings -Wundef -Wformat=2
ifneq ($(findstring clang,$(CC)),)
# clang warns where a loop said to be vectorisable is a plain copy or zero fill instead.
WARNINGS += -Wno-pass-failed
endif
# One arithmetic on every machine: no contraction, no reordering; errno and traps are not used.
ARITHMETIC := -ffp-contract=off -fno-math-errno -fno-trapping-math
MODE_release := -O3 -g
MODE_test    := -O2 -g -DFLC_ASSERTIONS -DFLC_TEST_HOOKS
MODE_debug   := -O0 -g3 -DFLC_ASSERTIONS -DFLC_TEST_HOOKS
MODE_asan    := -O1 -g -DFLC_ASSERTIONS -DFLC_TEST_HOOKS -fsanitize=address,undefined \
                -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_cov     := -O0 -g --coverage -fprofile-update=atomic -DFLC_ASSERTIONS -DFLC_TEST_HOOKS
ifeq ($(MODE_$(MODE)),)
$(error MODE=$(MODE) is not one of release, test, debug, asan, cov)
endif

CPPFLAGS_ALL = -Iinclude -Iengine -D_POSIX_C_SOURCE=200809L -DFLC_VERSION=\"$(VERSION)\" $(CPPFLAGS)
CFLAGS_ALL = -std=c11 -fPIC $(WARNINGS) $(ARITHMETIC) $(MODE_$(MODE)) $(CFLAGS)
LIBS = $(HDF5_LIBS) $(YAML_LIBS) -ldl -lm

# Kernels are built once per instruction set (engine/base/isa.h).
ISAS := generic
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
ISAS += v3 v4
CPPFLAGS_ALL += -DFLC_HAVE_X86_LEVELS
endif
ISA_FLAGS_generic :=
ISA_FLAGS_v3 := -march=x86-64-v3
ISA_FLAGS_v4 := -march=x86-64-v4 -mprefer-vector-width=512

SOURCES := $(sort $(wildcard engine/*/*.c))
KERNELS := $(filter %_kernel.c,$(SOURCES))
PROGRAM := $(filter engine/command/%,$(SOURCES))
LIBRARY := $(filter-out $(KERNELS) $(PROGRAM),$(SOURCES))
LIBRARY_OBJECTS := $(LIBRARY:%.c=$(B)/%.o) $(if $(KERNELS),$(ISAS:%=$(B)/kernels_%.o))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
BENCHES := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/*_bench.c)))
# The peer in C needs GSL, and is built where that is found.
PEERS := $(if $(shell pkg-config --exists gsl 2>/dev/null && echo found),$(B)/tests/bench/peers/portfolio_gsl)
PEER_SOURCES := $(sort $(wildcard tests/bench/peers/portfolio_gsl*.c))
PEER_FLAGS := -std=gnu11 -O3 -march=native -fno-math-errno -fno-trapping-math
TEST_TOOLS := $(patsubst tests/tools/%.c,$(B)/tests/tools/%,$(sort $(wildcard tests/tools/*.c)))
TEST_MODELS := $(patsubst tests/models/%.c,$(B)/tests/models/%.so,$(sort $(wildcard tests/models/*.c)))
SUPPORT := $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all run figures test bench bench-designs bench-scaling lint asan soak install uninstall help clean unit peers library FORCE

all: $(B)/fulcrum ## build the program and the library
	@ln -sfn $(notdir $(B)) build/current

$(B)/config.mk: engine/find_libraries.sh
	@mkdir -p $(@D)
	@engine/find_libraries.sh $@
ifeq ($(filter help clean,$(MAKECMDGOALS)),)
-include $(B)/config.mk
endif

# make V=1 shows whole commands
ifeq ($(V),)
SHOW = @printf '  %-8s %s\n'
HIDE := @
else
SHOW = @true
HIDE :=
endif

# What objects and the library are made from, so that they are made again when it changes.
$(B)/flags: $(B)/config.mk FORCE
	$(file >$(B)/flags.new,$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(foreach isa,$(ISAS),$(ISA_FLAGS_$(isa))))
	@cmp -s $@.new $@ || cp $@.new $@; rm -f $@.new
$(B)/members: $(B)/config.mk FORCE
	$(file >$(B)/members.new,$(LIBRARY_OBJECTS) $(KERNELS))
	@cmp -s $@.new $@ || cp $@.new $@; rm -f $@.new

COMPILE = OMPI_CC=$(CC) MPICH_CC=$(CC) $(MPICC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP
# mpi.h, hdf5.h and yaml.h are seen by one floor each; their flags are harmless to the others.
$(B)/engine/%.o: engine/%.c $(B)/config.mk $(B)/flags
	@mkdir -p $(@D)
	$(SHOW) CC $<
	$(HIDE)$(COMPILE) $(HDF5_CFLAGS) $(YAML_CFLAGS) -c -o $@ $<

define ISA_RULES
$(B)/$(1)/%.o: %.c $(B)/config.mk $(B)/flags
	@mkdir -p $$(@D)
	$$(SHOW) 'CC $(1)' $$<
	$$(HIDE)$(CC) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) -MMD -MP -fvisibility=hidden -DFLC_ISA=$(1) $(ISA_FLAGS_$(1)) -c -o $$@ $$<
$(B)/kernels_$(1).o: $(KERNELS:%.c=$(B)/$(1)/%.o) $(B)/members
	$$(HIDE)$(LD) -r -o $$@.whole $$(filter %.o,$$^)
	$$(HIDE)objcopy --localize-hidden $$@.whole $$@
	@rm -f $$@.whole
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULES,$(isa))))

$(B)/libfulcrum.a: $(LIBRARY_OBJECTS) $(B)/members
	@rm -f $@
	$(SHOW) AR $@
	$(HIDE)$(AR) rcs $@ $(filter %.o,$^)
# The shared library is what the public functions need of the static one, and shows nothing else. No
# public function needs MPI, so a host may have its own, or none.
PUBLIC := $(filter engine/library/%,$(LIBRARY)) engine/base/status.c
EXPORTS := engine/library/exports.map
ifeq ($(MODE),asan)
COMPLETE :=
else
COMPLETE := -Wl,-z,defs
endif
$(B)/libfulcrum.so.$(INTERFACE): $(PUBLIC:%.c=$(B)/%.o) $(B)/libfulcrum.a $(EXPORTS)
	$(SHOW) LINK $@
	$(HIDE)$(CC) -shared $(MODE_$(MODE)) $(LDFLAGS) -Wl,-soname,$(@F) -Wl,--version-script=$(EXPORTS) $(COMPLETE) \
	    -Wl,--as-needed -o $@ $(filter %.o,$^) $(B)/libfulcrum.a $(LIBS)
$(B)/libfulcrum.so: $(B)/libfulcrum.so.$(INTERFACE)
	@ln -sfn $(<F) $@
$(B)/fulcrum: $(PROGRAM:%.c=$(B)/%.o) $(B)/libfulcrum.a
	$(SHOW) LINK $@
	$(HIDE)OMPI_CC=$(CC) MPICH_CC=$(CC) $(MPICC) $(MODE_$(MODE)) $(LDFLAGS) -o $@ $^ $(LIBS)
library: $(B)/libfulcrum.a $(B)/libfulcrum.so ## build libfulcrum, static and shared

run: all ## build and run the baseline study
	$(B)/fulcrum run inputs/baseline.yaml -o build/baseline.h5

figures: all ## draw the pictures of analysis/figures again
	@BUILD=$(B) PYTHON=$(PYTHON) analysis/figures.sh

$(B)/tests/support/%.o: tests/support/%.c
	@mkdir -p $(@D)
	$(SHOW) CC $<
	$(HIDE)$(CC) -Itests $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(B)/tests/unit/%: tests/unit/%.c $(SUPPORT) $(B)/libfulcrum.a
	@mkdir -p $(@D)
	$(SHOW) TEST $<
	$(HIDE)OMPI_CC=$(CC) MPICH_CC=$(CC) $(MPICC) -Itests $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(HDF5_CFLAGS) $(YAML_CFLAGS) \
	    -MMD -MP $(LDFLAGS) -o $@ $< $(SUPPORT) $(B)/libfulcrum.a -lcmocka $(LIBS)
# Programs that tests in other languages and the soak run start: they print what the library computes.
$(B)/tests/tools/%: tests/tools/%.c $(B)/libfulcrum.a
	@mkdir -p $(@D)
	$(SHOW) TOOL $<
	$(HIDE)OMPI_CC=$(CC) MPICH_CC=$(CC) $(MPICC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS) -o $@ $< \
	    $(B)/libfulcrum.a $(LIBS)
# Plug-in models, as anybody builds them: the header and no more.
$(B)/tests/models/%.so: tests/models/%.c include/fulcrum/model.h $(B)/flags
	@mkdir -p $(@D)
	$(SHOW) MODEL $<
	$(HIDE)$(CC) -std=c11 -O2 -g -fPIC -shared -ffp-contract=off $(WARNINGS) -Iinclude -o $@ $< -lm
$(B)/tests/bench/%: tests/bench/%.c $(ISAS:%=$(B)/%/tests/bench/loops_kernel.o) $(B)/libfulcrum.a
	@mkdir -p $(@D)
	$(SHOW) BENCH $<
	$(HIDE)OMPI_CC=$(CC) MPICH_CC=$(CC) $(MPICC) -Itests $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS) -o $@ $< \
	    $(filter %.o,$^) $(B)/libfulcrum.a $(LIBS)
# Not with the engine's flags but with those it is fastest with.
$(B)/tests/bench/peers/portfolio_gsl: $(PEER_SOURCES) $(wildcard tests/bench/peers/*.h)
	@mkdir -p $(@D)
	$(SHOW) PEER $@
	$(HIDE)$(CC) $(WARNINGS) $(PEER_FLAGS) -D_POSIX_C_SOURCE=200809L -o $@ $(PEER_SOURCES) \
	    $(shell pkg-config --cflags --libs gsl 2>/dev/null) -lm
peers: $(PEERS)
$(B)/tests/pcg_reference: tests/unit/pcg_reference.cpp
	@mkdir -p $(@D)
	g++ -O2 -o $@ $<
$(B)/test-packages.stamp: engine/find_libraries.sh
	@mkdir -p $(@D)
	@engine/find_libraries.sh $(B)/config.mk test && touch $@

unit: $(UNIT_TESTS) $(TEST_TOOLS) $(TEST_MODELS)

test: ## install what is missing, build and run all tests
	@mkdir -p build/test-$(notdir $(CC))-$(MPI_FLAVOR)
	@$(MAKE) --no-print-directory MODE=test build/test-$(notdir $(CC))-$(MPI_FLAVOR)/test-packages.stamp
	@$(MAKE) --no-print-directory MODE=test all unit peers build/test-$(notdir $(CC))-$(MPI_FLAVOR)/tests/pcg_reference
	@BUILD=build/test-$(notdir $(CC))-$(MPI_FLAVOR) PYTHON=$(PYTHON) tests/run_tests.sh

lint: $(B)/fulcrum ## formatting, floors, names, house rules
	@BUILD=$(B) tests/lint/run.sh

asan: ## unit tests and small runs under address and undefined-behaviour sanitizers
	@mkdir -p build/asan-$(notdir $(CC))-$(MPI_FLAVOR)
	@$(MAKE) --no-print-directory MODE=asan build/asan-$(notdir $(CC))-$(MPI_FLAVOR)/test-packages.stamp
	@$(MAKE) --no-print-directory MODE=asan build/asan-$(notdir $(CC))-$(MPI_FLAVOR)/fulcrum unit
	@BUILD=build/asan-$(notdir $(CC))-$(MPI_FLAVOR) tests/run_sanitized.sh

bench: all peers $(BENCHES) $(PEERS) ## speed of the parts and the whole, as ratios of one run
	@BUILD=$(B) CC=$(CC) tests/bench/run.sh

bench-designs: all ## what designs save against Monte Carlo, and processor time to a precision (ten minutes)
	@$(PYTHON) tests/bench/designs.py $(B)/fulcrum inputs/baseline.yaml $(DESIGNS_OPTIONS)

bench-scaling: all ## runs at 1 to 128 ranks and over hosts, and what they foretell of more
	@BUILD=$(B) PYTHON=$(PYTHON) tests/bench/scaling.sh

soak: ## long tests: dieharder on the streams as used, statistics over many repetitions
	@$(MAKE) --no-print-directory MODE=test all unit
	@BUILD=build/test-$(notdir $(CC))-$(MPI_FLAVOR) PYTHON=$(PYTHON) tests/soak.sh

D := $(DESTDIR)$(PREFIX)
install: all library ## install under PREFIX (default /usr/local; DESTDIR is honoured)
	install -d $(D)/bin $(D)/lib/pkgconfig $(D)/include/fulcrum
	install -m 755 $(B)/fulcrum $(D)/bin/
	install -m 644 $(B)/libfulcrum.a $(D)/lib/
	install -m 755 $(B)/libfulcrum.so.$(INTERFACE) $(D)/lib/
	ln -sfn libfulcrum.so.$(INTERFACE) $(D)/lib/libfulcrum.so
	install -m 644 include/fulcrum/*.h $(D)/include/fulcrum/
	@sed -e 's|@VERSION@|$(VERSION)|' -e 's|@PRIVATE@|$(strip $(LIBS))|' engine/library/fulcrum.pc.in >$(D)/lib/pkgconfig/fulcrum.pc
	@chmod 644 $(D)/lib/pkgconfig/fulcrum.pc

uninstall: ## take away what install has put under PREFIX
	rm -f $(D)/bin/fulcrum $(D)/lib/libfulcrum.a $(D)/lib/libfulcrum.so $(D)/lib/libfulcrum.so.$(INTERFACE) \
	    $(D)/lib/pkgconfig/fulcrum.pc $(patsubst include/%,$(D)/include/%,$(wildcard include/fulcrum/*.h))
	-rmdir $(D)/include/fulcrum 2>/dev/null

clean: ## remove everything built
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

-include $(shell find $(B) -name '*.d' 2>/dev/null)
