#!/usr/bin/env bash
# Checks everything from nothing, with databases of its own that are removed at the end: lint, types, import
# contracts, security, known vulnerabilities of packages, settings, missing migrations, the API document, translations,
# tests (with COVERAGE=true how much of the code they run, which has to be 90 %). Needs no root and no server.
set -Eeuo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/common.sh

DATA_DIR=$(mktemp -d /tmp/souk-verify.XXXXXX)
chmod 711 "$DATA_DIR" # root's PostgreSQL runs as another user, who has to pass
# Empty, not unset: a value in .env does not replace them.
export DATA_DIR EMBEDDED_FAST=1 DATABASE_URL='' REDIS_URL='' CELERY_BROKER_URL=''
export DJANGO_SETTINGS_MODULE=config.settings

end() {
    local code=$?
    trap '' INT TERM HUP EXIT
    end_steps
    [ ! -x .venv/bin/python ] || .venv/bin/python -m config.embedded down || code=1
    rm -rf "$DATA_DIR"
    exit "$code"
}
trap end EXIT

summary=()
failed=0
check() {
    local name=$1 start=$SECONDS result=passed
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    step "$@" || { result=FAILED && failed=$((failed + 1)); }
    summary+=("$(printf '%-12s %-7s %4d s' "$name" "$result" $((SECONDS - start)))")
}

api_document() {
    python manage.py spectacular --validate --fail-on-warn --file "$DATA_DIR/openapi.yaml" &&
        diff -u docs/openapi.yaml "$DATA_DIR/openapi.yaml" ||
        { echo "docs/openapi.yaml differs: python manage.py spectacular --file docs/openapi.yaml" && return 1; }
}

# As behind a proxy that ends TLS, with servers elsewhere; nothing is connected to.
deploy() {
    env -u DEBUG -u EMBEDDED_FAST -u STAFF_MFA_REQUIRED -u HTTPS_ONLY APP_ENV=production \
        SHOP_URL=https://shop.souk.example ALLOWED_HOSTS=shop.souk.example TRUSTED_PROXY_COUNT=1 \
        DATABASE_URL=postgres://souk:unused@database.souk.example/souk REDIS_URL=rediss://redis.souk.example:6379/0 \
        CELERY_BROKER_URL= python manage.py check --deploy --fail-level WARNING
}

tests=(pytest -n 2)
# Takes its time, so only when asked for.
[ "${COVERAGE:-}" != true ] || tests+=(--cov --cov-report=term:skip-covered)
if ! command -v chromium >/dev/null; then
    [ "${CI:-}" != true ] || fail "chromium is missing; .ci/run installs it."
    echo "Chromium is not installed, so the tests in a browser are left out (apt-get install chromium)."
    tests+=(-m "not browser")
fi

step ensure_venv
export PATH="$PWD/.venv/bin:$PATH"

check lint ruff check .
check format ruff format --check .
check types mypy
check imports lint-imports
check security bandit --quiet --configfile pyproject.toml --recursive .
check packages python scripts/audit_packages.py
check settings python manage.py check --fail-level WARNING
check deploy deploy
check migrations python manage.py makemigrations --check --dry-run
check api api_document
check tests "${tests[@]}"

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
[ "$failed" -eq 0 ] || fail "$failed checks failed."
