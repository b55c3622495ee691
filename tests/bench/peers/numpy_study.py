"""A study of the funding-leverage model for the numpy peer: reading, and drawing its quantities.

Every key of the study must be asked for by the model; what nobody asked for is refused, so that the
peer cannot leave out what the study says. A quantity is a float, or a `Sampled` one: a row of the
array that `Quantities.draw` makes of a chunk of samples.
"""
import math
import os

import numpy as np
import yaml
from scipy import special

REMARKS = {"source", "note", "unit", "name", "name_zh"}
FAMILIES = {"fixed", "uniform", "triangular", "pert", "beta", "lognormal", "truncated_normal"}
UNREAD = ("fulcrum", "title", "title_zh", "include", "targets", "references")
TABLE = 8193  # places of a quantile function tabulated over a normal variable
REACH = 8.5   # largest absolute value of that variable in the table


class Refused(ValueError):
    """The study asks for something that this program does not do."""


def read_study(path):
    """The study as nested dicts, with the programs and dependences of its included files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with open(path, encoding="utf-8") as file:
        study = yaml.load(file, Loader=loader)
    programs, dependence = {}, []
    for name in study.get("include", ()):
        part = read_study(os.path.join(os.path.dirname(path), name))
        if set(part) - {"programs", "dependence", *UNREAD}:
            raise Refused(f"{name}: only programs and their dependence can be included")
        programs.update(part["programs"])
        dependence += part["dependence"]
    study["programs"] = {**programs, **study.get("programs", {})}
    study["dependence"] = dependence + study.get("dependence", [])
    return study


class Sampled:
    """A sampled quantity: the place of its values in a chunk."""

    def __init__(self, place, least):
        self.place, self.least = place, least


class Section:
    """A mapping of the study that knows which of its keys were asked for."""

    def __init__(self, node, path, quantities):
        self.node, self.path, self.quantities = node or {}, path, quantities
        self.asked, self.below = set(REMARKS), {}

    def raw(self, key, default=None):
        """What stands there, as it was written."""
        self.asked.add(key)
        value = self.node.get(key)
        return default if value is None else value

    def section(self, key):
        """The section below a key, empty where there is none."""
        if key not in self.below:
            path = f"{self.path}/{key}".lstrip("/")
            self.below[key] = Section(self.raw(key), path, self.quantities)
        return self.below[key]

    def named(self):
        """{name: section} of a mapping whose keys are names."""
        return {key: self.section(key) for key, node in self.node.items()
                if isinstance(node, dict)}

    def number(self, key, default=None):
        """A float or a Sampled quantity."""
        value = self.raw(key, default)
        if value is None:
            raise Refused(f"{self.path}/{key} must be given")
        return self.quantities.take(value, f"{self.path}/{key}")

    def constant(self, key, default=None):
        """A number that may not be sampled."""
        value = self.number(key, default)
        if isinstance(value, Sampled):
            raise Refused(f"{self.path}/{key}: only a fixed number is supported")
        return value

    def by_age(self, key, default=None):
        """A schedule by age: a list of quantities, of which the last holds on."""
        value = self.raw(key, default)
        if value is None:
            raise Refused(f"{self.path}/{key} must be given")
        rows = value if isinstance(value, list) else [value]
        path = f"{self.path}/{key}"
        return [self.quantities.take(row, f"{path}/{i}" if rows is value else path)
                for i, row in enumerate(rows)]

    def by_year(self, key):
        """{fiscal year: quantity} of a schedule by fiscal year."""
        return {int(year): self.quantities.take(value, f"{self.path}/{key}/{year}")
                for year, value in sorted(self.raw(key, {}).items()) if year not in REMARKS}

    def items(self, key):
        """The sections of a list."""
        found = {f"{key}/{i}": Section(node, f"{self.path}/{key}/{i}", self.quantities)
                 for i, node in enumerate(self.raw(key, []))}
        self.below.update(found)
        return list(found.values())

    def expect(self, key, value):
        """Refuses all but one value of a key, which is also its default."""
        given = self.raw(key, value)
        if isinstance(given, dict):
            given = self.constant(key)
        if given != value:
            raise Refused(f"{self.path}/{key}: only {value} is supported")

    def finish(self):
        """Refuses keys that nobody asked for."""
        left = [key for key in self.node if key not in self.asked]
        if left:
            raise Refused(f"{self.path}: {', '.join(map(str, left))} not supported")
        for section in self.below.values():
            section.finish()


class Quantities:
    """All sampled quantities of a study, in the order in which the model asked for them."""

    def __init__(self):
        self.drawers, self.places, self.families = [], {}, []
        self.tied, self.factor, self.tables = [], None, {}

    def take(self, node, path):
        """The float or Sampled quantity of a node of the study."""
        if not isinstance(node, dict):
            return float(node)
        families = [key for key in node if key not in REMARKS]
        if len(families) != 1 or families[0] not in FAMILIES:
            raise Refused(f"{path}: {', '.join(map(str, families))} not supported")
        family, parameters = families[0], node[families[0]]
        if family == "fixed":
            return float(parameters)
        self.places[path] = len(self.families)
        self.families.append((family, parameters))
        return Sampled(self.places[path], parameters.get("min", 0.0))

    def tie(self, pairs):
        """The Gaussian copula of section 10, by Spearman's rank correlations."""
        paths = sorted({path for pair in pairs for path in pair["pair"]})
        correlation = np.eye(len(paths))
        for pair in pairs:
            i, j = (paths.index(path) for path in pair["pair"])
            correlation[i, j] = correlation[j, i] = 2 * math.sin(math.pi * pair["rank"] / 6)
        self.tied = [self.places[path] for path in paths]
        if paths:
            self.factor = np.linalg.cholesky(correlation)
        for place in self.tied:
            if self.families[place][0] == "pert":
                z = np.linspace(-REACH, REACH, TABLE)
                low, width, a, b = beta_of(*self.families[place])
                self.tables[place] = z, low + width * special.btdtri(a, b, special.ndtr(z))
            elif self.families[place][0] != "lognormal":
                raise Refused(f"a tied {self.families[place][0]} quantity is not supported")

    def draw(self, out, rng):
        """Values of all quantities for a chunk: a row for each, samples side by side."""
        samples = out.shape[1]
        for place, (family, parameters) in enumerate(self.families):
            if place not in self.tied:
                out[place] = DRAWERS[family](parameters, rng, samples)
        if self.tied:
            normals = self.factor @ rng.standard_normal((len(self.tied), samples))
        for place, z in zip(self.tied, normals if self.tied else ()):
            if place in self.tables:
                out[place] = np.interp(z, *self.tables[place])
            else:
                out[place] = lognormal_at(self.families[place][1], z)


def beta_of(family, p):
    """(least, width, a, b) of a beta or PERT distribution; PERT's shape is 4."""
    low, high = p.get("min", 0.0), p.get("max", 1.0)
    if family == "beta":
        return low, high - low, p["a"], p["b"]
    shape = p.get("shape", 4.0) / (high - low)
    return low, high - low, 1 + shape * (p["mode"] - low), 1 + shape * (high - p["mode"])


def lognormal_at(p, z):
    """The lognormal quantity at a normal variable, by its median and 95 % quantile."""
    if set(p) != {"median", "p95"}:
        raise Refused("lognormal: only median and p95 are supported")
    sigma = math.log(p["p95"] / p["median"]) / special.ndtri(0.95)
    return p["median"] * np.exp(sigma * z)


def draw_beta(family):
    """How to draw a quantity of one of the two families of beta distributions."""
    def draw(p, rng, samples):
        low, width, a, b = beta_of(family, p)
        return low + width * rng.beta(a, b, samples)
    return draw


def draw_truncated_normal(p, rng, samples):
    """By the quantile function, of the normal before it is cut."""
    low, high = special.ndtr([(p[key] - p["mean"]) / p["sd"] for key in ("min", "max")])
    return p["mean"] + p["sd"] * special.ndtri(low + (high - low) * rng.random(samples))


DRAWERS = {
    "uniform": lambda p, rng, samples: rng.uniform(p["min"], p["max"], samples),
    "triangular": lambda p, rng, samples: rng.triangular(p["min"], p["mode"], p["max"], samples),
    "pert": draw_beta("pert"),
    "beta": draw_beta("beta"),
    "lognormal": lambda p, rng, samples: lognormal_at(p, rng.standard_normal(samples)),
    "truncated_normal": draw_truncated_normal,
}
