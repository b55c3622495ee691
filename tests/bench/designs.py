"""What designs save: variances against Monte Carlo at as many samples, and processor time to a precision.

    designs.py FULCRUM STUDY [--sizes 10,12,14] [--seeds 16] [--peer-ns-per-unit-year X] [--seconds S]

Each seed is one randomization. Runs of all designs take turns, seed by seed; what they gave is kept in
FOLDER/designs.jsonl, from which a call goes on (--seconds ends it early), so that the report can be made
again with another peer (delete the file to measure anew). Writes FOLDER/designs.md.

Variances. The 16 replicates of a run are independent and each is unbiased, so the mean over seeds of its
squared standard error is the variance over all randomizations; its interval is a bootstrap over seeds. For
quantiles, whose errors replicates give only as intervals, it is the variance between seeds; the ratio of
two such has an F distribution. Monte Carlo's variance of a mean is sd^2/N, of a probability p(1-p)/N.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time

import h5py
import numpy as np
import yaml
from scipy import stats

import controls

DESIGNS = ("mc", "lhs", "sobol", "sobol+controls")
METRICS = ("leverage_ratio", "net_leverage_ratio", "commitment_ratio", "npv", "benefit_cost_ratio",
           "fiscal_return", "survival_share", "lapse_rate")
LEADS = ("portfolio/leverage_ratio", "MEP/leverage_ratio", "EPSCOR/leverage_ratio",
         "portfolio/annual_leverage/2030", "MEP/annual_leverage/2030")
QUANTILES = (0.05, 0.5, 0.95)
PRECISION = 1e-3
RARE = 0.01


# ---- arithmetic ------------------------------------------------------------------------------------------

def gain(monte_carlo, squares, resamples=1000):
    """Variance of Monte Carlo over the mean of squared errors (one a seed), with a 95 % bootstrap interval."""
    squares = np.asarray(squares)
    picks = np.random.default_rng(1).integers(0, len(squares), size=(resamples, len(squares)))
    low, high = np.percentile(squares[picks].mean(axis=1), (2.5, 97.5))
    return monte_carlo / squares.mean(), monte_carlo / high, monte_carlo / low


def spread_ratio(above, below):
    """Ratio of the variances of two samples, with the 95 % interval of the F distribution."""
    ratio = np.var(above, ddof=1) / np.var(below, ddof=1)
    freedom = len(above) - 1, len(below) - 1
    return ratio, ratio / stats.f.ppf(0.975, *freedom), ratio / stats.f.ppf(0.025, *freedom)


def samples_needed(sizes, errors, wanted):
    """The number of samples with the wanted error by a line through log error over log size, and its slope.

    The line falls at least as N^-1/2: scrambled points cannot be worse in the end (Owen 1998, "Scrambling
    Sobol' and Niederreiter-Xing points"), and Latin hypercubes either, so that a flatter one is chance.
    """
    size, error = np.log(sizes), np.log(errors)
    slope = min(float(np.polyfit(size, error, 1)[0]), -0.5)
    return float(np.exp(size.mean() + (np.log(wanted) - error.mean()) / slope)), slope


def marginal(sizes, seconds):
    """Seconds a sample and seconds a run: medians of differences between the largest and smallest size."""
    least, most = min(sizes), max(sizes)
    slope = np.median(seconds[most] - seconds[least]) / (most - least)
    return slope, max(0.0, float(np.median(seconds[least])) - slope * least)


def median_and_spread(values):
    """The median, and half the distance of the quartiles."""
    low, middle, high = np.percentile(values, (25, 50, 75))
    return middle, (high - low) / 2


def unit_years(study):
    """Units of all cohorts times the simulated years from their start on."""
    base, years = study["horizon"]["base_year"], study["horizon"]["years"]
    return sum(cohort["count"] * max(0, base + years - max(base, cohort["start"]))
               for program in study["programs"].values()
               for cohort in (program.get("units") or {}).get("cohorts") or [])


# ---- runs ------------------------------------------------------------------------------------------------

def lead(file, name, what):
    """A statistic of one of LEADS."""
    program, metric, *year = name.split("/")
    row = list(file["program"].asstr()).index(program)
    at = (row, int(year[0]) - int(file["fiscal_year"][0])) if year else row
    return float(file[f"{metric}_{what}"][at])


def read(path):
    """What the report needs of a result: outputs [metric, program], targets, leads."""
    with h5py.File(path) as file:
        levels = list(file["quantile"][:])
        at = [int(np.argmin(np.abs(np.array(levels) - q))) for q in QUANTILES]
        get = lambda what: [file[f"{metric}_{what}"][:].tolist() for metric in METRICS]  # noqa: E731
        quantiles = [file[f"{metric}_quantile"][:][:, at].tolist() for metric in METRICS]
        return {"program": list(file["program"].asstr()), "mean": get("mean"), "error": get("standard_error"),
                "sd": get("sd"), "quantile": quantiles, "probability": file["target_probability"][:].tolist(),
                "probability_error": file["target_standard_error"][:].tolist(),
                "lead": {name: [lead(file, name, what) for what in ("mean", "standard_error", "sd")]
                         for name in LEADS}}


def control(path, seed):
    """Leads of kept samples, adjusted; and the processor seconds for it."""
    begin = time.thread_time()
    with h5py.File(path) as file:
        names = list(file["name"].asstr())
        quantities = list(file["quantity"].asstr())
        study = yaml.load(file["study/resolved"][()], Loader=yaml.CSafeLoader)
        values = file["parameter"][:]
        found = controls.of_study(study, quantities, values, seed)
        outputs = file["output"][:]
    leads = {}
    for name in LEADS:
        output = outputs[:, names.index(name)]
        if np.isfinite(output).all():
            leads[name] = [*controls.adjusted_mean(output, found), float(np.std(output, ddof=1))]
    return leads, time.thread_time() - begin


def run(settings, design, size, seed):
    """One run: its row."""
    result = os.path.join(settings.folder, f"designs.{design}.{size}.{seed}.h5")
    points, _, controlled = design.partition("+")
    command = [settings.fulcrum, "run", settings.study, "-q", "-n", str(size), "--seed", str(seed), "--design",
               points, "--restart", "-o", result]
    if controlled:
        command += ["--samples"] + [word for name in LEADS for word in ("--keep", name)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {child.returncode}")
    row = {"design": design, "size": size, "seed": seed, "seconds": usage.ru_utime + usage.ru_stime, **read(result)}
    kept = result.replace(".h5", ".samples.h5")
    if controlled:
        row["lead"], more = control(kept, seed)
        row["seconds"] += more
    for file in (result, result + ".json", kept, kept + ".json"):
        if os.path.exists(file):
            os.remove(file)
    return row


def measure(settings, store):
    """Append the runs still missing; whether all are there."""
    rows = load(store)
    there = {(row["design"], row["size"], row["seed"]) for row in rows}
    missing = [(design, size, seed) for seed in range(1, settings.seeds + 1) for size in settings.sizes
               for design in DESIGNS if (design, size, seed) not in there]
    end = time.monotonic() + settings.seconds

    def one(job):
        return run(settings, *job) if time.monotonic() < end else None

    with open(store, "a", encoding="utf-8") as file, concurrent.futures.ThreadPoolExecutor(settings.jobs) as pool:
        for row in pool.map(one, missing):
            if row:
                file.write(json.dumps(row) + "\n")
                file.flush()
    return time.monotonic() < end or not missing


def load(store):
    """All rows so far."""
    if not os.path.exists(store):
        return []
    with open(store, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# ---- report ----------------------------------------------------------------------------------------------

class Rows:
    """Rows by design and size, in order of seeds."""

    def __init__(self, rows):
        self.rows = sorted(rows, key=lambda row: row["seed"])
        self.sizes = sorted({row["size"] for row in rows})
        self.program = rows[0]["program"]

    def of(self, design, size, what):
        """An array, first dimension the seed."""
        return np.array([row[what] for row in self.rows if (row["design"], row["size"]) == (design, size)], dtype=float)

    def sd(self):
        """Standard deviations [metric, program], from all Monte Carlo runs of the largest size."""
        return np.sqrt((self.of("mc", self.sizes[-1], "sd") ** 2).mean(axis=0))

    def lead(self, design, size, name):
        """[seed, (mean, error, sd)]; None where the output is undefined in some sample."""
        found = [row["lead"].get(name) for row in self.rows if (row["design"], row["size"]) == (design, size)]
        return np.array(found) if found and None not in found else None


def cell(three):
    """A ratio with its interval."""
    value, low, high = three
    return f"{value:.1f} ({low:.1f} to {high:.1f})" if np.isfinite(value) else "undefined"


def by_program(rows):
    """Gains of the mean leverage ratio, by program."""
    yield "| mean leverage ratio: variance ratio | " + " | ".join(
        f"{design}, 2^{int(np.log2(size))}" for design in ("lhs", "sobol") for size in rows.sizes) + " |"
    yield "|---|" + "---|" * 2 * len(rows.sizes)
    sd = rows.sd()[0]
    for p, program in enumerate(rows.program):
        if np.isfinite(sd[p]):
            yield f"| {program} | " + " | ".join(
                cell(gain(sd[p] ** 2 / size, rows.of(design, size, "error")[:, 0, p] ** 2))
                for design in ("lhs", "sobol") for size in rows.sizes) + " |"


def gains(rows, design, size):
    """Gains of means, probabilities and quantiles of all headline outputs that vary."""
    sd, probability = rows.sd(), rows.of("mc", rows.sizes[-1], "probability").mean(axis=0)
    errors = (rows.of(design, size, "error") ** 2).mean(axis=0)
    least = (rows.of(design, size, "probability_error") ** 2).mean(axis=0)
    good, common = np.isfinite(errors) & (errors > 0) & (sd > 0), np.abs(probability - 0.5) < 0.5 - RARE
    found = {"means": (sd**2 / size)[good] / errors[good],
             "probabilities": (probability * (1 - probability) / size)[common] / least[common]}
    theirs, own = rows.of("mc", size, "quantile"), rows.of(design, size, "quantile")
    for q, level in enumerate(QUANTILES):
        above, below = theirs[..., q].var(axis=0, ddof=1), own[..., q].var(axis=0, ddof=1)
        varies = (above > 0) & (below > 0)
        found[f"{level:.0%} quantiles".replace("%", " %")] = above[varies] / below[varies]
    return found


def by_kind(rows):
    """Medians over outputs."""
    yield "| median over outputs: variance ratio | " + " | ".join(
        f"{design}, 2^{int(np.log2(size))}" for design in ("lhs", "sobol") for size in rows.sizes) + " |"
    yield "|---|" + "---|" * 2 * len(rows.sizes)
    columns = [gains(rows, design, size) for design in ("lhs", "sobol") for size in rows.sizes]
    for kind in columns[0]:
        yield f"| {kind} ({len(columns[-1][kind])}) | " + " | ".join(
            "{:.1f} ± {:.1f}".format(*median_and_spread(column[kind])) for column in columns) + " |"


def leading_quantiles(rows):
    """Quantiles of the leads that are outputs over the horizon, at the largest size."""
    size = rows.sizes[-1]
    yield f"| quantiles at 2^{int(np.log2(size))}: variance ratio | " + " | ".join(
        f"{design}, {q:.0%}".replace("%", " %") for design in ("lhs", "sobol") for q in QUANTILES) + " |"
    yield "|---|" + "---|" * 2 * len(QUANTILES)
    for program in ("portfolio", "MEP"):
        p = rows.program.index(program)
        yield f"| {program}/leverage_ratio | " + " | ".join(
            cell(spread_ratio(rows.of("mc", size, "quantile")[:, 0, p, q],
                              rows.of(design, size, "quantile")[:, 0, p, q]))
            for design in ("lhs", "sobol") for q in range(len(QUANTILES))) + " |"


def costs(rows, design):
    """Seconds a sample and a run."""
    return marginal(rows.sizes, {size: rows.of(design, size, "seconds") for size in rows.sizes})


def by_cost(rows):
    """What samples cost."""
    yield "| design | µs of processor a sample | of Monte Carlo's | s a run beside |\n|---|---|---|---|"
    most, least = rows.sizes[-1], rows.sizes[0]
    theirs = costs(rows, "mc")[0]
    for design in DESIGNS:
        each, once = costs(rows, design)
        seconds = rows.of(design, most, "seconds") - rows.of(design, least, "seconds")
        spread = median_and_spread(seconds)[1] / (most - least)
        yield f"| {design} | {1e6 * each:.0f} ± {1e6 * spread:.0f} | {each / theirs:.2f} | {once:.2f} |"


def relative_errors(rows, design, name):
    """Half widths of 95 % intervals of the mean over the mean, by size; None if not known."""
    factor = stats.norm.ppf(0.975) if design == "mc" else stats.t.ppf(0.975, controls.REPLICATES - 1)
    pooled = rows.lead("mc", rows.sizes[-1], name)
    if pooled is None or rows.lead(design, rows.sizes[0], name) is None:
        return None
    if design == "mc":
        errors = [np.sqrt((pooled[:, 2] ** 2).mean() / size) for size in rows.sizes]
    else:
        errors = [np.sqrt((rows.lead(design, size, name)[:, 1] ** 2).mean()) for size in rows.sizes]
    return factor * np.array(errors) / pooled[:, 0].mean()


def by_precision(rows, peer_seconds):
    """Processor time to the mean within PRECISION, by output and design."""
    yield "| mean | design | rate | samples | CPU s | with start-up | times cheaper than mc | than numpy mc |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in LEADS:
        theirs = None
        for design in DESIGNS:
            errors = relative_errors(rows, design, name)
            if errors is None:
                yield f"| {name} | {design} | undefined in some samples | | | | | |"
                continue
            needed, slope = samples_needed(rows.sizes, errors, PRECISION)
            each, once = costs(rows, design)
            theirs = theirs or (needed, needed * each)
            numpy_time = f"{theirs[0] * peer_seconds / (needed * each):.0f}" if peer_seconds else "not given"
            yield (f"| {name} | {design} | N^{slope:.2f} | {needed:,.0f} | {needed * each:.2f} | "
                   f"{needed * each + once:.2f} | {theirs[1] / (needed * each):.1f} | {numpy_time} |")


def consistency(rows):
    """Median over outputs of the variance between seeds over the mean squared error: 1 if errors are right."""
    size = rows.sizes[-1]
    for design in ("lhs", "sobol"):
        between = rows.of(design, size, "mean").var(axis=0, ddof=1)
        within = (rows.of(design, size, "error") ** 2).mean(axis=0)
        good = np.isfinite(within) & (within > 0)
        yield f"{design} {np.median(between[good] / within[good]):.2f}"
    own = [rows.lead("sobol+controls", size, name) for name in LEADS]
    pairs = [(lead[:, 0].var(ddof=1), (lead[:, 1] ** 2).mean()) for lead in own if lead is not None]
    yield f"sobol+controls {np.median([a / b for a, b in pairs]):.2f}"


def machine():
    """Name of the processor."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {os.cpu_count()} processors"


def report(rows, settings, steps):
    """All lines."""
    seeds = len(rows.of("sobol", rows.sizes[-1], "mean"))
    peer = settings.peer_ns_per_unit_year
    yield f"# What designs save, {time.strftime('%Y-%m-%d', time.gmtime())}\n"
    yield f"{machine()}; {settings.study}, {seeds} seeds, runs of all designs in turn; {steps} unit-years a sample\n"
    yield "Variance of Monte Carlo over variance of the design, at as many samples; 95 % intervals (means: bootstrap"
    yield "over seeds; quantiles: F distribution); ±: half the distance of the quartiles over outputs.\n"
    for part in (by_program, by_kind, leading_quantiles, by_cost):
        yield from part(rows)
        yield ""
    yield f"Processor time until the 95 % interval of a mean is within {PRECISION:.1%} of it (half width); errors by a"
    yield "line through the measured sizes. CPU s: samples times seconds a sample."
    if peer:
        yield f"numpy: {peer:g} ns a unit-year, {peer * steps / 1e6:.3f} ms a sample, as many samples as mc."
    yield ""
    yield from by_precision(rows, peer * steps * 1e-9 if peer else None)
    yield "\nVariance between seeds over mean squared error from replicates, median over outputs (1 where errors are"
    yield "right): " + ", ".join(consistency(rows)) + "."


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fulcrum")
    parser.add_argument("study")
    parser.add_argument("--sizes", default="10,12,14", help="powers of two, as 10,12,14")
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no run after so long; call again to go on")
    parser.add_argument("--folder", default="build/bench")
    parser.add_argument("--peer-ns-per-unit-year", type=float, help="the numpy peer's nanoseconds a unit-year")
    settings = parser.parse_args()
    settings.sizes = [1 << int(word) for word in settings.sizes.split(",")]
    return settings


def main():
    settings = arguments()
    os.environ.update({"OMPI_MCA_pml": "ob1", "HWLOC_COMPONENTS": "-gl"})  # as tests/bench/run.sh
    os.makedirs(settings.folder, exist_ok=True)
    store = os.path.join(settings.folder, "designs.jsonl")
    if not measure(settings, store):
        sys.exit(f"{len(load(store))} runs are there; call again to go on")
    resolved = subprocess.run([settings.fulcrum, "check", settings.study], check=True, stdout=subprocess.PIPE).stdout
    steps = unit_years(yaml.load(resolved, Loader=yaml.CSafeLoader))
    wanted = [row for row in load(store) if row["size"] in settings.sizes and row["seed"] <= settings.seeds]
    lines = list(report(Rows(wanted), settings, steps))
    print("\n".join(lines))
    with open(os.path.join(settings.folder, "designs.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
