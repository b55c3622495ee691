"""Run a command and add a line to a file: how many cores of this machine others left to it.

    beside.py FILE COMMAND ...

Cores less the average of those busy with anything but the command and its children (Linux; else all cores).
"""
import os
import resource
import subprocess
import sys
import time


def busy():
    """Core seconds that this machine has worked, or was kept from it by its host, since it started."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    except OSError:
        return 0.0
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def main():
    begin, before = time.monotonic(), busy()
    code = subprocess.run(sys.argv[2:], check=False).returncode
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = max(0.0, busy() - before - own.ru_utime - own.ru_stime) if before else 0.0
    with open(sys.argv[1], "a", encoding="ascii") as file:
        file.write(f"{os.cpu_count() - others / (time.monotonic() - begin):.4f}\n")
    return code


sys.exit(main())
