"""Start a command from a process that holds nothing, and write down what the command took.

Usage: python start_command.py REPORT COMMAND [ARGUMENT...]

REPORT is written as JSON: seconds of wall and of CPU time, and megabytes at the peak. The exit
code is the command's.
"""

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> int:
    """Run a command to its end, write the report, and return the exit code."""
    began = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    with open(report, "w") as file:
        json.dump({"wall": wall, "cpu": cpu, "peak_mb": usage.ru_maxrss * unit / 1e6}, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
