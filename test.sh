#!/usr/bin/env bash
# Installs what the tests need (with apt, when run as root) and runs every one of them.
#
#   ./test.sh            formatting, vet, staticcheck, all tests with -race, what the detector makes too
#                        slow without it, the browser test
#   ./test.sh --long     and then the crash sweeps, a year of two offices, the fuzz targets and the benchmarks
#   tools/nightly        200 such years on both databases
#
# Settings: TEST_DATABASE_URL, TEST_REDIS_URL (servers of yours instead of throw-away ones; the
# database user must be allowed to create databases), TEST_CHROMIUM (a browser), FUZZ_SECONDS
# (per target, with --long; 60).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

die() { printf 'test.sh: %s\n' "$*" >&2; exit 1; }

long=
for arg in "$@"; do
	case $arg in
	--long) long=1 ;;
	-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
	*) printf 'test.sh: unknown argument %s; see ./test.sh --help\n' "$arg" >&2; exit 2 ;;
	esac
done

# ---- how long each step takes -------------------------------------------------------------------

report=
failed=
started=$SECONDS
run() { # run NAME COMMAND... : one step, timed
	local name=$1 from=$SECONDS status=0
	shift
	printf '\n== %s\n' "$name"
	"$@" || status=$?
	local mark='  '
	[[ $status -eq 0 ]] || mark='! '
	report+=$(printf '%5d s %s%s' $((SECONDS - from)) "$mark" "$name")$'\n'
	return "$status"
}

# What must work before anything else makes sense, and what is checked whatever else failed. Inside
# them set -e does not act: a command that is a function returns 1 itself.
step() { run "$@" || { printf '\nFAILED: %s\n' "$1" >&2; exit 1; }; }
check() { run "$@" || { printf '\nFAILED: %s\n' "$1" >&2; failed+="${failed:+, }$1"; }; }

# ---- what the tests need ------------------------------------------------------------------------

have() { command -v "$1" >/dev/null 2>&1; }

check_go() {
	have go || die "Go 1.26 or newer is needed and no 'go' is in the PATH: install it from https://go.dev/dl/"
	go version
	local version
	version=$(go env GOVERSION)
	version=${version#go1.}
	version=${version%%[!0-9]*}
	[[ ${version:-26} -ge 26 ]] || die "Go 1.26 or newer is needed, this is $(go env GOVERSION): install it from https://go.dev/dl/"
}

# The newest PostgreSQL on this machine; Debian keeps its programs out of the PATH.
pg_bin() {
	local dir
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin | sort -rV); do
		[[ -x $dir/initdb ]] && { printf '%s' "$dir"; return; }
	done
	have initdb && dirname "$(command -v initdb)"
}

chromium() {
	local name
	for name in ${TEST_CHROMIUM:+"$TEST_CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
		have "$name" && { command -v "$name"; return; }
	done
	return 1
}

has_font() { have fc-list && [[ -n $(fc-list ':lang=zh' | head -n 1) ]]; }

missing() { # the Debian packages of what is not there, one a line
	[[ -n ${TEST_DATABASE_URL:-} ]] || [[ -n $(pg_bin || true) ]] || echo postgresql
	[[ -n ${TEST_REDIS_URL:-} ]] || have redis-server || echo redis-server
	chromium >/dev/null || echo chromium
	has_font || printf '%s\n' fontconfig fonts-noto-cjk
	have node || echo nodejs
	have npm || echo npm
	have gcc || printf '%s\n' gcc libc6-dev # -race needs it
}

install_missing() {
	local packages
	mapfile -t packages < <(missing)
	if [[ ${#packages[@]} -eq 0 ]]; then
		echo "nothing is missing"
		return
	fi
	echo "missing: ${packages[*]}"
	if ! have apt-get || [[ $(id -u) -ne 0 ]]; then
		die "install ${packages[*]} (Debian names; as root ./test.sh does it itself), or set TEST_DATABASE_URL, TEST_REDIS_URL and TEST_CHROMIUM"
	fi
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
	"${apt[@]}" install -y --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || {
		"${apt[@]}" update
		"${apt[@]}" install -y --no-install-recommends "${packages[@]}" >/dev/null
	}
	mapfile -t packages < <(missing)
	[[ ${#packages[@]} -eq 0 ]] || die "apt installed them but these are still not found: ${packages[*]}"
}

# The peers of the WeCom codec: the platform's own libraries, in Node.
install_peers() {
	local lock dir
	for lock in bot/*/peer/package-lock.json bot/*/*/peer/package-lock.json; do
		[[ -f $lock ]] || continue
		dir=${lock%/*}
		if [[ $dir/node_modules/.package-lock.json -nt $lock ]]; then
			echo "$dir: up to date"
		else
			(cd "$dir" && npm ci --no-fund --no-audit) || return 1
		fi
	done
	# The platform's own client for Go is a module of its own, so that it never becomes one of the product's.
	(cd bot/dingtalk/dingtalktest/peer/sdk && go mod download && go vet .)
}

# ---- throw-away servers -------------------------------------------------------------------------

work=
redis_pid=

as_postgres() { # PostgreSQL refuses to run as root
	if [[ $(id -u) -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
}

stop_servers() {
	[[ -n $work ]] || return 0
	if [[ -f $work/pg/postmaster.pid ]]; then
		kill -QUIT "$(head -n 1 "$work/pg/postmaster.pid")" 2>/dev/null || true # immediate: nothing of it is kept
	fi
	if [[ -n $redis_pid ]]; then kill "$redis_pid" 2>/dev/null || true; wait "$redis_pid" 2>/dev/null || true; fi
	local i
	for i in {1..100}; do
		[[ -f $work/pg/postmaster.pid ]] || break
		sleep 0.05
	done
	rm -rf "$work"
	work=
}

on_exit() {
	local status=$?
	trap '' INT TERM
	stop_servers
	[[ -z $report ]] || printf '\n%s%5d s  in all\n' "$report" $((SECONDS - started))
	[[ $status -eq 0 ]] || printf 'test.sh: FAILED%s\n' "${failed:+: $failed}" >&2
	exit "$status"
}

# Runs that were killed hard leave servers behind: stop those whose test.sh is gone.
sweep() {
	local dir owner
	for dir in "${TMPDIR:-/tmp}"/tbtest.*; do
		owner=$(cat "$dir/owner" 2>/dev/null) || continue
		kill -0 "$owner" 2>/dev/null && continue
		echo "removing what an earlier run left in $dir"
		[[ -S $dir/redis.sock ]] && redis-cli -s "$dir/redis.sock" shutdown nosave >/dev/null 2>&1 || true
		[[ -S $dir/.s.PGSQL.5432 ]] && as_postgres "$(pg_bin)/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null 2>&1 || true
		rm -rf "$dir"
	done
}

start_postgres() {
	local bin
	bin=$(pg_bin)
	mkdir "$work/pg"
	if [[ $(id -u) -eq 0 ]]; then chown postgres "$work" "$work/pg"; fi
	as_postgres "$bin/initdb" -D "$work/pg" -U postgres -A trust --no-sync --no-locale -E UTF8 >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log" >&2; return 1; }
	# Nothing here must survive a power cut, so nothing waits for the disk.
	as_postgres "$bin/pg_ctl" -D "$work/pg" -w -t 60 -l "$work/pg/log" -o "-k '$work' -c listen_addresses='' \
		-c max_connections=200 -c shared_buffers=128MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
		-c autovacuum=off -c timezone=UTC -c jit=off" start >/dev/null || { cat "$work/pg/log" >&2; return 1; }
	export TEST_DATABASE_URL="postgres://postgres@/postgres?host=$work&port=5432&sslmode=disable"
	"$bin/postgres" --version
}

start_redis() {
	redis-server --port 0 --unixsocket "$work/redis.sock" --unixsocketperm 777 --databases 64 --save '' --appendonly no --dir "$work" >"$work/redis.log" 2>&1 &
	redis_pid=$!
	local i
	for i in {1..200}; do
		if redis-cli -s "$work/redis.sock" ping >/dev/null 2>&1; then
			export TEST_REDIS_URL="unix://$work/redis.sock?db=0"
			redis-server --version
			return
		fi
		kill -0 "$redis_pid" 2>/dev/null || break
		sleep 0.05
	done
	cat "$work/redis.log" >&2
	return 1
}

start_servers() {
	sweep
	work=$(mktemp -d "${TMPDIR:-/tmp}/tbtest.XXXXXX") || return 1
	chmod 711 "$work"
	echo $$ >"$work/owner"
	[[ -n ${TEST_DATABASE_URL:-} ]] || start_postgres || return 1
	[[ -n ${TEST_REDIS_URL:-} ]] || start_redis || return 1
}

# ---- the checks ---------------------------------------------------------------------------------

formatting() {
	local bad
	bad=$(find . -name node_modules -prune -o -name '*.go' -print0 | xargs -0 gofmt -l)
	[[ -z $bad ]] || { printf 'not formatted, run gofmt -w on:\n%s\n' "$bad" >&2; return 1; }
}

browser_test() { (cd e2e && go vet ./... && go test -count=1 -timeout 8m ./...); }

fuzz_all() { # every fuzz target in turn, FUZZ_SECONDS each
	local list
	list=$(go test -list '^Fuzz' ./... | awk '/^Fuzz/ {name[n++] = $1} /^ok/ {for (i = 0; i < n; i++) print $2, name[i]; n = 0}')
	[[ -n $list ]] || { echo "no fuzz target found" >&2; return 1; }
	local package target status=0
	while read -r package target; do
		printf '%s %s\n' "$package" "$target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZ_SECONDS:-60}s" "$package" || status=1
	done <<<"$list"
	return "$status"
}

trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step "go" check_go
step "what the tests need" install_missing
step "peers" install_peers
step "database and Redis" start_servers
TEST_CHROMIUM=$(chromium)
export TEST_CHROMIUM TEST_REQUIRE_SERVICES=1

step "go build" go build ./...
check "gofmt" formatting
check "go vet" go vet ./...
check "staticcheck" go tool -modfile=tools/go.mod staticcheck ./...
check "go test -race" go test -race -count=1 -timeout 19m ./...
check "every word, question and button" go test -count=1 -timeout 10m ./bot
check "stories on SQLite" go test -count=1 -timeout 10m -run '^TestStories(OverBoth)?$/.*/^sqlite$' .
check "stories over DingTalk" go test -count=1 -timeout 15m -run '^TestStoriesOverDingTalk$' .
check "simulated weeks" go test -count=1 -timeout 10m -run '^TestYear' .
if [[ -f e2e/go.mod ]]; then check "browser test" browser_test; fi

if [[ -n $long ]]; then
	check "sweeps" env TRAININGBOT_LONG=1 go test -count=1 -timeout 90m ./...
	check "years" env TRAININGBOT_YEARS=3 go test -count=1 -timeout 60m -run '^TestYears$' . -seed 2
	check "fuzzing" fuzz_all
	check "benchmarks" go test -run '^$' -bench . -benchmem -timeout 60m ./...
fi

[[ -z $failed ]] || exit 1
