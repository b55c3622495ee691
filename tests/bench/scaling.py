"""What a run costs by its number of ranks: fitted to measured runs, checked on others, foretold for more.

    scaling.py CSV [CSV ...] [--cores C] [--fit RANKS] [--hosts CSV --latency S --bandwidth B]

CSV is what jobs/slurm_scaling.sh writes. Costs are fitted to runs of up to RANKS ranks (4) on C cores (those of
this machine); everything else in the files is then foretold and compared. Prints Markdown.

With P ranks, B blocks, S(n) the bytes of what n blocks are summed up to, times of the processor in seconds:

    T = start(P) + prepare + ceil(B / P) block + merge(P, S) + write

- start(P) = a + b P on one machine: launcher, MPI, end; on a cluster what its launcher takes (assumed);
- prepare: rank 0 reads the study, then the others read what it sends them, then all run the pilot block;
- merge, fewer than 8 ranks: ceil(log2 P) times S; else, P' the power of two below P, S once more if P > P', then
  S(2^k B/P) / 2^(k+1) for k = 0 ... log2 P' - 1, then S(B) on rank 0; each times the cost of a byte merged and that
  of a byte sent, and a latency a message (engine/run/gather.h);
- write: the last partial block and the result, on rank 0.

Where more ranks than cores are at work a phase takes at least its whole processor time by the number of cores, of which
those count that other programs left (tests/bench/beside.py).
"""
import argparse
import csv
import dataclasses
import math
import os
import statistics
import sys

BLOCK = 192
TREE_RANKS = 8  # from here on merging is shared out
MESSAGE = 2 ** 20
PREPARE_ROUNDS, MERGE_ROUNDS = 22, 4  # operations of all ranks together, one message a doubling each
PHASES = ("prepare", "blocks", "merge", "write")


@dataclasses.dataclass
class Costs:
    """Seconds of a core, and bytes."""
    start: float  # a run of one rank outside its phases
    start_rank: float  # and each further rank
    prepare: float  # until all ranks are ready, undisturbed
    prepare_rank: float  # of that at work on each rank
    block: float
    merge_byte: float  # written, and merged
    write: float
    bytes_first: float  # of one block's sums
    bytes_doubling: float  # and each time there are twice as many


@dataclasses.dataclass
class Machine:
    """Where it runs; `start` and `start_doubling` replace those of the costs where given."""
    cores: float = math.inf
    per_host: int = 1 << 30
    latency: float = 0.0  # seconds of a message between hosts
    bandwidth: float = math.inf  # bytes a second of a host
    start: float = None
    start_doubling: float = 0.0


def size(costs, blocks):
    """Bytes that the sums of so many blocks take."""
    return costs.bytes_first + costs.bytes_doubling * math.log2(max(blocks, 1.0))


@dataclasses.dataclass
class Step:
    """Of merging: one message to each rank that takes part."""
    length: float  # bytes
    merges: float  # 1: written by the sender and merged by the receiver; a half: merged only
    distance: int  # between the ranks
    ranks: int  # that are at work at the same time
    together: int = 1  # neighbours that send


def steps_of_merge(costs, ranks, blocks):
    """The way to rank 0."""
    own = blocks / ranks
    if ranks < TREE_RANKS:
        return [Step(size(costs, own * 2 ** k), 1.0, 2 ** k, math.ceil(ranks / 2 ** (k + 1)))
                for k in range(math.ceil(math.log2(ranks)))]
    doublings = int(math.log2(ranks))
    powers = 2 ** doublings
    fold = [Step(size(costs, own), 1.0, powers, ranks - powers, ranks - powers)] if ranks > powers else []
    scatter = [Step(size(costs, own * 2 ** k) / 2 ** (k + 1), 1.0, 2 ** k, powers, powers) for k in range(doublings)]
    collect = [Step(size(costs, blocks) / 2 ** (k + 1), 0.5, 2 ** k, 1, 2 ** k) for k in reversed(range(doublings))]
    return fold + scatter + collect


def merge_seconds(costs, machine, ranks, blocks):
    """On the way to rank 0, and of all processors together."""
    path = total = 0.0
    for step in steps_of_merge(costs, ranks, blocks):
        work = step.length * costs.merge_byte * step.merges
        path += work
        total += work * step.ranks
        if step.distance >= machine.per_host:
            sent = step.length * min(machine.per_host, step.together)
            path += machine.latency * math.ceil(step.length / MESSAGE) + sent / machine.bandwidth
    return path, total


def foretell(costs, machine, ranks, samples):
    """Seconds by phase of a run of so many samples."""
    blocks = samples // BLOCK
    cores = min(machine.cores, ranks)
    merge, merging = merge_seconds(costs, machine, ranks, blocks) if ranks > 1 else (0.0, 0.0)
    between = machine.latency * math.ceil(math.log2(ranks)) if ranks > machine.per_host else 0.0
    start = costs.start + costs.start_rank * (ranks - 1)
    if machine.start is not None:
        start = machine.start + machine.start_doubling * math.log2(ranks)
    return {
        "start": start,
        "prepare": max(costs.prepare if ranks > 1 else costs.prepare_rank, ranks * costs.prepare_rank / cores) + PREPARE_ROUNDS * between,
        "blocks": max(math.ceil(blocks / ranks), blocks / cores) * costs.block,
        "merge": max(merge, merging / cores) + MERGE_ROUNDS * between,
        "write": costs.write,
    }


def processor(costs, ranks, samples):
    """Core seconds of all ranks in all phases but the first."""
    blocks = samples // BLOCK
    merging = merge_seconds(costs, Machine(), ranks, blocks)[1] if ranks > 1 else 0.0
    return ranks * costs.prepare_rank + blocks * costs.block + merging + costs.write


def received(costs, ranks, samples):
    """Bytes that rank 0 receives."""
    return sum(step.length for step in steps_of_merge(costs, ranks, samples // BLOCK)) if ranks > 1 else 0.0


# ---- from measurements ----------------------------------------------------------------------------------------------

def beside_runs(path):
    """What tests/bench/beside.py wrote, a number a run, where it was asked."""
    beside = os.path.join(os.path.dirname(path), "cores")
    if not os.path.exists(beside):
        return []
    with open(beside, encoding="ascii") as file:
        return [tuple(map(float, line.split())) for line in file]


def cores_left(run, beside):
    """What others left of the machine; ranks on hosts are no children of the command, but tell what they used."""
    cores, busy, children, passed = beside
    own = max(children, run["ranks"] * sum(run[f"{phase}_processor"] for phase in ("start",) + PHASES))
    return cores - max(0.0, busy - own) / passed


def read(paths):
    """Runs as dictionaries of numbers, but for their kind: of several rounds the quickest, which others disturbed least."""
    runs = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            rows = [{name: text if name == "kind" else float(text) for name, text in row.items()} for row in csv.DictReader(file)]
        beside = beside_runs(path)
        runs += [{**row, "cores": cores_left(row, beside[i]) if beside else math.inf} for i, row in enumerate(rows)]
    quietest = {}
    for run in sorted(runs, key=lambda run: -run["wall"]):
        quietest[run["kind"], run["ranks"], run["samples"]] = run
    return list(quietest.values())


def of_phase(run, phase):
    """Seconds of a phase of an average rank, working and waiting: of those that end together the time it takes."""
    return run[f"{phase}_work"] + run[f"{phase}_wait"]


def start_of(run):
    """What of a run is in no phase but the first."""
    return run["wall"] - sum(of_phase(run, phase) for phase in ("prepare", "blocks", "keep", "merge", "checkpoint", "write"))


def waits(run, phase):
    """How much longer a phase takes than an average rank is at work in it."""
    return of_phase(run, phase) / max(run[f"{phase}_work"], 1e-9)


def line(points):
    """Least squares: value at 0, and slope, which is not negative."""
    n, x, y = len(points), statistics.fmean(p[0] for p in points), statistics.fmean(p[1] for p in points)
    spread = sum((p[0] - x) ** 2 for p in points)
    slope = max(0.0, sum((p[0] - x) * (p[1] - y) for p in points) / spread) if n > 1 and spread > 0 else 0.0
    return y - slope * x, slope


def fit(runs):
    """Costs from runs of few ranks; at least one of 1 and one of more."""
    alone = [run for run in runs if run["ranks"] == 1]
    several = [run for run in runs if run["ranks"] > 1]
    few = [run for run in several if run["ranks"] == min(other["ranks"] for other in several)]
    start, start_rank = line([(run["ranks"] - 1, start_of(run)) for run in runs])
    first, doubling = line([(math.log2(max(1.0, run["blocks"])), run["bytes_sent"] * run["ranks"] / (run["ranks"] - 1))
                            for run in several if run["ranks"] < TREE_RANKS and run["blocks"] > 0])
    return Costs(
        start=start, start_rank=start_rank,
        prepare=statistics.median(run["prepare_processor"] * waits(run, "prepare") for run in few),
        prepare_rank=statistics.median(run["prepare_processor"] for run in runs),
        block=statistics.median(run["blocks_processor"] / max(run["blocks"], 1e-9) for run in alone + few),
        merge_byte=statistics.median(run["merge_processor"] / max(1.0, run["bytes_sent"]) for run in several),
        write=statistics.median(run["write_processor_most"] for run in alone + few),
        bytes_first=first, bytes_doubling=doubling)


# ---- the report -----------------------------------------------------------------------------------------------------

def print_costs(costs):
    """A row a cost."""
    print("| cost | fitted |\n|---|---:|")
    for name, value, unit in (("start of a run", costs.start, "s"), ("each further rank of it, this machine", costs.start_rank, "s"),
                              ("ready at two ranks", costs.prepare, "s"), ("of that at work on a rank", costs.prepare_rank, "s"),
                              ("a block of 192 samples", 1e3 * costs.block, "ms"), ("merging, a megabyte", 1e9 * costs.merge_byte, "ms"),
                              ("last block and result", costs.write, "s"), ("sums of one block", 1e-6 * costs.bytes_first, "MB"),
                              ("each doubling of blocks", 1e-6 * costs.bytes_doubling, "MB")):
        print(f"| {name} | {value:.3g} {unit} |")


def error_of(foretold, measured):
    """In per cent of what was measured."""
    return 100 * (foretold - measured) / measured


def print_check(costs, machine, runs, fitted):
    """Foretold against measured, a row a number of ranks; gives the errors of those not fitted: on the wall without the
    start, and of the processor."""
    print("| scaling | ranks | hosts | cores left | samples | measured s | foretold s | error | error without start | merge: measured s | foretold s "
          "| core seconds | foretold | error | MB received by one | foretold |")
    print("|---|" + 15 * "---:|")
    errors = []
    for run in sorted(runs, key=lambda run: (run["kind"], run["ranks"], run["samples"])):
        kind, ranks, samples, wall = run["kind"], int(run["ranks"]), int(run["samples"]), run["wall"]
        start, merge = start_of(run), of_phase(run, "merge")
        left = min(machine.cores, run.get("cores", math.inf))
        said = foretell(costs, dataclasses.replace(machine, cores=left), ranks, samples)
        used, use = ranks * sum(run[f"{phase}_processor"] for phase in PHASES), processor(costs, ranks, samples)
        whole = sum(said.values())
        inside = error_of(whole - said["start"], wall - start)
        if ranks > fitted:
            errors.append((abs(inside), abs(error_of(use, used))))
        print(f"| {kind} | {ranks}{'' if ranks > fitted else ' (fitted)'} | {run['hosts']:.0f} | {left:.1f} | {samples} | {wall:.2f} | {whole:.2f} "
              f"| {error_of(whole, wall):+.0f} % | {inside:+.0f} % | {merge:.3f} | {said['merge']:.3f} | {used:.2f} | {use:.2f} "
              f"| {error_of(use, used):+.0f} % | {run['bytes_received_most'] / 1e6:.2f} | {received(costs, ranks, samples) / 1e6:.2f} |")
    return errors


def print_errors(errors):
    """One line."""
    for name, these in zip(("on the wall, without start", "of the processor"), zip(*errors)):
        print(f"\nError of the runs not fitted {name}: median {statistics.median(these):.0f} %, largest {max(these):.0f} %.")


NETWORKS = {
    "10 us, 10 GB/s": Machine(per_host=64, latency=10e-6, bandwidth=10e9, start=0.5, start_doubling=0.3),
    "100 us, 1 GB/s": Machine(per_host=64, latency=100e-6, bandwidth=1e9, start=0.5, start_doubling=0.3),
}


def print_future(costs):
    """Efficiency at more ranks than there are here, one core each, 64 a host."""
    print("| network | scaling | ranks | samples | start s | prepare s | blocks s | merge s | write s | all s | efficiency | of that without start |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for network, machine in NETWORKS.items():
        for kind, each in (("strong", 10 ** 7), ("strong", 10 ** 9), ("weak", 10 ** 5)):
            for ranks in (64, 1024, 16384):
                samples = each * (ranks if kind == "weak" else 1)
                said = foretell(costs, machine, ranks, samples)
                alone = foretell(costs, machine, 1, samples / (ranks if kind == "weak" else 1))
                scale = 1 if kind == "weak" else ranks
                whole, single = sum(said.values()), sum(alone.values())
                print(f"| {network} | {kind} | {ranks} | {samples:.4g} | " + " | ".join(f"{said[phase]:.2f}" for phase in ("start",) + PHASES)
                      + f" | {whole:.2f} | {100 * single / scale / whole:.0f} % "
                      f"| {100 * (single - alone['start']) / scale / (whole - said['start']):.0f} % |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("csv", nargs="+")
    parser.add_argument("--cores", type=float, default=os.cpu_count())
    parser.add_argument("--fit", type=int, default=4)
    parser.add_argument("--hosts")
    parser.add_argument("--per-host", type=int, default=2)
    parser.add_argument("--latency", type=float, default=1e-4)
    parser.add_argument("--bandwidth", type=float, default=1.25e8)
    settings = parser.parse_args()
    runs = read(settings.csv)
    costs = fit([run for run in runs if run["ranks"] <= settings.fit])
    print_costs(costs)
    print(f"\nForetold from runs of up to {settings.fit} ranks, {settings.cores:.0f} cores:\n")
    print_errors(print_check(costs, Machine(cores=settings.cores), runs, settings.fit))
    if settings.hosts:
        print(f"\nHosts of {settings.per_host} ranks, {1e6 * settings.latency:.0f} us, {settings.bandwidth / 1e6:.4g} MB/s:\n")
        machine = Machine(settings.cores, settings.per_host, settings.latency, settings.bandwidth)
        print_errors(print_check(costs, machine, read([settings.hosts]), 0))
    print("\nOn a cluster, one core a rank and 64 a host, its launcher assumed to take 0.5 s and 0.3 s more each doubling:\n")
    print_future(costs)


if __name__ == "__main__":
    sys.exit(main())
