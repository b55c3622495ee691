"""Files of fulcrum as xarray datasets.

    import sys; sys.path.insert(0, "analysis")
    import fulcrum

    with fulcrum.load("baseline.h5") as result:                      # any file that fulcrum writes
        print(result.attrs["kind"], list(fulcrum.outputs(result)))    # run; leverage_ratio, npv, ...
        fulcrum.find(result, "MEP/leverage_ratio", "quantile")        # names as in targets and --output
        fulcrum.find(result, "MEP/outcome_gross/jobs/2030")           # the mean
        fulcrum.find(result, "federal").to_dataframe()                # all programs and years, with names
        fulcrum.names(result, "program", "zh")["MEP"]                 # 制造业扩展伙伴计划

`load` reads only the header; values are read when they are used. It opens files with netCDF4, which takes
0.3 s for the 1,010 variables of a result; h5netcdf takes 9 to 10 s, as it resolves the axes of every
variable through HDF5's dimension scales, one by one (5.6 s of it is that alone in h5py).

Needs xarray, netCDF4 and yaml (Debian: python3-xarray python3-netcdf4 python3-yaml).
"""

import difflib
import os
import re

import xarray
import yaml


class Refused(Exception):
    """What was asked cannot be had; the text is one line for the user."""


def load(path, group=None):
    """The file as a Dataset, or one of its groups ("study", "until", "overall/score").

    attrs["kind"] of the whole file is run, compare, sweep, hindcast, samples, ...: the command, or what
    else wrote it. Names of programs, outcomes, scenarios and alternatives are coordinates, so that they
    travel along.
    """
    if not os.path.exists(path):
        raise Refused(f"{path}: there is no such file")
    try:
        data = xarray.open_dataset(path, group=group, engine="netcdf4", decode_times=False)
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be read as HDF5 of fulcrum ({error})") from error
    if group is None:
        data.attrs["kind"] = _kind(data, path)
        data = data.set_coords([name for name in data.data_vars if _NAME.fullmatch(name)])
    return data


_NAME = re.compile("(program|outcome|scenario|alternative)_(name|name_zh|unit)")


def _kind(data, path):
    for attribute in data.attrs:
        found = re.fullmatch(r"fulcrum_(\w+)_format", attribute)
        if found:
            return {"result": "run"}.get(found[1], found[1])
    if {"observed", "pit"} <= set(data.data_vars):
        return "hindcast"
    data.close()
    raise Refused(f"{path}: not a file that fulcrum wrote")


def study(data):
    """The study inside a file, with all defaults, as nested dictionaries."""
    inside = [name for name in ("base_resolved", "scenario_resolved", "alternative_resolved") if name in data]
    if inside:
        text = data[inside[0]]
        text = (text[0] if text.ndim else text).item()  # of several, the base is the first
    else:
        with load(data.encoding["source"], "study") as group:
            text = group.resolved.item()
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def names(data, axis, lang="en"):
    """Names for people of the keys along "program", "outcome", "scenario" or "alternative", in English or
    Chinese."""
    suffix = "_zh" if lang == "zh" else ""
    if f"{axis}_name" in data:
        return dict(zip(data[axis].values.tolist(), data[f"{axis}_name{suffix}"].values.tolist()))
    programs = study(data)["programs"]  # sweeps and hindcasts have names in their study only
    members = {key: program for key, program in programs.items()}
    if axis == "outcome":
        members = {key: outcome for program in programs.values()
                   for key, outcome in (program.get("outcomes") or {}).items()}
    found = {key: member.get(f"name{suffix}") or member.get("name") or key
             for key, member in members.items()}
    if axis == "program":
        found["portfolio"] = "全部项目" if lang == "zh" else "Portfolio"
    return found


def outcome_units(data):
    """The unit of each outcome."""
    if "outcome_unit" in data:
        return dict(zip(data.outcome.values.tolist(), data.outcome_unit.values.tolist()))
    return {key: outcome.get("unit", "") for program in study(data)["programs"].values()
            for key, outcome in (program.get("outcomes") or {}).items()}


def outputs(data):
    """The outputs of a run or a comparison: what stands before _mean, _quantile and so on."""
    return [name[:-5] for name in data.data_vars
            if name.endswith("_mean") and f"{name[:-5]}_standard_error" in data
            and not name.endswith("_difference_mean") and name != "regret_mean"]


def parse(data, name):
    """(program or None, output, member or None, fiscal year or None) of a name such as
    MEP/federal/2030, outcome_gross/jobs, leverage_ratio."""
    parts = name.split("/")
    program = parts.pop(0) if parts[0] in data.program.values else None
    output = parts.pop(0) if parts else ""
    if output not in outputs(data):
        _unknown(data, output or name, [*outputs(data), *data.program.values.tolist()])
    member = year = None
    axes = data[f"{output}_mean"].dims
    for part in parts:
        axis = next((axis for axis in ("source", "outcome", "fiscal_year")
                     if axis in axes and part in map(str, data[axis].values.tolist())), None)
        if axis is None:
            _unknown(data, part, [str(key) for axis in axes if axis in data.coords
                                  for key in data[axis].values.tolist()])
        member, year = (member, int(part)) if axis == "fiscal_year" else (part, year)
    return program, output, member, year


def check(data, axis, key):
    """Refuse a program, scenario, ... that the file does not have."""
    known = data[axis].values.tolist()
    if key not in known:
        _unknown(data, key, known)


def find(data, name, statistic="mean"):
    """The values of one statistic of an output, by the name that targets and --output use; what the name
    leaves open (programs, years) stays an axis."""
    if data.attrs["kind"] == "sweep":
        check(data, "output", name)
        return data[statistic].sel(output=name)
    program, output, member, year = parse(data, name)
    values = data[f"{output}_{statistic}"]
    chosen = {"program": program, "fiscal_year": year,
              "outcome" if "outcome" in values.dims else "source": member}
    return values.sel({axis: key for axis, key in chosen.items() if key is not None})


def _unknown(data, word, known):
    near = difflib.get_close_matches(word, known, 3)
    path = os.path.basename(data.encoding.get("source", "the file"))
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise Refused(f"{path} has no '{word}'; {hint}")
