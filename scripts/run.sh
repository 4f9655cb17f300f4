#!/usr/bin/env bash
# Brings the shop up from a fresh clone and keeps it up until Ctrl-C: packages, embedded PostgreSQL and Redis
# (unless DATABASE_URL and REDIS_URL name others), and under a supervisor Caddy in front, web, worker, relay and beat.
# HOST and PORT say where it listens, DATA_DIR where it keeps its data; .env.example lists every variable.
#
#   scripts/run.sh             start; where APP_ENV is local also migrate, and load the demo shop the first time
#                              (unless SEED_DEMO=false)
#   scripts/run.sh migrate     bring the database up to date, and end; production's own step before a start or reload
#   scripts/run.sh reload      have the shop that runs take up new code without failing a request
#   scripts/run.sh status      tell which of its processes run
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

# As config/settings.py has it: whatever is not called local.
is_local() {
    [ "${APP_ENV-local}" = local ]
}

# What all processes are told, here and in production alike.
export_settings() {
    HOST=${HOST:-127.0.0.1} PORT=${PORT:-8000} DATA_DIR=$(realpath -m "${DATA_DIR:-.data}")
    export HOST PORT DATA_DIR DJANGO_SETTINGS_MODULE=config.settings PYTHONUNBUFFERED=1
    SHOWN_HOST=$HOST
    case $HOST in 0.0.0.0 | "") SHOWN_HOST=127.0.0.1 ;; ::) SHOWN_HOST="[::1]" ;; *:*) SHOWN_HOST="[$HOST]" ;; esac
    export SHOP_URL=${SHOP_URL:-http://$SHOWN_HOST:$PORT}
    export ALLOWED_HOSTS=${ALLOWED_HOSTS:-localhost,127.0.0.1,[::1],$HOST,$(uname -n)}
    # The front is the one proxy that the web sees, and tells it a single address.
    export TRUSTED_PROXY_COUNT=1 TRUSTED_PROXIES=${TRUSTED_PROXIES:-}
    export FRONT_ADDRESS=${FRONT_ADDRESS:-http://:$PORT} FRONT_BIND=$HOST FRONT_ERRORS=$PWD/deploy/errors
    export FRONT_PATIENCE=${FRONT_PATIENCE:-30s}
    local picture=${PICTURE_MAX_BYTES:-10000000}
    [[ $picture =~ ^[0-9_]+$ ]] || fail "PICTURE_MAX_BYTES is no number of bytes: $picture"
    local api=${API_MAX_BYTES:-2621440} form=${FORM_MAX_BYTES:-1000000}
    [[ $api$form =~ ^[0-9_]+$ ]] || fail "API_MAX_BYTES or FORM_MAX_BYTES is no number of bytes."
    # The web tells more exactly what is too large, so the front lets a little more pass.
    export BODY_MAX_BYTES=$((10#${api//_/} + 10#${form//_/}))
    # Ten pictures in one form, of the admin or the API.
    export UPLOAD_MAX_BYTES=$((10#${picture//_/} * 10 + 1000000))
    export RUN_USER=$UID RUN_PID=$$
}

# The data are nobody else's; root's PostgreSQL runs as another user, who has to pass through.
make_folders() {
    mkdir -p "$DATA_DIR" || fail "DATA_DIR=$DATA_DIR cannot be made."
    [ -O "$DATA_DIR" ] || fail "$DATA_DIR belongs to another user: set DATA_DIR to a folder of your own."
    if [ "$UID" = 0 ]; then chmod 711 "$DATA_DIR"; else chmod 700 "$DATA_DIR"; fi
    mkdir -p -m 700 "$DATA_DIR/logs"
    chmod 700 "$DATA_DIR/logs"
    # A socket's address has room for 107 bytes, and its name stands in two configurations.
    export RUN_DIR=$DATA_DIR/run
    if [ ${#RUN_DIR} -gt 80 ] || [[ ! $RUN_DIR =~ ^[A-Za-z0-9/._-]+$ ]]; then
        RUN_DIR=/tmp/souk-run-$(printf %s "$DATA_DIR" | sha256sum | cut -c-16)
    fi
    mkdir -p -m 700 "$RUN_DIR"
    [ -O "$RUN_DIR" ] && [ ! -L "$RUN_DIR" ] || fail "$RUN_DIR belongs to another user: remove it."
    chmod 700 "$RUN_DIR"
}

# The services hold their lock until they have ended: after a kill -9 of run.sh they end by themselves, and this one
# waits for them.
lock_data_dir() {
    local holder
    exec 9>>"$DATA_DIR/run.lock"
    if ! flock --nonblock 9; then
        holder=$(cat "$DATA_DIR/run.lock")
        if [ -n "$holder" ] && grep -qs run.sh "/proc/$holder/cmdline"; then
            fail "scripts/run.sh is running with these data already (process $holder, DATA_DIR=$DATA_DIR)."
        fi
        echo "Waiting for the processes of an earlier run to end ..."
        flock --wait 30 9 || fail "Processes of an earlier run are left; fuser $DATA_DIR/run.lock names them."
    fi
    echo $$ >"$DATA_DIR/run.lock"
    exec 8>>"$DATA_DIR/services.lock"
    if ! flock --nonblock 8; then
        echo "Waiting for the processes of an earlier run to end ..."
        flock --wait 60 8 || fail "Processes of an earlier run are left; fuser $DATA_DIR/services.lock names them."
    fi
    exec 8>&-
}

check_port() {
    # With a name of its own, Caddy takes the ports of the web.
    [[ $FRONT_ADDRESS = http://:* ]] || return 0
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

# In production, the database is changed by whoever deploys, and nobody else's data are loaded.
prepare() {
    python -m config.reach
    collect_static &
    if is_local; then
        migrate
        load_demo
    else
        python manage.py check --deploy --database default
        python manage.py migrate --check --verbosity 0 >/dev/null ||
            fail "The database has not all migrations: run scripts/run.sh migrate first."
    fi
    wait $!
}

start_services() {
    supervisorctl start embedded web >/dev/null
    # A web that does not come up has said why, and is started again and again.
    if python -m config.reach --web "$RUN_DIR/web.sock"; then announce; fi
    # At the same time as the web, all would share two cores for their imports.
    supervisorctl start worker relay beat >/dev/null
}

announce() {
    local logins=$DATA_DIR/demo-logins.txt shop=${SHOP_URL%/}
    is_local || logins=/dev/null
    cat <<TEXT

Souk is up after $SECONDS s:
  shop    $shop/
  admin   $shop/admin/
  API     $shop/api/v1/docs
$(cat "$logins" 2>/dev/null || true)
Data are kept in $DATA_DIR, logs in its logs. Ctrl-C ends it.

TEXT
}

supervisorctl() {
    .venv/bin/supervisorctl -c deploy/supervisord.conf "$@"
}

end() {
    local code=$?
    # A second Ctrl-C would leave processes behind; what follows takes seconds at most.
    trap '' INT TERM HUP EXIT
    end_steps
    python -m config.embedded down --owner $$ || code=1
    exit "$code"
}

enter() {
    umask 077
    read_dotenv
    export_settings
    check_python
    make_folders
}

# Packages, unlike logs, mails and sockets, are not their owner's alone.
install_packages() {
    umask 022
    ensure_venv
}

use_packages() {
    step install_packages
    export PATH="$PWD/.venv/bin:$PATH"
}

start() {
    enter
    lock_data_dir
    check_port
    use_packages
    trap end EXIT
    # It appends to its logs; only what is new is shown here. It ends its services when this shell is killed.
    touch "$DATA_DIR"/logs/{supervisord,front,embedded,web,worker,relay,beat}.log
    chmod 600 "$DATA_DIR"/logs/*
    spawn tail --quiet --lines=0 --follow=name --retry --sleep-interval=0.2 --pid=$$ "$DATA_DIR"/logs/*.log 2>/dev/null
    spawn setpriv --pdeathsig TERM supervisord --configuration deploy/supervisord.conf
    services=$!
    step python -m config.embedded up --owner $$
    echo "Bringing the database up to date ..."
    step prepare
    spawn start_services
    wait "$services" && code=0 || code=$?
    exit "$code"
}

migrate_only() {
    enter
    use_packages
    trap end EXIT
    step python -m config.embedded up --owner $$
    step python -m config.reach
    step migrate
    echo "The database is up to date."
}

# The web starts new workers beside the old, which end when they have answered; the others are started again.
reload() {
    enter
    supervisorctl pid >/dev/null 2>&1 || fail "No shop runs with these data (DATA_DIR=$DATA_DIR)."
    use_packages
    step collect_static
    step supervisorctl signal HUP web
    step supervisorctl restart worker relay beat
}

case ${1:-start} in
start) start ;;
migrate) migrate_only ;;
reload) reload ;;
status) enter && supervisorctl status ;;
*) fail "scripts/run.sh knows start, migrate, reload and status, and not $1." ;;
esac
