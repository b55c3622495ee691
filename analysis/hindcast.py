#!/usr/bin/env python3
"""A hindcast against observations: what the study would have said, and what came.

    python3 analysis/hindcast.py scores.h5 -o hindcast.png
    python3 analysis/hindcast.py scores.h5 --output appropriation --output active --lang zh -o two.pdf

A panel for each observed output, by fiscal year. The last panel holds the calibration: where in its predictive
distribution each scored observation lies (probability integral transform, Dawid 1984).
"""

import math
import sys

import numpy as np

import fulcrum
import style


def groups(data, wanted):
    """[((program, output), rows)] in the order of the file."""
    found = {}
    for row, key in enumerate(zip(data.program.values.tolist(), data.output.values.tolist())):
        found.setdefault(key, []).append(row)
    for name in wanted or []:
        if not any(name in (output, f"{program}/{output}") for program, output in found):
            known = ", ".join(dict.fromkeys(output for _, output in found))
            raise fulcrum.Refused(f"no observation of '{name}'; there are some of {known}")
    return [(key, rows) for key, rows in found.items()
            if not wanted or key[1] in wanted or "/".join(key) in wanted]


def ranges(data, row):
    """5, 25, 50, 75 and 95 % of a prediction; where samples were weighted there are none in the file, and
    those of the normal distribution with the mean and standard deviation stand in."""
    table = data.predicted_quantile[row].values
    if np.isfinite(table).all():
        return table
    mean, sd = float(data.predicted_mean[row]), float(data.predicted_sd[row])
    return mean + sd * np.array([-1.644854, -0.674490, 0.0, 0.674490, 1.644854])


def panel(axes, data, key, rows, sheet):
    """One output: predictive ranges and observations."""
    program, output = key
    metric, _, member = output.partition("/")
    years = [int(data.fiscal_year[row]) for row in rows]
    places = years if all(years) else list(range(len(rows)))
    for place, row in zip(places, rows):
        low, lower, median, upper, high = ranges(data, row)
        axes.plot([place] * 2, [low, high], color=style.SKY, linewidth=5, solid_capstyle="butt")
        axes.plot([place] * 2, [lower, upper], color=style.BLUE, linewidth=5, solid_capstyle="butt")
        axes.plot([place], [median], marker="_", color="white", markersize=6, markeredgewidth=1.5)
        scored = data.split[row].item() == "score"
        axes.errorbar(place, float(data.observed[row]), yerr=1.959964 * float(data.measurement_error[row]),
                      marker="o", markersize=4.5, color=style.ORANGE, linewidth=1.2, zorder=5,
                      markerfacecolor=style.ORANGE if scored else "white")
    if all(years):
        axes.set_xlim(min(years) - 1, max(years) + 1)
        sheet.scale(axes.xaxis, "fiscal_year")
    else:
        axes.set_xticks(places, [str(year) if year else sheet.say("horizon", "全期") for year in years])
    if min(float(data.observed[rows].min()), min(ranges(data, row)[0] for row in rows)) >= 0:
        axes.set_ylim(bottom=0)
    name, unit = style.called(data, sheet, metric, member or None)
    axes.set_ylabel(unit)
    sheet.scale(axes.yaxis, metric)
    people = fulcrum.names(data, "program", sheet.lang).get(program, program)
    several = len(set(data.program.values.tolist())) > 1
    axes.set_title(style.wrap(f"{people}{sheet.say(': ', '：')}{name}" if several else name, 3.2, 9.5))


def calibration(axes, data, sheet):
    """Histogram of the probability integral transform of what is scored."""
    pit = data.pit.values[data.split.values == "score"]
    counts, edges = np.histogram(pit, bins=10, range=(0, 1))
    axes.bar(edges[:-1], counts, width=0.1, align="edge", color=style.GREY, edgecolor="white")
    axes.axhline(len(pit) / 10, color=style.BLACK, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.set_xlabel(sheet.say("share of the prediction below\nthe observed figure (%)", "预测中低于观测值的占比（%）"))
    axes.set_ylabel(sheet.say("scored figures", "评分观测数"))
    axes.set_title(sheet.say("Calibration (dashed: what is ideal)", "校准（虚线：理想情形）"))
    sheet.percent(axes.xaxis)
    axes.yaxis.get_major_locator().set_params(integer=True)


def draw(data, options, sheet):
    """The figure."""
    found = groups(data, options.output)
    scored = data.split.values == "score"
    panels = len(found) + (1 if scored.any() else 0)
    columns = min(panels, 3)
    rows = math.ceil(panels / columns)
    figure, grid = sheet.figure(max(3.5 * columns, 5.5), 2.5 * rows + 1.2, rows, columns, squeeze=False)
    for axes, (key, members) in zip(grid.flat, found):
        panel(axes, data, key, members, sheet)
    if scored.any():
        calibration(list(grid.flat)[len(found)], data, sheet)
    for axes in list(grid.flat)[panels:]:
        axes.set_visible(False)
    half, most, count = (int(x) for x in (data.inside_50.values[scored].sum(),
                                          data.inside_90.values[scored].sum(), scored.sum()))
    head = sheet.say("Held against history", "与历史对照")
    if count:
        head += sheet.say(f": of {count} figures not used to set the study, {half} fell inside the middle "
                          f"50 %, {most} inside 90 %", f"：{count} 个未用于设定的观测中，{half} 个落在居中 50% 内，"
                          f"{most} 个落在 90% 内")
    sheet.title(figure, head)
    weighted = not np.isfinite(data.predicted_quantile).all()
    sheet.caption(figure, data, sheet.say(
        "Bars: what the study predicts, the middle 50 % (dark) and 90 %, white mark: median. Points: observed, "
        "with the 95 % interval of their measurement; filled: scored, hollow: used to set the study.",
        "条：研究的预测，深色为居中 50%，浅色为 90%，白线为中位数。点：观测值及其测量误差的 95% 区间；实心：用于评分；"
        "空心：用于设定研究。"),
        sheet.say("Samples were weighted: ranges are those of the normal distribution.",
                  "样本经加权：区间按正态分布计算。") if weighted else "")
    return figure


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, output="only this output; repeatable (default: all observed)")
    return style.main(made, ("hindcast",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
