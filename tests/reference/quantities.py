"""Studies and their quantities: reads the YAML, finds every sampled quantity, gives it its value.

A quantity is a number or a mapping with one family, as `{uniform: {min: 0, max: 1}}`, beside which
`source`, `unit` and `note` may stand. It is named by its path: keys and list places (from 0) joined
by '/'. All families are sampled by inverse CDF at the uniform of the path, index 0; dependent ones
at the uniform that the Gaussian copula of MODEL section 10 makes of it.
"""

import math
import re

import numpy
import yaml
from scipy import special, stats

import draws as stream

FAMILIES = ("fixed", "uniform", "loguniform", "normal", "truncated_normal", "lognormal",
            "triangular", "pert", "beta", "gamma", "weibull", "student_t", "discrete", "empirical",
            "metalog")
REMARKS = ("source", "unit", "note")
# Mappings whose keys are names given by the study: below them nothing is a family by its key.
NAME_MAPS = re.compile(r"programs|programs/[^/]+/(match/sources|revenue/streams|outcomes)")


# ------------------------------------------------------------------------------------------ reading

class StudyLoader(yaml.SafeLoader):
    """YAML with the scalars of YAML 1.2: 1e-9 is a number, 010 is ten, and `no` is a name."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        """Keys stay as written, so that 2025, `on` and `1988` are all names."""
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise ValueError(f"duplicate key {node.start_mark}")
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def _scalar(tag, pattern, construct):
    StudyLoader.add_implicit_resolver(tag, re.compile(f"^(?:{pattern})$"), None)
    StudyLoader.add_constructor(tag, lambda loader, node: construct(node.value))


_scalar("tag:yaml.org,2002:bool", "true|True|TRUE|false|False|FALSE",
        lambda text: text.lower() == "true")
_scalar("tag:yaml.org,2002:null", "~|null|Null|NULL|", lambda text: None)
_scalar("tag:yaml.org,2002:int", "[-+]?[0-9]+", int)
_scalar("tag:yaml.org,2002:float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)",
        lambda text: float(text.replace(".inf", "inf").replace(".Inf", "inf")
                           .replace(".INF", "inf")))
StudyLoader.add_constructor(
    "tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True))


def load_study(text):
    """The study as nested dicts, lists, numbers and strings; all keys are strings."""
    return yaml.load(text, Loader=StudyLoader)


def with_string_keys(node):
    """A study written in Python, its fiscal years as integers perhaps, as load_study gives it."""
    if isinstance(node, dict):
        return {str(key): with_string_keys(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [with_string_keys(value) for value in node]
    return node


# ------------------------------------------------------------------------------- finding quantities

def is_quantity(node, path):
    """Whether the mapping at `path` is a distribution and not a section of the study."""
    if not isinstance(node, dict) or NAME_MAPS.fullmatch(path):
        return False
    keys = [key for key in node if key not in REMARKS]
    return len(keys) == 1 and keys[0] in FAMILIES


def family_of(node):
    """(family, its parameters) of a quantity."""
    family, = (key for key in node if key not in REMARKS)
    return family, node[family]


def rewrite(node, replace, path=""):
    """A copy of the study in which each quantity `node` at `path` is `replace(node, path)`."""
    below = path + "/" if path else ""
    if is_quantity(node, path):
        return replace(node, path)
    if isinstance(node, dict):
        return {key: value if not path and key == "dependence" else
                rewrite(value, replace, below + key) for key, value in node.items()}
    if isinstance(node, list):
        return [rewrite(value, replace, below + str(i)) for i, value in enumerate(node)]
    return node


def find_quantities(study):
    """{path: (family, parameters)} of every quantity that is sampled, sorted by path."""
    found = {}

    def note(node, path):
        family, parameters = family_of(node)
        if family != "fixed":
            found[path] = (family, parameters)
        return node

    rewrite(study, note)
    return dict(sorted(found.items()))


def with_values(study, values):
    """The study of one sample: each quantity replaced by its number."""

    def value(node, path):
        family, parameters = family_of(node)
        if family == "fixed":
            return parameters
        return float(values[path])

    return rewrite(study, value)


# ------------------------------------------------------------------------------- quantile functions

def loguniform(u, p):
    """Quantile of a variable whose logarithm is uniform."""
    return math.exp(math.log(p["min"]) + u * math.log(p["max"] / p["min"]))


def truncated_normal(u, p):
    """`mean` and `sd` are those of the normal before it is cut at `min` and `max`."""
    low = (p["min"] - p["mean"]) / p["sd"] if p.get("min") is not None else -math.inf
    high = (p["max"] - p["mean"]) / p["sd"] if p.get("max") is not None else math.inf
    return stats.truncnorm.ppf(u, low, high, loc=p["mean"], scale=p["sd"])


def lognormal_parameters(p):
    """(mu, sigma) of the logarithm, from median and p95, arithmetic mean and sd, or as given."""
    if "median" in p:
        return math.log(p["median"]), math.log(p["p95"] / p["median"]) / special.ndtri(0.95)
    if "mean" in p:
        sigma = math.sqrt(math.log1p((p["sd"] / p["mean"]) ** 2))
        return math.log(p["mean"]) - sigma ** 2 / 2, sigma
    return p["mu"], p["sigma"]


def lognormal(u, p):
    """Quantile of exp(mu + sigma z)."""
    mu, sigma = lognormal_parameters(p)
    return math.exp(mu + sigma * special.ndtri(u))


def triangular(u, p):
    """Quantile of the triangular distribution."""
    width = p["max"] - p["min"]
    return stats.triang.ppf(u, (p["mode"] - p["min"]) / width, loc=p["min"], scale=width)


def pert(u, p):
    """The beta with mean (min + shape mode + max) / (shape + 2) on [min, max]; shape 4."""
    width, shape = p["max"] - p["min"], p.get("shape", 4.0)
    a = 1 + shape * (p["mode"] - p["min"]) / width
    b = 1 + shape * (p["max"] - p["mode"]) / width
    return p["min"] + width * stats.beta.ppf(u, a, b)


def beta(u, p):
    """Quantile of the beta distribution on [min, max], by default [0, 1]."""
    low, high = p.get("min", 0.0), p.get("max", 1.0)
    return low + (high - low) * stats.beta.ppf(u, p["a"], p["b"])


def student_t(u, p):
    """Through the beta quantile, which scipy has to 14 digits also far out, unlike Student's."""
    df, tail = p["df"], min(u, 1 - u)
    x = stats.beta.ppf(2 * tail, df / 2, 0.5)
    # 1 - x from whichever side keeps its digits: x is near 1 in the middle, 1 - 2 tail far out.
    rest = 1 - x if tail < 0.1 else stats.beta.ppf(1 - 2 * tail, 0.5, df / 2)
    t = math.copysign(math.sqrt(df * rest / x), u - 0.5)
    return p.get("location", 0.0) + p.get("scale", 1.0) * t


def discrete(u, p):
    """Value j for cum_{j-1} <= u < cum_j (MODEL section 10)."""
    weights = numpy.asarray(p.get("weights", [1] * len(p["values"])), dtype=float)
    cumulative = numpy.cumsum(weights) / weights.sum()
    place = int(numpy.searchsorted(cumulative, u, side="right"))
    return p["values"][min(place, len(weights) - 1)]


def empirical(u, p):
    """Value floor(u n) of the sorted list."""
    values = sorted(p["values"])
    return values[int(u * len(values))]


def metalog(u, p):
    """Three-term metalog (Keelin 2016) through p10, p50, p90; log or logit where bounded."""
    lower, upper = p.get("lower"), p.get("upper")

    def transformed(x):
        if lower is not None and upper is not None:
            return math.log((x - lower) / (upper - x))
        if lower is not None:
            return math.log(x - lower)
        return -math.log(upper - x) if upper is not None else x

    p10, p50, p90 = (transformed(p[key]) for key in ("p10", "p50", "p90"))
    odds = math.log(9.0)  # logit of 0.9
    scale, skew = (p90 - p10) / (2 * odds), (p90 + p10 - 2 * p50) / (0.8 * odds)
    m = p50 + (scale + skew * (u - 0.5)) * special.logit(u)
    if lower is not None and upper is not None:
        return lower + (upper - lower) * special.expit(m)
    if lower is not None:
        return lower + math.exp(m)
    return upper - math.exp(-m) if upper is not None else m


QUANTILES = {
    "uniform": lambda u, p: p["min"] + u * (p["max"] - p["min"]),
    "loguniform": loguniform,
    "normal": lambda u, p: p["mean"] + p["sd"] * special.ndtri(u),
    "truncated_normal": truncated_normal,
    "lognormal": lognormal,
    "triangular": triangular,
    "pert": pert,
    "beta": beta,
    "gamma": lambda u, p: p["scale"] * special.gammaincinv(p["shape"], u),
    "weibull": lambda u, p: p["scale"] * (-math.log1p(-u)) ** (1 / p["shape"]),
    "student_t": student_t,
    "discrete": discrete,
    "empirical": empirical,
    "metalog": metalog,
}


def quantile(family, parameters, u):
    """The quantile of a family at u."""
    return float(QUANTILES[family](u, parameters))


# --------------------------------------------------------------------------------------- dependence

def copula_factor(paths, dependence):
    """Lower Cholesky factor of the Gaussian copula of MODEL section 10, `paths` being sorted."""
    place = {path: i for i, path in enumerate(paths)}
    correlation = numpy.eye(len(paths))
    for entry in dependence:
        i, j = (place[path] for path in entry["pair"])
        correlation[i, j] = correlation[j, i] = 2 * math.sin(math.pi * entry["rank"] / 6)
    return numpy.linalg.cholesky(correlation)


def parameter_uniforms(study, seed, sample):
    """{path: the uniform at which the quantity is taken}, the copula of section 10 applied."""
    paths = list(find_quantities(study))
    u = {path: float(stream.uniforms(seed, path, sample)[0]) for path in paths}
    dependence = study.get("dependence") or []
    tied = sorted({path for entry in dependence for path in entry["pair"]})
    if tied:
        z = copula_factor(tied, dependence) @ special.ndtri([u[path] for path in tied])
        u.update(zip(tied, special.ndtr(z)))
    return u


def sample_values(study, seed, sample):
    """{path: value} of every sampled quantity of the study in one sample."""
    u = parameter_uniforms(study, seed, sample)
    return {path: quantile(family, parameters, u[path])
            for path, (family, parameters) in find_quantities(study).items()}
