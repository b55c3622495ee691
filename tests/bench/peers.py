"""The engine beside its peers, and one rank beside two: whole programs in turns, as ratios.

    peers.py BUILD MPIRUN STUDY FOLDER [ROUNDS]

Prints tables in Markdown. A round runs everything once, so that a slow phase of the machine hits all
alike; figures are medians of the rounds with half the distance of the quartiles, ratios are those of
each round. Processor time only. The engine's cost is a run less a quarter of it, over the samples between:
all that grows with samples, statistics of all outputs included (a run of one block would leave what
the end of a run takes in the difference, as its sketches are nearly empty). The peers time themselves
without reading the study: parameters, evaluation, and statistics of all outputs from stored values.
What numpy makes on the way to a value is new memory; C's library gives it back to the system, which
fills it with zeros each time, unless told to keep it: the plain numpy peer is measured both ways.
"""
import json
import os
import subprocess
import sys

from runs import measure, spread

UNIT_YEARS = 4966
SHORT, LONG = 4800, 19200
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}
NUMPY = {"tuned": ("tuned", 8000, {}), "as one writes it first": ("plain", 4000, {}),
         "as one writes it first, freed memory kept": ("plain", 4000, KEEP_MEMORY)}
GSL_SAMPLES = 4000
RANK_SAMPLES = 96000
SETS = ("v4", "v3", "generic")


def available_sets():
    """Instruction sets of this processor."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = next((line for line in file if line.startswith("flags")), "").split()
    missing = {"v4": "avx512dq", "v3": "avx2"}
    return [name for name in SETS if missing.get(name, "sse2") in flags]


def run_command(program, study, samples, folder):
    """A run of the engine."""
    return [program, "run", study, "-q", "-n", str(samples), "-o", os.path.join(folder, "turn.h5")]


def engine(program, study, folder, name):
    """Nanoseconds of processor a unit-year."""
    os.environ["FULCRUM_ISA"] = name
    short, long = (measure(run_command(program, study, n, folder))[1] for n in (SHORT, LONG))
    del os.environ["FULCRUM_ISA"]
    return (long - short) / (LONG - SHORT) / UNIT_YEARS * 1e9


def timed(command, settings=None):
    """What a peer prints of itself."""
    settings = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", **(settings or {}))
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=settings).stdout)


def numpy_peer(study, way, samples, settings):
    """Nanoseconds a unit-year."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers/portfolio_numpy.py")
    said = timed([sys.executable, script, study, "--samples", str(samples), "--way", way, "--aggregate"],
                 settings)
    return sum(said["seconds"].values()) / samples / UNIT_YEARS * 1e9


def gsl_peer(program, flat, aggregate, generator):
    """The same of the scalar C peer."""
    said = timed([program, flat, "--samples", str(GSL_SAMPLES), "--aggregate", aggregate,
                  "--generator", generator])
    seconds = said["parameters_s"] + said["evaluation_s"] + said["aggregation_s"]
    return seconds / GSL_SAMPLES / UNIT_YEARS * 1e9


def contestants(build, study, folder):
    """What runs in turns: a name, and a function that gives nanoseconds a unit-year."""
    program = os.path.join(build, "fulcrum")
    found = {f"fulcrum, {name}": lambda name=name: engine(program, study, folder, name)
             for name in available_sets()}
    for name, arguments in NUMPY.items():
        found[f"numpy, {name}"] = lambda arguments=arguments: numpy_peer(study, *arguments)
    peer = os.path.join(build, "tests/bench/peers/portfolio_gsl")
    if os.path.exists(peer):
        flat = os.path.join(folder, "flat.txt")
        canonical = subprocess.run([program, "check", "--canonical", study], check=True, capture_output=True)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers/flatten.py")
        with open(flat, "wb") as file:
            subprocess.run([sys.executable, script], input=canonical.stdout, check=True, stdout=file)
        for name, aggregate, generator in (("taus2, selected quantiles", "select", "taus2"),
                                           ("mt19937, sorted quantiles", "sort", "mt19937")):
            found[f"C with GSL, {name}"] = (lambda aggregate=aggregate, generator=generator:
                                            gsl_peer(peer, flat, aggregate, generator))
    return found


def in_turns(found, rounds):
    """One list of figures for each."""
    values = {name: [] for name in found}
    for _ in range(rounds):
        for name, figure in found.items():
            values[name].append(figure())
    return values


def print_peers(values):
    """Figures, and ratios to the engine in each of its sets."""
    engines = [name for name in values if name.startswith("fulcrum")]
    print("| whole, parameters and statistics included | ns a unit-year | "
          + " | ".join(f"times {name}" for name in engines) + " |")
    print("|---|---|" + "---|" * len(engines))
    for name, figures in values.items():
        ratios = [spread([a / b for a, b in zip(figures, values[other])]) for other in engines]
        print(f"| {name} | %.1f ± %.1f | " % spread(figures)
              + " | ".join("%.2f ± %.2f" % ratio for ratio in ratios) + " |", flush=True)


def print_ranks(build, mpirun, study, folder, rounds):
    """One rank beside two, on the wall: all of the run, and what its samples take."""
    program = os.path.join(build, "fulcrum")
    whole, blocks, processor = [], [], []
    for _ in range(rounds):
        times = {}
        for ranks in (1, 2):
            launch = [] if ranks == 1 else [mpirun, "-n", str(ranks)]
            times[ranks] = [measure(launch + run_command(program, study, n, folder))[:2]
                            for n in (RANK_SAMPLES, SHORT)]
        whole.append(times[1][0][0] / times[2][0][0])
        blocks.append((times[1][0][0] - times[1][1][0]) / (times[2][0][0] - times[2][1][0]))
        processor.append(times[2][0][1] / times[1][0][1])
    print(f"\n| two ranks beside one, {RANK_SAMPLES} samples | ratio |\n|---|---|")
    print("| times as fast on the wall, all of the run | %.2f ± %.2f |" % spread(whole))
    print("| the same without start and end | %.2f ± %.2f |" % spread(blocks))
    print("| processor time, both ranks to one | %.2f ± %.2f |" % spread(processor))


def main():
    """Both tables."""
    build, mpirun, study, folder = sys.argv[1:5]
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 5
    print_peers(in_turns(contestants(build, study, folder), rounds))
    print_ranks(build, mpirun, study, folder, rounds)


if __name__ == "__main__":
    main()
