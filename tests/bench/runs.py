"""Whole runs of the program: wall time, processor time of all ranks, peak memory of the largest rank.

    runs.py FULCRUM MPIRUN LARGE_STUDY SMALL_STUDY FOLDER

Prints a table in Markdown. The large study gives speed; the small one is run at two numbers of
samples, between which the memory must not grow.
"""
import os
import statistics
import subprocess
import sys
import time


def measure(command):
    """Seconds on the wall, seconds of processor, MiB of the largest process."""
    begin = time.monotonic()
    with open(os.devnull, "w") as nothing:
        child = subprocess.Popen(command, stdout=nothing, stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit code {child.returncode}\n{said.decode()}")
    wall = time.monotonic() - begin
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(name, command, repeats=1):
    """Print the medians of some repeats."""
    wall, processor, memory = (statistics.median(x) for x in zip(*(measure(command) for _ in range(repeats))))
    print(f"| {name} | {wall:.2f} | {processor:.2f} | {memory:.0f} |", flush=True)


def main():
    fulcrum, mpirun, large, small, folder = sys.argv[1:6]

    def run(study, samples, ranks):
        launch = [] if ranks == 1 else [mpirun, "-n", str(ranks)]
        result = os.path.join(folder, "bench.h5")
        name = f"{os.path.basename(study)}, {samples} sample{'s' if samples > 1 else ''}, {ranks} rank{'s' if ranks > 1 else ''}"
        row(name, launch + [fulcrum, "run", study, "-q", "-n", str(samples), "-o", result], 3 if samples == 1 else 1)

    print("| whole runs | wall s | processor s | peak MiB of a rank |\n|---|---|---|---|")
    row("--version", [fulcrum, "--version"], 5)
    row(f"check {os.path.basename(large)}", [fulcrum, "check", large], 5)
    run(large, 1, 1)
    for ranks in (1, 2):
        run(large, 20000, ranks)
    for ranks in (1, 2):
        for samples in (20000, 200000):
            run(small, samples, ranks)


main()
