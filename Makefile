# Two commands matter: make run, make test. Both fetch what they need.

GO ?= go
BIN := bin/tcpbench
# Ends a test binary that hangs; the suite itself takes a few minutes.
TEST_TIMEOUT ?= 20m

.PHONY: run build test fresh cross gate deps lint rivals bench fleet-scale soak faults docs fleet fleet-slurm kubernetes fleet-hundred gallery claims web webcheck kernels tuning fuzz golden reference man clean shellcheck ci-example
.PHONY: alerts install uninstall prefix package package-test

## run: build, then run the built-in scenario and show it
run: build
	$(BIN) sweep

## build: the program, bin/tcpbench
# Without cgo it needs no libc, and a cell, which is processes, takes 0.9 of the CPU time.
# The stamp is what `version` says: Go's own is missing in a worktree of git, and where GOFLAGS
# has -buildvcs=false. From an archive of the source: make STAMP=v0.9.0.
STAMP ?= $(shell ./scripts/stamp.sh)
LDFLAGS = -X tcpbench/experiment/cell.stamp=$(STAMP)
build:
	CGO_ENABLED=0 $(GO) build -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/tcpbench

# Packages with tests of Linux alone go one at a time (-p 1): the lab's tests share two CPUs
# with nobody. Those of commands wait for the kernel's timers most of the time: four at once.
# The race detector slows pictures and statistics sevenfold, and has nothing to find in them:
# it watches the packages that start goroutines. Commands are processes, a hundred of them:
# they would take six minutes with it. It is built for before, as -p 1 builds one at a time, too.
# A process with it sleeps for a second before it ends, for goroutines that go on, and a cell is
# two processes: 50 ms do. Lint has vetted everything.
TESTED = $$($(GO) list -f '{{.ImportPath}} {{.TestGoFiles}} {{.XTestGoFiles}}' ./... | grep -v /cmd/ | $(1) | cut -d ' ' -f 1)
TEST = $(GO) test -vet=off -timeout $(TEST_TIMEOUT)
RACES = $$(grep -rlE --include='*.go' '^\s*go (func|[a-zA-Z.]+)\(' . | grep -v /cmd/ | xargs -n 1 dirname | sort -u)
## test: every test, the lab's for real; the race detector where something runs at once
test: lint cross deps shellcheck webcheck gate
	$(TEST) $(call TESTED,grep -v _linux_test.go)
	$(TEST) -p 1 $(call TESTED,grep _linux_test.go)
	$(TEST) -parallel 4 ./cmd/...
	$(GO) build -race $(RACES)
	GORACE=atexit_sleep_ms=50 $(TEST) -p 1 -race -short $(RACES)

## fresh: both commands in a clean Debian in memory, as root and as another user (needs root; half an hour)
fresh:
	./scripts/fresh.sh

# What reads results runs anywhere. Bench drives C programs of Linux, and is for it alone.
## cross: does it build for macOS and Windows, and for Linux on ARM?
cross:
	@for os in darwin windows; do \
		echo "vet for $$os"; \
		GOOS=$$os $(GO) vet $$(GOOS=$$os $(GO) list ./... | grep -v /bench$$) || exit 1; \
	done
	GOARCH=arm64 $(GO) vet ./...

## gate: this program judged by itself: 1000 ports are exactly 1000 connections (a second)
gate: build
	$(BIN) run --until exhausted --sysctl net.ipv4.ip_local_port_range="40000 40999" --force -o runs/gate.json >/dev/null
	$(BIN) gate -f .ci/policy.yaml runs/gate.json

# The race detector needs a C compiler; tests drive real servers and proxies and have real
# programs as clients; tcpdump reads captures to check them; a browser draws the report's
# page; agents of a fleet are started with ssh. What a browser and npm recommend is a desktop
# and a compiler, and what sshd does a login manager: they are left out.
# Debian keeps servers in /usr/sbin, which an ordinary user's PATH leaves out.
## deps: what the tests need beside Go
deps: export PATH := $(PATH):/usr/sbin
deps:
	@missing=; has() { command -v "$$1" >/dev/null || missing="$$missing $$2"; }; \
	has gcc "gcc libc6-dev"; has nginx nginx-light; has haproxy haproxy; has tcpdump tcpdump; has curl curl; \
	has redis-server redis-server; has redis-benchmark redis-tools; has memcached memcached; \
	has shellcheck shellcheck; \
	has /usr/bin/python3 python3; \
	[ -n "$$(ls /usr/sbin/php-fpm* 2>/dev/null)" ] || missing="$$missing php-fpm php-redis"; \
	has mariadbd mariadb-server-core; has my_print_defaults mariadb-client-core; \
	has aiosmtpd python3-aiosmtpd; \
	[ -n "$$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || missing="$$missing postgresql"; \
	[ -z "$$missing" ] || ./scripts/install.sh $$missing || exit 1; \
	missing=; has node nodejs; has npm npm; has prometheus prometheus; \
	has ssh openssh-client; has sshd openssh-server; \
	command -v chromium >/dev/null || has chromium-headless-shell "chromium-headless-shell fonts-liberation"; \
	[ -z "$$missing" ] || ./scripts/install.sh --no-install-recommends $$missing
	@$(MAKE) --no-print-directory bin/hdrjs/node_modules

# HdrHistogram's own reader, which the tests of exports hold their files against.
bin/hdrjs/node_modules: report/export/testdata/hdrjs/package-lock.json
	rm -rf bin/hdrjs && mkdir -p bin/hdrjs
	cp report/export/testdata/hdrjs/package.json report/export/testdata/hdrjs/package-lock.json bin/hdrjs
	npm ci --prefix bin/hdrjs --ignore-scripts --no-audit --no-fund
	touch $@

# Revive and actionlint have a module file of their own: they would bring twenty modules into
# that of the program.
## lint: formatting, vet, staticcheck, the rules of revive.toml, and the workflow for GitHub
lint:
	@out=$$(gofmt -s -l .); if [ -n "$$out" ]; then echo "gofmt -s -w these:"; echo "$$out"; exit 1; fi
	@if grep -rn --include='*.go' '^func init()' .; then echo "init functions hide when they run: make values"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) tool -modfile=go.tools.mod revive -config revive.toml ./...
	$(GO) tool -modfile=go.tools.mod actionlint examples/ci/github.yml

WEB = report/web
NPM_CI = npm ci --no-audit --no-fund --loglevel=error
## web: the script of the report page, from its sources and the packages of its lock
web: deps
	cd $(WEB) && $(NPM_CI) && node build.mjs

## webcheck: is the script that is embedded what they give?
webcheck: deps
	@cd $(WEB) && $(NPM_CI) >/dev/null && node build.mjs "$(CURDIR)/bin/web" && diff -r dist "$(CURDIR)/bin/web" || \
		{ echo "report/web/dist is not what its sources give; make web"; exit 1; }

## shellcheck: the script that users copy into their repositories
shellcheck: deps
	shellcheck examples/ci/gate.sh

## ci-example: examples/ci as GitHub and GitLab run it, every user and workspace (2 minutes)
ci-example: shellcheck
	$(GO) test ./cmd/tcpbench -run ExampleOfCI -ci -v -timeout 30m

# Programs to compare with; the benchmark says which it could not have.
rivals: deps
	@command -v wrk >/dev/null && command -v ab >/dev/null || ./scripts/install.sh wrk apache2-utils || echo "going on without wrk or ab"

## bench: the tool's own speed beside a C loop, net.Dial, wrk, ab, hey, neper (4 minutes)
bench: rivals
	CGO_ENABLED=0 $(GO) run ./bench
	$(GO) test -run '^$$' -bench . -benchmem ./metrics ./law/headroom ./host ./experiment/cell

## fleet-scale: a hub, and a coordinator, with 100, 1,000 and 10,000 simulated agents (15 minutes)
fleet-scale: build
	$(GO) test -run '^$$' -bench Scale -benchtime 1x -timeout 30m ./experiment/fleet/bus ./experiment/fleet

## fleet-hundred: 100 agents in network namespaces begin at one instant, five times (two minutes; no root)
fleet-hundred: build
	./scripts/hundred.py $(BIN) runs/fleet-hundred 100

# Its network namespace is its own, so that nothing else is seen, and no port is anybody's.
## soak: ten minutes of run --rate, watch and serve, which must not grow (SOAK=2h: longer)
soak: build
	$(GO) build -o bin/soak ./bench/soak
	unshare --map-root-user --net bin/soak

# As the program is built: another runtime has other words for what it lacks.
## faults: break the program in every way, and write docs/faults.md (20 minutes; FAULTS=REGEXP: these alone)
faults: deps
	CGO_ENABLED=0 FAULTS=$(or $(FAULTS),whole) $(GO) test -count=1 -timeout 2h ./cmd/tcpbench -run '^TestFaults$$' -v

## alerts: a real Prometheus with the alert rules, and loads that use up ports (3 minutes)
alerts: deps
	$(GO) test -tags alerts -count 1 -timeout 10m -v -run TestAlertsOfPrometheus ./host

## docs: draw how the cost of a connection grows: docs/cost-growth.png, .svg (3 minutes)
docs: deps
	CGO_ENABLED=0 $(GO) run ./bench -rounds 5 -only '^growth$$' -growth docs

## fleet: three hosts in network namespaces as one client, to watch (half a minute; no root)
fleet: build
	./scripts/fleet.sh $(BIN) runs/fleet-demo

# Slurm is in no other target's needs. Debian starts its munged as a service where it has one;
# the script has a munged of its own, and leaves that one alone.
## fleet-slurm: examples/slurm in a Slurm cluster of four hosts on this machine (needs root; half a minute)
fleet-slurm: build
	@PATH=$$PATH:/usr/sbin; missing=; has() { command -v "$$1" >/dev/null || missing="$$missing $$2"; }; \
	has slurmctld slurmctld; has slurmd slurmd; has sbatch slurm-client; has munged munge; has /usr/bin/python3 python3; \
	[ -z "$$missing" ] || ./scripts/install.sh --no-install-recommends $$missing
	./scripts/slurm.sh $(BIN) runs/fleet-slurm

# A module of its own, of a hundred others, which none of the program's needs.
## kubernetes: would a cluster take examples/kubernetes? (offline; the first time 10 minutes to fetch and build)
kubernetes:
	cd scripts/kubernetes && $(GO) vet ./... && $(GO) test -timeout $(TEST_TIMEOUT) ./...

## gallery: measure and draw the pictures of docs/plots.md (6 minutes)
gallery: build
	./scripts/gallery.sh

## claims: test every claim in full, and write docs/claims.md and its pictures (39 minutes)
claims: build deps
	@for c in $$($(BIN) scenarios --claims); do \
		rm -rf runs/claims/$$c; \
		$(BIN) sweep -o runs/claims/$$c $$c || exit 1; \
	done
	$(BIN) claims --format markdown --pictures docs/claims runs/claims > docs/claims.md

# Nothing is installed of the kernels: they boot in virtual machines.
## kernels: the tests of the kernel on Linux 6.1 and 6.12, and docs/kernels.md (20 minutes; KERNELS=short: the limits alone, 2)
kernels:
	KERNELS=$(or $(KERNELS),whole) ./scripts/kernels.sh

## tuning: measure examples/tuning again (7 minutes)
tuning: build
	@for s in tw-reuse port-walk; do \
		$(BIN) sweep --ab --repeat 6 -o runs/$$s examples/tuning/$$s.yaml || exit 1; \
		$(BIN) compare --format markdown runs/$$s > examples/tuning/$$s.md || exit 1; \
		cp runs/$$s/plots/sweep-rate-over-time.png examples/tuning/$$s-rate.png; \
		cp runs/$$s/plots/sweep-connect-latency.png examples/tuning/$$s-connect.png; \
	done

## fuzz: every parser for a while (FUZZTIME=20s each; FUZZ=REGEXP: those of these packages and names)
fuzz:
	./scripts/fuzz.sh

## golden: rewrite the files that tests compare with
golden:
	$(GO) test ./host/exporter ./results ./report/live ./report/view ./report/export ./law/plan ./judge/compare ./judge/gate ./judge/history ./judge/claim -update
	$(GO) test ./cmd/tcpbench -run 'TestSchemasAreUpToDate|TestReferenceIsUpToDate' -update

## reference: write docs/reference.md and the schemas again, from the commands, options and types
reference:
	$(GO) test ./cmd/tcpbench -run 'TestSchemasAreUpToDate|TestReferenceIsUpToDate' -update

PREFIX ?= /usr/local
## install: program, man pages, docs, completions, licences, unit, examples below PREFIX (/usr/local); DESTDIR=
install: prefix
	CGO_ENABLED=0 $(GO) build -buildvcs=false -ldflags '-s -w $(LDFLAGS)' -o bin/install/tcpbench ./cmd/tcpbench
	./scripts/tree.sh bin/install/tcpbench bin/install/tree "$(PREFIX)"
	./scripts/put.sh install bin/install/tree "$(DESTDIR)" "$(PREFIX)"

## uninstall: remove what install put below PREFIX
uninstall: prefix
	./scripts/put.sh remove "$(DESTDIR)" "$(PREFIX)"

# The unit and the list of what was installed say where it is.
prefix:
	@case "$(PREFIX)" in /*) ;; *) echo "PREFIX is \"$(PREFIX)\": want an absolute path, as /usr/local" >&2; exit 2 ;; esac

# What makes packages has a module file of its own, as revive has.
## package: a release in dist/: tar.gz, deb, rpm, apk, OCI image, SBOM, checksums (5 minutes)
package:
	./scripts/package.sh

## package-test: install, use and remove what is in dist/ in a clean Debian in memory (needs root; 3 minutes)
package-test:
	./scripts/package/test.sh

# Md2man, which makes them, is in no other build.
## man: the man pages of all commands, in bin/man
man:
	$(GO) run -tags man ./cmd/tcpbench bin/man

clean:
	rm -rf bin dist runs
