"""Run a command and add a line to a file: cores, core seconds that this machine worked meanwhile (Linux; else 0), those of
the command and its children, and seconds.

    beside.py FILE COMMAND ...
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
    with open(sys.argv[1], "a", encoding="ascii") as file:
        file.write(f"{os.cpu_count()} {busy() - before:.4f} {own.ru_utime + own.ru_stime:.4f} {time.monotonic() - begin:.4f}\n")
    return code


sys.exit(main())
