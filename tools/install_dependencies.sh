#!/usr/bin/env bash
# Installs what is missing to build, test and lint: Debian packages, then Python packages into .venv.
# Costs a few hundredths of a second when nothing is missing. usage: tools/install_dependencies.sh
set -euo pipefail
cd "$(dirname "$0")/.."

system_packages=(
  g++ cmake ninja-build ccache clang-format-14
  libtbb-dev librocksdb-dev libcereal-dev nlohmann-json3-dev librdkafka-dev libasio-dev libgtest-dev
  python3-dev python3-venv
)
extras=(test dev)
venv=.venv
stamp=$venv/.requirements

fail() { printf 'install_dependencies: %s\n' "$*" >&2; exit 1; }

# Runs a command whose output matters only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "failed: $*"
  fi
  rm -f "$log"
}

install_system_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    [ -x $venv/bin/python ] || echo "Not a Debian system; the equivalents of these must be there: ${system_packages[*]}"
    return
  fi
  local installed missing=() name as_root=()
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${system_packages[@]}" 2>/dev/null || true)
  for name in "${system_packages[@]}"; do
    grep -qxF "installed $name" <<<"$installed" || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing packages, and neither root nor sudo to install them: ${missing[*]}"
    as_root=(sudo)
  fi
  echo "Installing Debian packages: ${missing[*]}"
  quietly "${as_root[@]}" apt-get update -q
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# A Python that can make the venv and that the module can be compiled for.
usable() {
  "$1" - >/dev/null 2>&1 <<'PY'
import ensurepip, os, sys, sysconfig, venv
headers = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(not (sys.version_info >= (3, 11) and os.path.exists(headers)))
PY
}

choose_python() {
  local candidate
  for candidate in python3.11 python3 python3.12 python3.13 python3.14 /usr/bin/python3.11 /usr/bin/python3; do
    command -v "$candidate" >/dev/null && usable "$candidate" && { command -v "$candidate"; return; }
  done
  fail "no Python >= 3.11 with venv and development headers (Python.h); install python3-dev and python3-venv"
}

# What pyproject.toml asks for: to build, to run, and the extras.
python_requirements() {
  $venv/bin/python - "${extras[@]}" <<'PY'
import sys, tomllib
with open("pyproject.toml", "rb") as file:
    config = tomllib.load(file)
project = config["project"]
names = config["build-system"]["requires"] + project["dependencies"]
for extra in sys.argv[1:]:
    names += project["optional-dependencies"][extra]
print("\n".join(names))
PY
}

install_python_packages() {
  local python wanted
  if ! $venv/bin/python -c '' 2>/dev/null; then
    python=$(choose_python)
    echo "Making $venv with $("$python" --version)"
    rm -rf build/python  # configured for the Python of the former venv
    quietly "$python" -m venv --clear $venv
  fi
  if [ pyproject.toml -ot $stamp ]; then return; fi
  wanted=$(python_requirements)
  if [ "$wanted" != "$(cat $stamp 2>/dev/null)" ]; then
    echo "Installing Python packages into $venv"
    # shellcheck disable=SC2086
    quietly $venv/bin/python -m pip install -q --disable-pip-version-check $wanted
  fi
  printf '%s\n' "$wanted" >$stamp
}

install_system_packages
install_python_packages
