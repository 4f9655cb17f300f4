# Sourced by run.sh and verify.sh, which run in the checkout's folder under `set -Eeuo pipefail`.
# Needs nothing but python3 (3.11 or later) with its venv module, and what every Debian has.

trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
    printf 'souk: %s\n' "$*" >&2
    exit 1
}

# Starts a command in a process group of its own: a Ctrl-C reaches this shell alone, which then ends the group.
# Job control is on for the moment only, as it would take the terminal for each command that is waited for.
spawn() {
    set -m
    "$@" </dev/null &
    set +m
}

# Runs a command so that a signal is acted upon at once, and not when the command has ended.
step() {
    spawn "$@"
    wait $!
}

end_steps() {
    local pid
    for pid in $(jobs -p); do
        kill -TERM -- "-$pid" || true
    done 2>/dev/null
    wait
}

check_python() {
    python3 -c '' 2>/dev/null || fail "python3 is missing. On Debian: apt-get install python3 python3-venv"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or later is needed, and python3 is $(python3 -c 'import platform; print(platform.python_version())')."
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing. On Debian: apt-get install python3-venv"
}

# What went wrong is a page of lines; the last that names an error says it.
install_with() {
    local output
    output=$("$@" 2>&1) && return
    fail "The packages could not be installed: $(grep -iE 'error|failed|cannot|could not' <<<"$output" | tail -n 1 |
        sed 's/^[[:space:][:punct:]]*//' | cut -c-300) - check the network, or name another registry with PIP_INDEX_URL" \
        "and UV_DEFAULT_INDEX, and start again."
}

# Packages are installed again only when a requirements file has changed since they were.
ensure_venv() {
    local stamp wanted
    stamp=.venv/installed-requirements
    wanted=$(cat requirements.txt requirements-dev.txt | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    check_python
    # Another start from this checkout may be installing at this moment.
    exec 8>.venv.lock
    flock 8
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || ! .venv/bin/python -c '' 2>/dev/null; then
        echo "Installing the packages of requirements-dev.txt into .venv ..."
        .venv/bin/python -c '' 2>/dev/null || python3 -m venv --clear .venv
        install_with .venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 1 \
            "$(grep '^uv==' requirements-dev.txt)"
        install_with .venv/bin/uv pip install --quiet --python .venv/bin/python -r requirements-dev.txt
        printf '%s\n' "$wanted" >"$stamp"
    fi
    exec 8>&-
}
