"""Whole runs of the program: wall time, processor time of all ranks, peak memory of the largest rank.

    runs.py FULCRUM MPIRUN LARGE_STUDY SMALL_STUDY FOLDER
    runs.py --start FULCRUM[,OTHER...] MPIRUN LARGE_STUDY SMALL_STUDY FOLDER

Prints a table in Markdown. The large study gives speed; the small one is run at a hundred thousand
and ten million samples, between which the memory must not grow. With --start: what a run costs before and after its
samples, of one or several programs in turns, and the instructions of its phases where valgrind is
installed, which do not depend on what else the machine does (nor on instructions that valgrind
lacks: SHA-256 is counted without the processor's own).
"""
import os
import re
import shutil
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


def start_rows(program, mpirun, large, small, folder):
    """The short runs to time, by name."""
    result = os.path.join(folder, "start.h5")

    def run(study, samples):
        return [program, "run", study, "-q", "-n", str(samples), "-o", result]

    return {
        "--version": [program, "--version"],
        "check": [program, "check", large],
        "run, 1 sample": run(large, 1),
        "run, 192 samples": run(large, 192),
        "run, 1 sample, 2 ranks": [mpirun, "-n", "2"] + run(large, 1),
        "run of the small study, 1 sample": run(small, 1),
    }


def spread(values):
    """Median and half the distance of the quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return middle, (high - low) / 2


def time_start(programs, mpirun, large, small, folder, rounds=7):
    """Print what short runs take, all programs in turns."""
    print("| start | program | wall ms | +- | processor ms | +- |\n|---|---|---|---|---|---|")
    commands = {p: start_rows(p, mpirun, large, small, folder) for p in programs}
    for name in commands[programs[0]]:
        times = {p: [] for p in programs}
        for _ in range(rounds):
            for p in programs:
                times[p].append(measure(commands[p][name])[:2])
        for p in programs:
            wall, processor = (spread([1e3 * x for x in column]) for column in zip(*times[p]))
            print(f"| {name} | {p} | {wall[0]:.0f} | {wall[1]:.0f} | {processor[0]:.0f} | {processor[1]:.0f} |", flush=True)


PHASES = {
    "reading the study": "flc_study_load_like",
    "tables of its distributions": "flc_curve_tabulate",
    "the pilot, evaluated and sorted": "flc_evaluator_summary",
    "its evaluation": "flc_model_evaluate",
    "the state": "flc_state_image",
    "the result": "flc_result_save",
    "its arrays deflated": "compress2",
    "SHA-256": "flc_sha256_update",
}


def count_start(program, study, folder):
    """Print the instructions of a run of one sample, by phases that may hold each other."""
    counts = os.path.join(folder, "start.callgrind")
    command = [program, "run", study, "-q", "-n", "1", "-o", os.path.join(folder, "start.h5")]
    measure(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={counts}"] + command)
    listed = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", counts],
                            capture_output=True, text=True, check=True).stdout
    found = {}
    for number, name in re.findall(r"^ *([\d,]+) .*:(\w+)(?: \[.*)?$", listed, re.M):
        found[name] = max(found.get(name, 0), int(number.replace(",", "")))
    total = int(re.search(r"^ *([\d,]+) .*PROGRAM TOTALS", listed, re.M)[1].replace(",", ""))
    print(f"\n| {program}, 1 sample | million instructions | share |\n|---|---|---|")
    print(f"| all | {total / 1e6:.0f} | |")
    for phase, function in PHASES.items():
        print(f"| {phase} | {found.get(function, 0) / 1e6:.0f} | {found.get(function, 0) / total:.1%} |", flush=True)


def start():
    """What a run costs before and after its samples."""
    programs, mpirun, large, small, folder = sys.argv[2:7]
    time_start(programs.split(","), mpirun, large, small, folder)
    if shutil.which("valgrind"):
        for program in programs.split(","):
            count_start(program, large, folder)


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
        run(small, 100000, ranks)
    run(small, 10000000, 2)


if __name__ == "__main__":
    start() if sys.argv[1] == "--start" else main()
