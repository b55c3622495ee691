#!/usr/bin/env python3
"""What drives an output: bars of Shapley effects, Sobol' indices and other measures, with their intervals.

    python3 analysis/sensitivity.py baseline_sensitivity.h5 -o sensitivity.png
    python3 analysis/sensitivity.py baseline_sensitivity.h5 --output MEP/match/2030 --top 8 --lang zh -o b.pdf
    python3 analysis/sensitivity.py screened.h5 --output MEP/npv --method screening -o tornado.svg

A row for each of the factors that matter most, a panel for each method; of elementary effects and of regression
coefficients the bars go left or right, as a tornado does. Without --method: Shapley effects and Sobol' indices
where the file has them, else all that it has.
"""

import sys

import numpy as np

import fulcrum
import labels
import style

# method: (English, Chinese title), unit or None for the output's, [(statistic, English, Chinese)]
METHODS = {
    "shapley": (("Shapley effects", "Shapley 效应"), "share", [("effect", "", "")]),
    "sobol": (("Sobol' indices", "Sobol' 指数"), "share", [("total", "total", "总效应"), ("first", "first", "主效应")]),
    "screening": (("elementary effects", "基本效应"), None, [("mu", "mean", "均值")]),
    "given_data": (("standardized rank regression", "标准化秩回归系数"), "coefficient", [("srrc", "", "")]),
}


def groups(data, options):
    """The methods to draw, of those in the file."""
    path, there = data.encoding["source"], []
    for method in METHODS:
        try:
            fulcrum.load(path, f"{method}/horizon").close()
            there.append(method)
        except fulcrum.Refused:
            continue
    wanted = options.method or [method for method in ("shapley", "sobol") if method in there] or there
    for method in wanted:
        if method not in there:
            raise fulcrum.Refused(f"the file has no {method}; it has {', '.join(there)}")
    return wanted


def table_of(data, method, name):
    """The factors of one output: (program, output, fiscal year or None, dataset along factor)."""
    parts = name.split("/")
    program = parts.pop(0) if parts[0] in data.program.values else "portfolio"
    year = int(parts.pop()) if parts and parts[-1].isdigit() else None
    with fulcrum.load(data.encoding["source"], f"{method}/{'by_year' if year else 'horizon'}") as group:
        output = "/".join(parts)
        fulcrum.check(group, "output", output)
        table = group.sel(output=output, program=program, **({"fiscal_year": year} if year else {})).load()
    if not np.isfinite(table[METHODS[method][2][0][0]]).any():
        raise fulcrum.Refused(f"{program}/{output} does not vary, or was not analysed")
    return program, output, year, table


def called(data, sheet, factor, program):
    """What to call a factor; whose it is, unless it is of the program that is drawn."""
    parts = factor.split("/")
    whose = ""
    if parts[0] == "programs" and len(parts) > 2:
        people = fulcrum.names(data, "program", sheet.lang)
        whose = "" if parts[1] == program else people.get(parts[1], parts[1])
        parts = parts[2:]
    what = sheet.say("chance (shocks)", "随机冲击") if parts[-1] == "shocks" else \
        labels.lever_name("/".join(parts), sheet.lang)
    if parts[0] == "macro" and parts[-1] == "shocks":
        whose = sheet.say("macro-economy", "宏观经济")
    return f"{whose}{sheet.say(': ', '：')}{what}" if whose else what


def panel(axes, table, chosen, method, sheet):
    """The bars of one method."""
    statistics = METHODS[method][2]
    height = 0.76 / len(statistics)
    for number, (statistic, english, chinese) in enumerate(statistics):
        for row, factor in enumerate(chosen):
            one = table.sel(factor=factor)
            value = float(one[statistic])
            if not np.isfinite(value):
                continue
            kind = one.factor_kind.item()
            colour = style.AMBER if kind == "shocks" else style.GREEN if kind == "group" else style.BLUE
            style.bar(axes, row + (number - (len(statistics) - 1) / 2) * height, value,
                      float(one[f"{statistic}_low"]), float(one[f"{statistic}_high"]), colour, 0.9 * height,
                      pale=number > 0)
    axes.axvline(0, color=style.BLACK, linewidth=0.9)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    title = METHODS[method][0][sheet.lang == "zh"]
    names = [sheet.say(english, chinese) for _, english, chinese in statistics if english]
    tone = sheet.say(" (dark: {}, pale: {})", "（深：{}，浅：{}）").format(*names) if len(names) == 2 else ""
    axes.set_title(style.wrap(title + tone, 3.3, 9.5))


def draw(data, options, sheet):
    """The figure."""
    methods = groups(data, options)
    name = (options.output or ["portfolio/leverage_ratio"])[-1]
    tables = [table_of(data, method, name) for method in methods]
    program, output, year, first = tables[0]
    statistic = METHODS[methods[0]][2][0][0]
    size = np.abs(first[statistic].values)
    order = np.argsort(-np.where(np.isfinite(size), size, -1), kind="stable")
    chosen = [factor for factor in first.factor.values[order[:options.top]]
              if float(abs(first[statistic].sel(factor=factor))) > 0]
    figure, grid = sheet.figure(3.0 + 3.4 * len(methods), 0.36 * len(chosen) + 1.9, 1, len(methods),
                                squeeze=False, sharey=True)
    metric, _, member = output.partition("/")
    what, unit = style.called(data, sheet, metric, member or None)
    for axes, method, (*_, table) in zip(grid[0], methods, tables):
        known = [factor for factor in chosen if factor in table.factor.values]
        panel(axes, table, known, method, sheet)
        kind = METHODS[method][1]
        axes.set_xlabel({"share": sheet.say("share of the variance (%)", "占方差的比重（%）"),
                         "coefficient": sheet.say("coefficient", "系数")}.get(
                             kind, sheet.say(f"per unit of probability ({unit})", f"每单位概率（{unit}）")))
        if kind == "share":
            sheet.percent(axes.xaxis)
    grid[0][0].set_ylim(len(chosen) - 0.4, -0.6)
    grid[0][0].set_yticks(range(len(chosen)), [style.wrap(called(data, sheet, factor, program), 2.9, 9)
                                               for factor in chosen])
    people = fulcrum.names(data, "program", sheet.lang)[program]
    when = sheet.say(f" in FY{year}", f"（{year} 财年）") if year else ""
    sheet.title(figure, sheet.say(f"{people}: what drives {what}{when}", f"{people}：{what}{when}由何决定"))
    caption(figure, data, sheet, methods, first, chosen, statistic)
    return figure


def caption(figure, data, sheet, methods, table, chosen, statistic):
    """What the bars mean, and what is not shown."""
    sentences = [sheet.say("Thin lines: 95 % intervals of the sampling. Amber: shocks, which nobody can know "
                           "beforehand; blue: uncertain quantities.",
                           "细线：95% 抽样区间。橙黄：事先不可知的随机冲击；蓝：不确定参数。")]
    if not np.isfinite(table[f"{statistic}_high"].sel(factor=chosen)).all():
        sentences.append(sheet.say("Where there is no line, the samples were too few for an interval.",
                                   "无线者样本过少，无法给出区间。"))
    if methods[0] == "shapley":
        rest = 1 - float(table[statistic].sel(factor=chosen).sum())
        sentences.append(sheet.say(f"Shapley effects of all factors add up to 100 %; those not shown hold "
                                   f"{sheet.share(max(rest, 0))}.",
                                   f"全部因素的 Shapley 效应合计 100%；未列出者占 {sheet.share(max(rest, 0))}。"))
    if "sobol" in methods:
        sentences.append(sheet.say("First: what knowing the factor alone would take away; total: what would be "
                                   "left if all else were known.",
                                   "主效应：仅知该因素可消除的部分；总效应：其余皆知时仍存的部分。"))
    sheet.caption(figure, data, *sentences)


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, output="output, such as MEP/leverage_ratio or MEP/match/2030 "
                        "(default portfolio/leverage_ratio)")
    made.add_argument("--method", action="append", choices=list(METHODS), help="what to draw; repeatable")
    made.add_argument("--top", type=int, default=12, metavar="N", help="how many factors (default 12)")
    return style.main(made, ("sensitivity",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
