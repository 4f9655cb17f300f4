#!/usr/bin/env bash
# Brings the shop up from a fresh clone and keeps it up until Ctrl-C: packages, embedded PostgreSQL and Redis
# (unless DATABASE_URL and REDIS_URL name others), migrations, the demo shop the first time (unless
# SEED_DEMO=false), web, worker and beat. HOST and PORT say where it listens, DATA_DIR where it keeps its data;
# .env.example lists every variable.
set -Eeuo pipefail

[ -z "${DATA_DIR:-}" ] || DATA_DIR=$(realpath -m "$DATA_DIR")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/common.sh

# The environment wins over .env.
read_dotenv() {
    local line name value
    [ -f .env ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ ^(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
        name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
        [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
        [ -n "${!name+set}" ] || export "$name=$value"
    done <.env
}

# Everything started below inherits the lock, so it is free only when an earlier run has left no process:
# after a kill -9 of run.sh its services end by themselves, and this one waits for them.
lock_data_dir() {
    local holder
    mkdir -p "$DATA_DIR" || fail "DATA_DIR=$DATA_DIR cannot be made."
    exec 9>>"$DATA_DIR/run.lock" || fail "$DATA_DIR belongs to another user: set DATA_DIR to a folder of your own."
    if ! flock --nonblock 9; then
        holder=$(cat "$DATA_DIR/run.lock")
        if [ -n "$holder" ] && grep -qs run.sh "/proc/$holder/cmdline"; then
            fail "scripts/run.sh is running with these data already (process $holder, DATA_DIR=$DATA_DIR)."
        fi
        echo "Waiting for the processes of an earlier run to end ..."
        flock --wait 30 9 || fail "Processes of an earlier run are left; fuser $DATA_DIR/run.lock names them."
    fi
    echo $$ >"$DATA_DIR/run.lock"
}

check_port() {
    python3 - "$HOST" "$PORT" <<'PYTHON'
import socket
import sys

host, port = sys.argv[1:]
try:
    family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
except (OSError, OverflowError, ValueError) as error:
    reason = getattr(error, "strerror", None) or error
    sys.exit(f"souk: cannot listen on {host} port {port}: {reason}. Choose another with HOST and PORT.")
PYTHON
}

# Compressing every file again takes seconds, so it is done when one of them or a package has changed.
collect_static() {
    local stamp=$DATA_DIR/static.stamp wanted
    wanted=$(find static -type f -printf '%p %s %T@\n' | sort | cat - .venv/installed-requirements config/settings.py | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    python manage.py collectstatic --no-input --verbosity 0
    printf '%s\n' "$wanted" >"$stamp"
}

migrate() {
    python manage.py migrate --no-input --verbosity 0
}

# The command leaves its log-ins in this file, and loads nothing into a shop that has products.
load_demo() {
    [ "${SEED_DEMO:-true}" != false ] && [ ! -f "$DATA_DIR/demo-logins.txt" ] || return 0
    echo "Loading the demo shop ..."
    python manage.py sampledata --if-empty
}

prepare() {
    collect_static &
    migrate
    load_demo
    wait $!
}

# The first page takes the application's imports; until then nobody is told to open it.
announce() {
    local shown=$HOST
    case $HOST in 0.0.0.0 | "") shown=127.0.0.1 ;; ::) shown="[::1]" ;; *:*) shown="[$HOST]" ;; esac
    python - "http://$shown:$PORT/" <<'PYTHON' || return 0
import sys
import time
import urllib.error
import urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
reason = None
for _ in range(600):
    try:
        opener.open(sys.argv[1], timeout=30).read()
        sys.exit()
    except urllib.error.HTTPError as error:
        sys.exit(f"souk: {sys.argv[1]} answers {error.code}; the lines above may tell why")
    except OSError as error:
        reason = error
    time.sleep(0.1)
sys.exit(f"souk: {sys.argv[1]} does not answer: {reason}")
PYTHON
    cat <<TEXT

Souk is up after $SECONDS s:
  shop    http://$shown:$PORT/
  admin   http://$shown:$PORT/admin/
  API     http://$shown:$PORT/api/v1/docs
$(cat "$DATA_DIR/demo-logins.txt" 2>/dev/null || true)
Data are kept in $DATA_DIR. Ctrl-C ends it.

TEXT
}

end() {
    local code=$?
    # A second Ctrl-C would leave processes behind; what follows takes seconds at most.
    trap '' INT TERM HUP EXIT
    end_steps
    python -m config.embedded down --owner $$ || code=1
    exit "$code"
}

read_dotenv
export HOST=${HOST:-127.0.0.1} PORT=${PORT:-8000}
DATA_DIR=$(realpath -m "${DATA_DIR:-.data}")
export DATA_DIR DJANGO_SETTINGS_MODULE=config.settings PYTHONUNBUFFERED=1
export ALLOWED_HOSTS=${ALLOWED_HOSTS:-localhost,127.0.0.1,[::1],$HOST,$(uname -n)}

check_python
lock_data_dir
check_port
step ensure_venv
export PATH="$PWD/.venv/bin:$PATH"

trap end EXIT
step python -m config.embedded up --owner $$
echo "Bringing the database up to date ..."
step prepare

# If this shell is killed, the kernel tells honcho, which then ends the services. It writes to a file, as a
# terminal that is closed would break it before it could do so; .env is read above, and would win if read again.
spawn setpriv --pdeathsig TERM honcho start --env /dev/null --port "$PORT" >"$DATA_DIR/run.log" 2>&1
services=$!
spawn tail --quiet --lines=+1 --follow --sleep-interval=0.2 --pid="$services" "$DATA_DIR/run.log"
shown=$!
spawn announce
wait "$services" && code=0 || code=$?
wait "$shown"
exit "$code"
