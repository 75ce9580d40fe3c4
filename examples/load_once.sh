#!/usr/bin/env bash
# Loads the new files, one run at a time, and proves the warehouse after a load that changed it.
#
#   load_once.sh FOLDER    FOLDER holds .env, or the environment has the settings; a .venv in it,
#                          if there is one, has the library
#
# Exit codes: that of the load (0 loaded or nothing to do, 1 failed, 2 configuration), that of the
# check after a load, or 0 when another run holds the lock. The result goes to stdout as JSON.
set -uo pipefail

cd "${1:?the folder to run in}" || exit 2
if [ -x .venv/bin/python ]; then python=.venv/bin/python; else python=python; fi

# The kernel gives the lock back when this process ends, however it ends.
exec 9>> .load.lock
if ! flock --nonblock 9; then
  echo '{"status": "another_run_holds_the_lock"}'
  exit 0
fi

result=$("$python" -m sparkify_dwh.load --json)
code=$?
[ -n "$result" ] && echo "$result"
[ "$code" -eq 0 ] || exit "$code"

case $result in
  *'"status": "loaded"'*)
    # Here is the place to copy a DuckDB file for dashboards: nobody writes while we hold the lock.
    report=$("$python" -m sparkify_dwh.check --no-audit) || { echo "$report" >&2; exit 1; }
    ;;
esac
