"""Whole runs of the program: wall time, processor time of all ranks, peak memory of the largest rank.

    runs.py FULCRUM MPIRUN STUDY FOLDER

Prints a table in Markdown. A run that the ones before it predict to take more than LONGEST seconds
is left out, and the table says so.
"""
import os
import statistics
import subprocess
import sys
import time

LONGEST = 25.0


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
    """Print the medians of some repeats; the wall time."""
    wall, processor, memory = (statistics.median(x) for x in zip(*(measure(command) for _ in range(repeats))))
    print(f"| {name} | {wall:.2f} | {processor:.2f} | {memory:.0f} |", flush=True)
    return wall


def main():
    fulcrum, mpirun, study, folder = sys.argv[1:5]
    result = os.path.join(folder, "bench.h5")

    def run(samples):
        return [fulcrum, "run", study, "-q", "-n", str(samples), "-o", result]

    print("| whole runs | wall s | processor s | peak MiB of a rank |\n|---|---|---|---|")
    row("--version", [fulcrum, "--version"], 5)
    row("check", [fulcrum, "check", study], 5)
    start = row("run, 1 sample", run(1), 3)
    for ranks in (1, 2):
        launch = [] if ranks == 1 else [mpirun, "-n", str(ranks)]
        short = row(f"run, 20000 samples, ranks: {ranks}", launch + run(20000), 3)
        predicted = 10 * max(short - start, 0.0) + start
        if predicted <= LONGEST:
            row(f"run, 200000 samples, ranks: {ranks}", launch + run(200000))
        else:
            print(f"| run, 200000 samples, ranks: {ranks} | left out: would take {predicted:.0f} s | | |")


main()
