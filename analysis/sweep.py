#!/usr/bin/env python3
"""Levers swept: a heat map of two levers, or the curve of one, with break-evens.

    python3 analysis/sweep.py baseline_sweep.h5 -o sweep.png
    python3 analysis/sweep.py baseline_sweep.h5 --output MEP/lapse_rate --lang zh -o lapse.pdf
    python3 analysis/sweep.py three_levers.h5 --fix programs/MEP/cost/ratio=2 -o slice.svg
    python3 analysis/sweep.py baseline_sweep.h5 --call 'programs/MEP/match/required=Match per federal dollar'

Without --output: the outputs of the break-evens, else the first output. Break-even lines are straight between
the means of neighbouring points, as in the file; their bars are the file's 95 % intervals.
"""

import sys

import numpy as np
from matplotlib import colormaps

import fulcrum
import labels
import style


def levers(data):
    """{path: dimension} of a full grid, in order."""
    found = {data[axis].attrs["path"]: axis for axis in data["mean"].dims if axis != "output"
             and "path" in data[axis].attrs}
    if not found:
        raise fulcrum.Refused("the points of this sweep are a list, not a grid; draw it from its table")
    return found


def slice_of(data, options):
    """The data with every lever but two fixed, the paths of those two (or one), and what was fixed."""
    found = levers(data)
    given = dict(text.partition("=")[::2] for text in options.fix or [])
    fixed = {}
    for path in given:
        if path not in found:
            raise fulcrum.Refused(f"--fix {path}: no such lever; there are {', '.join(found)}")
    for path, axis in list(found.items()):
        if path not in given and len(found) - len(set(given) - set(fixed)) <= 2:
            continue
        values = data[axis].values
        wanted = given.get(path, str(values[0]))
        near = [value for value in values.tolist() if same(value, wanted)]
        if not near:
            raise fulcrum.Refused(f"--fix {path}={wanted}: its values are {', '.join(map(str, values))}")
        data, fixed[path] = data.sel({axis: near[0]}), near[0]
        del found[path]
    return data, found, fixed


def same(value, text):
    """Whether a text is a value of a lever."""
    try:
        return abs(float(value) - float(text)) <= 1e-9 * abs(float(value))
    except ValueError:
        return str(value) == text


def places(data, axis):
    """Where the values of a lever stand: themselves where they are numbers, else 0, 1, 2..."""
    values = data[axis].values
    return values if np.issubdtype(values.dtype, np.number) else np.arange(len(values), dtype=float)


def called(data, sheet, path, options):
    """(whose, what) to call a lever."""
    whose, parts = "", path.split("/")
    if parts[0] == "programs":
        whose = fulcrum.names(data, "program", sheet.lang).get(parts[1], parts[1])
        parts = parts[2:]
    what = labels.lever_name("/".join(parts), sheet.lang)
    for text in options.call or []:
        name, _, words = text.partition("=")
        what = words if name == path else what
    return whose, what


def on_axis(data, sheet, path, found, options):
    """What to write along the axis of a lever; whose it is too, where that is not the same for all."""
    whose, what = called(data, sheet, path, options)
    alone = len({called(data, sheet, other, options)[0] for other in found}) == 1
    return what if alone or not whose else f"{whose}{sheet.say(': ', '：')}{what}"


def crossings(data, output, path, fixed):
    """The break-evens of an output along a lever, in this slice: (level, value, low, high, others)."""
    if "break_even" not in data.dims:
        return []
    rows = []
    for row in range(data.sizes["break_even"]):
        if data.break_even_output[row].item() != output or data.break_even_lever[row].item() != path:
            continue
        others = dict(part.rpartition("=")[::2] for part in data.break_even_others[row].item().split(", ")
                      if "=" in part)
        if all(same(value, others.get(other, "")) for other, value in fixed.items()):
            rows.append((*(float(data[f"break_even_{part}"][row]) for part in
                           ("level", "value", "low", "high")), others))
    return rows


def levels(data, output):
    """The levels that break-evens of an output ask of."""
    if "break_even" not in data.dims:
        return []
    asked = data.break_even_output.values == output
    return sorted(set(data.break_even_level.values[asked].tolist()))


def level_text(sheet, level, metric):
    """A level as it was asked for."""
    return sheet.share(level) if labels.is_share(metric) else f"{level:,.6g}"


def curve(axes, data, found, fixed, output, sheet):
    """The mean along one lever, with ranges and break-evens."""
    (path, axis), = found.items()
    x = places(data, axis)
    mean, error = fulcrum.find(data, output), fulcrum.find(data, output, "standard_error")
    quantile = fulcrum.find(data, output, "quantile_value")
    if np.isfinite(quantile).all():
        style.fan(axes, x, lambda p: quantile.sel(quantile=p).values, median=False)
    axes.errorbar(x, mean, yerr=style.width(data) * error, color=style.BLUE, marker="o", markersize=4,
                  linewidth=2, capsize=3)
    for level in levels(data, output):
        axes.axhline(level, color=style.ORANGE, linewidth=1.2, linestyle=(0, (4, 2)))
    for level, value, low, high, _ in crossings(data, output, path, fixed):
        if np.isfinite(value):
            left, right = max(low, x.min()), min(high, x.max())
            axes.axvspan(left, right, color=style.ORANGE, alpha=0.3, linewidth=0)
            metric = output.split("/")[1]
            reached = level_text(sheet, level, metric)
            axes.annotate(sheet.say(f"{reached} at {value:.4g}\n(95 %: {low:.4g} to {high:.4g})",
                                    f"{value:.4g} 处达到 {reached}\n（95%：{low:.4g} 至 {high:.4g}）"),
                          (value, level), xytext=(8, -24), textcoords="offset points", fontsize=8,
                          color=style.ORANGE, bbox=style.BOX)


def heat(figure, axes, data, found, fixed, output, sheet):
    """The means over two levers, with break-even lines."""
    (row_path, rows), (column_path, columns) = found.items()
    x, y = places(data, columns), places(data, rows)
    metric = output.split("/")[1]
    mean = fulcrum.find(data, output).transpose(rows, columns).values
    mesh = axes.pcolormesh(x, y, mean, shading="nearest", cmap="viridis")
    axes.grid(visible=False)
    name, unit = style.called(data, sheet, metric, None)
    bar = figure.colorbar(mesh, ax=axes, label=sheet.say(f"mean ({unit})", f"均值（{unit}）"))
    sheet.scale(bar.ax.yaxis, metric)
    bar.outline.set_visible(False)
    if max(mean.shape) <= 9:
        digits = sheet.digits(mean, metric)
        for i, j in np.ndindex(mean.shape):
            if np.isfinite(mean[i, j]):
                dark = sum(colormaps["viridis"](mesh.norm(mean[i, j]))[:3]) < 1.4
                axes.annotate(digits(mean[i, j]), (x[j], y[i]), xytext=(0, -9), ha="center", va="center",
                              textcoords="offset points", fontsize=7, color="white" if dark else "black")
    numbers = all(np.issubdtype(data[axis].dtype, np.number) for axis in (rows, columns))
    for level in levels(data, output):
        if numbers and np.nanmin(mean) < level < np.nanmax(mean):
            axes.contour(x, y, mean, levels=[level], colors=["white"], linewidths=4)
            axes.contour(x, y, mean, levels=[level], colors=[style.ORANGE], linewidths=2)
    for path, other, vertical in ((column_path, row_path, False), (row_path, column_path, True)):
        at = found[other]
        for _, value, low, high, others in crossings(data, output, path, fixed):
            place = [p for p, v in zip(places(data, at), data[at].values) if same(v, others.get(other, ""))]
            ends = x if not vertical else y
            if np.isfinite(value) and place and not (low <= ends.min() and high >= ends.max()):
                arms = [[value - max(low, ends.min())], [min(high, ends.max()) - value]]
                point = (place[0], value) if vertical else (value, place[0])
                axes.errorbar(*point, **{"yerr" if vertical else "xerr": arms}, color=style.ORANGE,
                              marker="o", markersize=4, capsize=2.5, linewidth=1.2, markeredgecolor="white")


def label(axis, data, dimension):
    """Ticks of a lever: its values, words as they are."""
    values = data[dimension].values
    if len(values) > 12 and np.issubdtype(values.dtype, np.number):
        return
    axis.set_ticks(places(data, dimension), [f"{value:.4g}" if not isinstance(value, str) else value
                                             for value in values.tolist()])


def draw(data, options, sheet):
    """The figure."""
    data, found, fixed = slice_of(data, options)
    asked = list(dict.fromkeys(data.break_even_output.values.tolist())) if "break_even" in data.dims else []
    wanted = options.output or asked or [data.output.values[0]]
    two = len(found) == 2
    each = 5.6 if len(wanted) > 1 else 7.0
    figure, grid = sheet.figure(each * len(wanted), 4.7 if two else 4.2, 1, len(wanted), squeeze=False)
    for axes, output in zip(grid[0], wanted):
        fulcrum.find(data, output)
        program, metric = output.split("/")[:2]
        if two:
            heat(figure, axes, data, found, fixed, output, sheet)
        else:
            curve(axes, data, found, fixed, output, sheet)
        paths = list(found)
        label(axes.xaxis, data, found[paths[-1]])
        axes.set_xlabel(style.wrap(on_axis(data, sheet, paths[-1], found, options), 4.4, 9))
        name, unit = style.called(data, sheet, metric, None)
        if two:
            label(axes.yaxis, data, found[paths[0]])
            axes.set_ylabel(style.wrap(on_axis(data, sheet, paths[0], found, options), 3.6, 9))
        else:
            axes.set_ylabel(unit)
            sheet.scale(axes.yaxis, metric)
        people = fulcrum.names(data, "program", sheet.lang)[program]
        note = [level_text(sheet, level, metric) for level in levels(data, output)]
        line = sheet.say(f"; orange: {', '.join(note)}", f"；橙色：{'、'.join(note)}") if note else ""
        axes.set_title(style.wrap(sheet.say(f"{people}: {name}{line}", f"{people}：{name}{line}"), 4.6, 9.5))
    finish(figure, data, sheet, found, fixed, options)
    return figure


def finish(figure, data, sheet, found, fixed, options):
    """Title and caption."""
    between = sheet.say(" and ", "与")
    pairs = [called(data, sheet, path, options) for path in reversed(found)]
    whose = between.join(dict.fromkeys(pair[0] for pair in pairs if pair[0]))
    what = between.join(pair[1] for pair in pairs)
    sheet.title(figure, sheet.say(f"{whose + ': ' if whose else ''}what moves with {what}",
                                  f"{whose + '：' if whose else ''}随{what}的变化"))
    sentences = [sheet.say("Means over possible futures, the same ones at every point.",
                           "各点为同一组可能情形的均值。")]
    if len(found) == 1:
        sentences.append(sheet.say("Line: mean, with 95 % intervals of the sampling. Bands: the middle 50 % "
                                   "(dark) and 90 % of futures.",
                                   "线：均值及其 95% 抽样区间。深色带：居中 50% 的情形；浅色带：居中 90%。"))
    if "break_even" in data.dims:
        sentences.append(sheet.say("Orange: where the mean reaches the break-even level, with the 95 % "
                                   "interval of the sampling.", "橙色：均值达到盈亏平衡水平之处及其 95% 抽样区间。"))
    sentences += [f"{path} = {value}. " for path, value in fixed.items()]
    sheet.caption(figure, data, *sentences)


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, output="output to draw, such as MEP/leverage_ratio; repeatable")
    made.add_argument("--fix", action="append", metavar="PATH=VALUE",
                      help="of more than two levers: keep this one at a value (default: its first); repeatable")
    made.add_argument("--call", action="append", metavar="PATH=TEXT",
                      help="what to call a lever on its axis; repeatable")
    return style.main(made, ("sweep",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
