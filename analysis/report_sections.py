"""Sections of a report, each a function of a file's data that gives parts of HTML."""

import argparse
import importlib
import math

import numpy as np

import fulcrum
import labels
import style
from report_page import Table, bullets, code, facts, paragraph, picture, text

HORIZON = ("leverage_ratio", "commitment_ratio", "benefit_cost_ratio", "fiscal_return", "survival_share",
           "self_sustaining_share")
BY_YEAR = ("federal", "match", "own_revenue", "treasury_cost", "benefit", "active")
MEANT = {
    "leverage_ratio": ("leverage", "撬动比"), "commitment_ratio": ("commitment", "承诺比"),
    "benefit_cost_ratio": ("benefit/cost", "效益/成本"), "fiscal_return": ("fiscal return", "财政回报"),
    "survival_share": ("survival", "存续"), "self_sustaining_share": ("self-sustaining", "自立"),
    "federal": ("federal", "联邦资金"), "match": ("match", "配套"), "own_revenue": ("own revenue", "自有收入"),
    "treasury_cost": ("cost to treasury", "财政成本"), "benefit": ("benefit", "效益"), "active": ("active units", "存续机构"),
    "npv": ("net present value", "净现值"),
}


# ---- pieces ---------------------------------------------------------------------------------------

def figure(name, data, sheet, told, **options):
    """The picture that a script draws, or nothing where this file has no such thing."""
    table = {"output": None, "program": None, "fix": None, "call": None, "quantile": None, "method": None,
             "top": 10, **options}
    try:
        drawn = importlib.import_module(name).draw(data, argparse.Namespace(**table), sheet)
    except fulcrum.Refused:
        return ""
    return picture(drawn, sheet, told)


def has(data, *outputs):
    """Whether a result or comparison has all of these outputs."""
    return set(outputs) <= set(fulcrum.outputs(data))


def value(data, name, statistic="mean", **at):
    """One number."""
    return float(fulcrum.find(data, name, statistic).sel(**at))


def shown(sheet, number, output):
    """A number for people; a dash where there is none, a word for never."""
    if np.isnan(number):
        return "–"
    if np.isinf(number):
        return sheet.say("never", "永不") if number > 0 else "−∞"
    return sheet.number(number, output).replace("\N{NO-BREAK SPACE}", "&#160;")


def span(sheet, low, high, output):
    """From one number to another."""
    if np.isnan(low) or np.isnan(high):
        return "–"
    return sheet.say(" to ", " 至 ").join((shown(sheet, low, output), shown(sheet, high, output)))


def name_of(output, sheet):
    """The short name of an output, for the head of a column."""
    return MEANT[output][sheet.lang == "zh"] if output in MEANT else labels.output_name(output, sheet.lang)


def full_name(data, sheet, name):
    """An output in words: "Manufacturing USA: share of units that survive"."""
    program, output, member, year = fulcrum.parse(data, name)
    people = fulcrum.names(data, "program", sheet.lang)
    when = sheet.say(f" in FY{year}", f"（{year} 财年）") if year else ""
    what = style.called(data, sheet, output, member)[0] + when
    return f"{people.get(program, program)}{sheet.say(': ', '：')}{what}" if program else what


def change(sheet, number, output, half=0.0):
    """A difference with its sign, and digits that its half interval tells; of shares in percentage points."""
    if np.isnan(number):
        return "–"
    if number == 0:
        return "0"
    scale = 100 if labels.is_share(output) else 1
    if half > 0:
        digits = max(0, -math.floor(math.log10(scale * half)))
        made = f"{scale * number:+,.{min(digits, 8)}f}"
    elif scale == 100:
        made = f"{100 * number:+.2f}"
    else:
        made = ("+" if number > 0 else "") + sheet.number(number)
    return made.replace("-", "\N{MINUS SIGN}")


def interval(sheet, number, output, half):
    """The ends of a difference's interval."""
    return sheet.say(" to ", " 至 ").join(change(sheet, end, output, half) for end in (number - half, number + half))


# ---- a result -------------------------------------------------------------------------------------

def opening(data, heading, sheet):
    """Below the title: the study, where the title is another, and what this is made from."""
    attrs = data.attrs
    title = (attrs.get("title_zh") if sheet.lang == "zh" else "") or attrs["title"]
    return ["" if title == heading else paragraph(text(title)), paragraph(sheet.say(
        f"A simulation of {attrs['samples']:,} possible futures, seed {text(attrs['seed'])}, by "
        f"{text(attrs['source'])}; study <code>{attrs['study_sha256'][:12]}</code>.",
        f"{attrs['samples']:,} 个可能情形的模拟，种子 {text(attrs['seed'])}，{text(attrs['source'])}；"
        f"研究 <code>{attrs['study_sha256'][:12]}</code>。"), kind="facts")]


def in_short(data, others, sheet):
    """The findings in sentences, those on policies first."""
    said = [sentence for other in others if other.attrs["kind"] == "compare" for sentence in verdicts(other, sheet)]
    people = fulcrum.names(data, "program", sheet.lang)
    if has(data, "leverage_ratio"):
        table = fulcrum.find(data, "leverage_ratio", "quantile")
        low, middle, high = (float(table.sel(program="portfolio", quantile=p)) for p in (0.05, 0.5, 0.95))
        said.append(sheet.say(
            f"Each federal dollar moves <strong>{shown(sheet, middle, '')} dollars</strong> of match and own revenue "
            f"(median; in 90 % of possible futures {span(sheet, low, high, '')}).",
            f"每 1 美元联邦资金带动 <strong>{shown(sheet, middle, '')} 美元</strong>配套与自有收入"
            f"（中位数；90% 的可能情形为 {span(sheet, low, high, '')}）。"))
        medians = {key: float(table.sel(program=key, quantile=0.5)) for key in data.program.values.tolist()
                   if key != "portfolio" and np.isfinite(float(table.sel(program=key, quantile=0.5)))}
        if len(medians) > 1:
            most, least = max(medians, key=medians.get), min(medians, key=medians.get)
            said.append(sheet.say(
                f"Most per dollar: {text(people[most])} ({shown(sheet, medians[most], '')}); least: "
                f"{text(people[least])} ({shown(sheet, medians[least], '')}).",
                f"最高：{text(people[most])}（{shown(sheet, medians[most], '')}）；最低：{text(people[least])}"
                f"（{shown(sheet, medians[least], '')}）。"))
    for output, english, chinese in (
            ("benefit_cost_ratio", "A dollar of social cost brings {} of benefit (median; 90 %: {}).",
             "每 1 美元社会成本带来 {} 美元效益（中位数；90%：{}）。"),
            ("survival_share", "{} of units survive the horizon (median; 90 %: {}).", "{} 的机构存续至期末（中位数；90%：{}）。"),
            ("self_sustaining_share", "{} stand on their own at its end (median; 90 %: {}).",
             "{} 的机构期末自立（中位数；90%：{}）。")):
        if has(data, output):
            table = fulcrum.find(data, f"portfolio/{output}", "quantile")
            low, middle, high = (float(table.sel(quantile=p)) for p in (0.05, 0.5, 0.95))
            if np.isfinite(middle):
                said.append(sheet.say(english, chinese).format(shown(sheet, middle, output),
                                                               span(sheet, low, high, output)))
    if "target_probability" in data:
        met = data.target_probability.values
        said.append(sheet.say(
            f"Of {len(met)} targets set for the programs, {int((met >= 0.9).sum())} are met in at least nine of ten "
            f"futures, {int((met <= 0.1).sum())} in at most one of ten.",
            f"所设 {len(met)} 项目标中，{int((met >= 0.9).sum())} 项在至少九成情形中达到，{int((met <= 0.1).sum())} 项在至多一成情形中达到。"))
    return bullets(said) if said else ""


def by_program(data, sheet):
    """What each program moves, as picture and table."""
    outputs = [output for output in HORIZON if has(data, output)]
    if not outputs:
        return ""
    people = fulcrum.names(data, "program", sheet.lang)
    table = Table(sheet.say("Over the horizon: median, and below it the range of 90 % of possible futures",
                            "整个期间：中位数及 90% 可能情形的范围"),
                  [(sheet.say("program", "项目"), "")] + [(name_of(output, sheet), "number") for output in outputs])
    for key in data.program.values.tolist():
        cells = []
        for output in outputs:
            quantile = fulcrum.find(data, f"{key}/{output}", "quantile")
            low, middle, high = (float(quantile.sel(quantile=p)) for p in (0.05, 0.5, 0.95))
            cells.append(f"{shown(sheet, middle, output)}<br><small>{span(sheet, low, high, output)}</small>"
                         if not np.isnan(middle) else "–")
        table.add(text(people[key]), *cells, kind="total" if key == "portfolio" else "")
    meaning = "; ".join(f"{name_of(output, sheet)}: {labels.output_name(output, sheet.lang)} "
                        f"({labels.output_unit(output, sheet.lang)})" for output in outputs)
    return [figure("leverage", data, sheet, sheet.say("The numbers are in the table below", "数字见下表")),
            table.html(), paragraph(text(meaning + "."), kind="note"),
            figure("distribution", data, sheet, sheet.say("Quantiles are in the table above", "分位数见上表"))]


def by_year(data, sheet):
    """The portfolio's money by fiscal year, and units."""
    outputs = [output for output in BY_YEAR if has(data, output)]
    if not outputs:
        return ""
    table = Table(sheet.say("Portfolio by fiscal year: means over possible futures; money in USD million of the year",
                            "项目组合按财年：各可能情形的均值；金额为当年价百万美元"),
                  [(sheet.say("fiscal year", "财年"), "")] + [(name_of(output, sheet), "number") for output in outputs])
    for year in data.fiscal_year.values.tolist():
        table.add(str(year), *(shown(sheet, value(data, f"portfolio/{output}/{year}"), output) for output in outputs))
    return [figure("fan", data, sheet, sheet.say("Means are in the table below", "均值见下表")), table.html()]


def survival(data, sheet):
    """Units by fiscal year."""
    if not has(data, "active", "self_sustaining"):
        return ""
    return [figure("survival", data, sheet, sheet.say("Shares at the end of the horizon are in the first table",
                                                      "期末占比见第一张表"))]


def targets(data, sheet):
    """How likely each target is met."""
    if "target_probability" not in data:
        return ""
    names = data["target_name_zh" if sheet.lang == "zh" else "target_name"].values.tolist()
    table = Table(sheet.say("How often each target is met, from the most to the least likely; in brackets the 95 % "
                            "interval of the sampling (Wilson)", "各目标达到的频率，由高至低；括号内为 95% 抽样区间（Wilson）"),
                  [(sheet.say("target", "目标"), ""), (sheet.say("asks for", "条件"), ""),
                   (sheet.say("met in", "达到"), "number")], stack=True)
    for row in sorted(range(data.sizes["target"]), key=lambda i: -float(data.target_probability[i])):
        met, low, high, limit = (float(data[f"target_{part}"][row]) for part in
                                 ("probability", "low", "high", "threshold"))
        year = int(data.target_fiscal_year[row])
        name = data.target_output[row].item() + (f"/{year}" if year else "")
        sign = "≥" if data.target_side[row].item() == "at_least" else "≤"
        output = fulcrum.parse(data, name)[1]
        limit = sheet.share(limit) if labels.is_share(output) else f"{limit:,.6g}"
        table.add(text(names[row] or full_name(data, sheet, name)), f"{code(name)} {sign} {text(limit)}",
                  f"{sheet.share(met)} <small>({sheet.share(low)}{sheet.say(' to ', ' 至 ')}{sheet.share(high)})"
                  "</small>")
    return table.html()


def precision(data, sheet):
    """How well the samples know their own answers."""
    outputs = [output for output in (*HORIZON, "npv") if has(data, output)]
    design = data.attrs["design"]
    told = sheet.say(
        f"These are {data.attrs['samples']:,} samples ({text(design)}). The intervals here are of the sampling alone: "
        "more samples narrow them, while the ranges above, which come from what is assumed, stay.",
        f"共 {data.attrs['samples']:,} 个样本（{text(design)}）。此处区间只反映抽样误差：增加样本即可缩小；上文各范围来自假设，不会因此缩小。")
    table = Table(sheet.say("Portfolio: means and medians with their 95 % intervals of the sampling",
                            "项目组合：均值与中位数及其 95% 抽样区间"),
                  [(sheet.say("output", "输出"), ""), (sheet.say("mean", "均值"), "number"),
                   (sheet.say("± 95 %", "± 95%"), "number"), (sheet.say("median", "中位数"), "number"),
                   (sheet.say("95 % interval", "95% 区间"), "number"), (sheet.say("undefined", "无定义"), "number")])
    for output in outputs:
        name = f"portfolio/{output}"
        half = style.width(data) * value(data, name, "standard_error")
        width = f"{100 * half:.2f}" if labels.is_share(output) else f"{half:.2g}" if half < 100 else f"{half:,.0f}"
        low, high = (value(data, name, f"quantile_{end}", quantile=0.5) for end in ("low", "high"))
        table.add(text(labels.output_name(output, sheet.lang)), shown(sheet, value(data, name), output), width,
                  shown(sheet, value(data, name, "quantile", quantile=0.5), output), span(sheet, low, high, output),
                  f"{int(value(data, name, 'undefined')):,}")
    return [paragraph(told), table.html() if outputs else "", undefined(data, sheet), reached(data, sheet)]


def undefined(data, sheet):
    """Samples without an answer, refused, or out of balance."""
    said = []
    samples = data.attrs["samples"]
    people = fulcrum.names(data, "program", sheet.lang)
    for output in HORIZON:
        if not has(data, output):
            continue
        missing = fulcrum.find(data, output, "undefined")
        for key in data.program.values.tolist():
            count = int(missing.sel(program=key))
            if 0 < count < samples:
                said.append(sheet.say(
                    f"{text(people[key])}, {name_of(output, sheet)}: undefined in {count:,} samples, which do not count.",
                    f"{text(people[key])}，{name_of(output, sheet)}：{count:,} 个样本无定义，未计入。"))
    refused = int(data.refused_samples.max()) if "refused_samples" in data else 0
    unbalanced = int(data.imbalanced_samples.max()) if "imbalanced_samples" in data else 0
    said.append(sheet.say(
        f"{refused:,} samples were refused because a number left its domain; in {unbalanced:,} a year's budget was not "
        "the sum of its uses (must be 0).",
        f"{refused:,} 个样本因数值越界被拒绝；{unbalanced:,} 个样本中某年预算与其用途之和不符（应为 0）。"))
    return bullets(said)


def reached(data, sheet):
    """What a run with --until was to know."""
    try:
        with fulcrum.load(data.encoding["source"], "until") as group:
            rows = group.load()
    except fulcrum.Refused:
        return ""
    table = Table(sheet.say("What the run was to know before it ended", "运行结束前要求达到的精度"),
                  [(sheet.say("asked for", "要求"), ""), (sheet.say("estimate", "估计"), "number"),
                   (sheet.say("interval", "区间"), "number"), (sheet.say("reached", "达到"), "")])
    for row in range(rows.sizes.get("target", 0)):
        low, estimate, high = (float(rows[part][row]) for part in ("low", "estimate", "high"))
        table.add(code(rows.target[row].item()), f"{estimate:.5g}", f"{low:.5g}{sheet.say(' to ', ' 至 ')}{high:.5g}",
                  sheet.say("yes", "是") if int(rows.satisfied[row]) else text(rows.remark[row].item()))
    return table.html() if table.rows else ""


# ---- other files ----------------------------------------------------------------------------------

def compare(data, sheet):
    """What policies change."""
    called = fulcrum.names(data, "scenario", sheet.lang)
    parts = [paragraph(sheet.say(
        "Each policy is set against the base in the same possible futures, so that the difference is known much better "
        "than either level.", "各项政策与基准在同一组可能情形中对照，因此差异远比各自水平更精确。"))]
    decided = data.decision.values.tolist() if "decision" in data else None
    parts.append(figure("scenarios", data, sheet, sheet.say("The numbers are in the table below", "数字见下表"),
                        output=decided))
    for scenario in data.scenario.values.tolist()[1:]:
        note = data.scenario_note.sel(scenario=scenario).item() \
            if "scenario_note" in data and sheet.lang == "en" else ""
        parts += [f"<h3>{text(called[scenario])}</h3>", paragraph(text(note)) if note else "",
                  changed(data, sheet, scenario)]
    return parts + [margins(data, sheet, called)]


def changed(data, sheet, scenario):
    """The table of what one policy changes."""
    table = Table(sheet.say("Policy less base: mean with the 95 % interval of the sampling, and in how many futures it is "
                            "more or less; of shares in percentage points",
                            "政策减基准：均值及其 95% 抽样区间，以及增减的情形占比；占比之差为百分点"),
                  [(sheet.say("output", "输出"), ""), (sheet.say("base", "基准"), "number"),
                   (sheet.say("policy", "政策"), "number"), (sheet.say("difference", "差"), "number"),
                   (sheet.say("95 % interval", "95% 区间"), "number"), (sheet.say("more in", "增加"), "number"),
                   (sheet.say("less in", "减少"), "number")])
    for name in compared_outputs(data, scenario):
        output = name.split("/")[1]
        base, here = (value(data, name, scenario=key) for key in (data.scenario.values[0], scenario))
        middle, half = difference(data, name, scenario)
        more, less = (value(data, name, f"probability_{side}", scenario=scenario) for side in ("higher", "lower"))
        if not np.isnan(middle):
            table.add(text(full_name(data, sheet, name)), shown(sheet, base, output), shown(sheet, here, output),
                      change(sheet, middle, output, half), interval(sheet, middle, output, half),
                      sheet.share(more), sheet.share(less))
    return table.html()


def difference(data, name, scenario):
    """The mean of a difference and half its interval."""
    middle, error = (value(data, name, f"difference_{part}", scenario=scenario) for part in ("mean", "standard_error"))
    return middle, style.width(data) * error


def verdicts(data, sheet):
    """A sentence a policy on the outputs that decide."""
    called = fulcrum.names(data, "scenario", sheet.lang)
    said = []
    scenarios = data.scenario.values.tolist()[1:] if "decision" in data else []
    for scenario in scenarios if len(scenarios) <= 5 else []:
        phrases = []
        for name in data.decision.values.tolist():
            output = fulcrum.parse(data, name)[1]
            middle, half = difference(data, name, scenario)
            if np.isnan(middle):
                continue
            unit = sheet.say(" percentage points", " 个百分点") if labels.is_share(output) else \
                sheet.say(" USD million", " 百万美元") if output == "npv" else ""
            more, less = (value(data, name, f"probability_{side}", scenario=scenario) for side in ("higher", "lower"))
            phrases.append(sheet.say(
                f"{text(full_name(data, sheet, name))}: <strong>{change(sheet, middle, output, half)}{unit}</strong> "
                f"on average; more in {sheet.share(more)} of futures, less in {sheet.share(less)}",
                f"{text(full_name(data, sheet, name))}：平均 <strong>{change(sheet, middle, output, half)}{unit}</strong>"
                f"；{sheet.share(more)} 的情形增加，{sheet.share(less)} 减少"))
        said.append(f"{text(called[scenario])}{sheet.say(':', '：')}{bullets(phrases)}")
    return said


def compared_outputs(data, scenario):
    """Outputs over the horizon to tell of a policy: of the programs it touches, where they are few, and of all."""
    touched = [key for key in data.program.values.tolist() if key != "portfolio"
               and float(data.touched.sel(scenario=scenario, program=key)) > 0]
    programs = (touched if len(touched) <= 2 else []) + ["portfolio"]
    return [f"{program}/{output}" for program in programs
            for output in ("leverage_ratio", "survival_share", "self_sustaining_share", "npv") if has(data, output)]


def margins(data, sheet, called):
    """How likely policies are worse by more than a margin."""
    if "margin_probability" not in data:
        return ""
    said = []
    for row in range(data.sizes["margin"]):
        name = data.margin_output[row].item()
        for scenario in data.scenario.values.tolist()[1:]:
            met = float(data.margin_probability.isel(margin=row).sel(scenario=scenario))
            limit = float(data.margin_value[row])
            output = fulcrum.parse(data, name)[1]
            amount = f"{100 * limit:.3g}{sheet.say(' points', ' 个百分点')}" if labels.is_share(output) else f"{limit:,.4g}"
            said.append(sheet.say(
                f"{text(called[scenario])}: worse than the base by more than {amount} in {sheet.share(met)} of futures "
                f"({text(full_name(data, sheet, name))}).",
                f"{text(called[scenario])}：在 {sheet.share(met)} 的情形中比基准差 {amount}以上（{text(full_name(data, sheet, name))}）。"))
    return bullets(said)


def analysed(data):
    """Names of outputs over the horizon whose variance was taken apart, the usual ones first."""
    for method in ("shapley", "sobol", "screening", "given_data"):
        try:
            with fulcrum.load(data.encoding["source"], f"{method}/horizon") as group:
                statistic = {"shapley": "effect", "sobol": "total", "screening": "mu", "given_data": "srrc"}[method]
                there = np.isfinite(group[statistic]).any("factor")
                names = [f"{program}/{output}" for program in group.program.values.tolist()
                         for output in group.output.values.tolist() if bool(there.sel(program=program, output=output))]
        except fulcrum.Refused:
            continue
        usual = {output: rank for rank, output in enumerate(("leverage_ratio", "survival_share", "npv"))}
        return sorted(names, key=lambda name: (not name.startswith("portfolio"),
                                               usual.get(name.split("/", 1)[1], len(usual))))
    return []


def sensitivity(data, sheet):
    """What drives outputs."""
    import sensitivity as script
    parts = [paragraph(sheet.say(
        "Shares of the variance: what each uncertain number, and chance itself, is responsible for. What chance (shocks) "
        "drives, nobody can know beforehand; what a number drives, a survey may narrow.",
        "方差占比：每个不确定数字以及偶然因素各占多少。偶然因素（冲击）所致者事先不可知；数字所致者可由调查缩小。"))]
    names = analysed(data)
    chosen = [name for name in names if name.split("/", 1)[1] in ("leverage_ratio", "survival_share", "npv")][:3]
    for name in chosen or names[:2]:
        parts.append(f"<h3>{text(full_drive(data, sheet, name))}</h3>")
        parts.append(figure("sensitivity", data, sheet, sheet.say("The largest are in the table below", "主要数值见下表"),
                            output=[name]))
        parts.append(drivers(data, sheet, name, script))
    return parts


def full_drive(data, sheet, name):
    """ "Manufacturing USA: share of units that survive" of a sensitivity file, whose outputs stand in its groups."""
    program, _, output = name.partition("/")
    metric, _, member = output.partition("/")
    people = fulcrum.names(data, "program", sheet.lang)
    return f"{people.get(program, program)}{sheet.say(': ', '：')}{style.called(data, sheet, metric, member or None)[0]}"


def drivers(data, sheet, name, script):
    """The largest factors of an output in a table."""
    method = script.groups(data, argparse.Namespace(method=None))[0]
    statistic = script.METHODS[method][2][0][0]
    program, _, _, table = script.table_of(data, method, name)
    size = np.nan_to_num(np.abs(table[statistic].values), nan=-1.0)
    share = script.METHODS[method][1] == "share"
    rows = Table(script.METHODS[method][0][sheet.lang == "zh"],
                 [(sheet.say("factor", "因素"), ""), (sheet.say("estimate", "估计"), "number"),
                  (sheet.say("95 % interval", "95% 区间"), "number")])
    widest = 0.0
    for row in np.argsort(-size, kind="stable")[:8]:
        if size[row] <= 0:
            continue
        numbers = [float(table[statistic + end][row]) for end in ("", "_low", "_high")]
        cells = [f"{100 * number:.1f}&#160;%" if share else f"{number:.4g}" for number in numbers]
        cells = [cell.replace("-", "\N{MINUS SIGN}") for cell in cells]
        known = np.isfinite(numbers[1:]).all()
        widest = max(widest, numbers[2] - numbers[1]) if known else np.inf
        rows.add(text(script.called(data, sheet, table.factor[row].item(), program)), cells[0],
                 f"{cells[1]}{sheet.say(' to ', ' 至 ')}{cells[2]}" if known else "–")
    loose = paragraph(sheet.say("Some intervals are wide: these samples do not tell well yet; more of them (-n) narrow "
                                "the intervals.", "部分区间较宽：样本尚不足以说明；增加样本（-n）可缩小区间。"),
                      kind="note") if share and widest > 0.5 else ""
    return rows.html() + loose


def sweep(data, sheet):
    """Levers over their range."""
    parts = [figure("sweep", data, sheet, sheet.say("The numbers are in the table below", "数字见下表"))]
    import sweep as script
    levers = script.levers(data)
    outputs = data.output.values.tolist()[:4]
    people = fulcrum.names(data, "program", sheet.lang)
    called = {name: f"{people.get(name.split('/')[0], name.split('/')[0])}{sheet.say(': ', '：')}"
                    f"{name_of(name.split('/')[1], sheet)}" for name in outputs}
    axes = list(levers.values())
    points = list(np.ndindex(*(data.sizes[axis] for axis in axes)))
    if len(points) <= 60:
        asked = argparse.Namespace(call=None)
        heads = [(" × ".join(script.on_axis(data, sheet, path, levers, asked) for path in levers), "")]
        table = Table(sheet.say("Means at each point, and below them the 95 % interval of the sampling",
                                "各点均值及其 95% 抽样区间"), heads + [(called[name], "number") for name in outputs])
        for point in points:
            at = dict(zip(axes, point))
            words = [data[axis].values[i] for axis, i in at.items()]
            cells = []
            for name in outputs:
                middle, error = (float(data[part].sel(output=name).isel(at)) for part in ("mean", "standard_error"))
                half, output = style.width(data) * error, name.split("/")[1]
                cells.append(f"{shown(sheet, middle, output)}<br><small>"
                             f"{span(sheet, middle - half, middle + half, output)}</small>")
            table.add(text(" × ".join(f"{word:.6g}" if isinstance(word, float) else str(word) for word in words)), *cells)
        parts.append(table.html())
    return parts + [break_evens(data, sheet)]


def break_evens(data, sheet):
    """Where outputs cross the levels asked for."""
    if "break_even_value" not in data:
        return ""
    said = []
    for row in range(data.sizes["break_even"]):
        name, lever = data.break_even_output[row].item(), data.break_even_lever[row].item()
        level, at, low, high = (float(data[f"break_even_{part}"][row]) for part in ("level", "value", "low", "high"))
        others = data.break_even_others[row].item()
        where = f" ({code(others)})" if others else ""
        said.append(sheet.say(
            f"The mean of {code(name)} is {level:g} at {code(lever)} = {at:.4g} (95 %: {low:.4g} to {high:.4g}){where}.",
            f"{code(name)} 的均值在 {code(lever)} = {at:.4g} 处为 {level:g}（95%：{low:.4g} 至 {high:.4g}）{where}。")
            if np.isfinite(at) else sheet.say(
            f"The mean of {code(name)} does not cross {level:g} along {code(lever)}{where}.",
            f"{code(name)} 的均值沿 {code(lever)} 不经过 {level:g}{where}。"))
    return bullets(said)


def voi(data, sheet):
    """What it is worth to know something first."""
    called = dict(zip(data.alternative.values.tolist(),
                      data["alternative_name_zh" if sheet.lang == "zh" else "alternative_name"].values.tolist()))
    best = data.attrs["best"]
    worth, low, high = (float(data[f"evpi{end}"]) for end in ("", "_low", "_high"))
    parts = [paragraph(sheet.say(
        f"By what is known today the choice is <strong>{text(called.get(best, best))}</strong> (utility: "
        f"{code(data.attrs['utility'])}, USD million). Everything known before the choice would be worth "
        f"{worth:,.3g} million dollars (95 %: {low:,.3g} to {high:,.3g}); it would be another choice in "
        f"{sheet.share(float(data.evpi_change))} of futures.",
        f"就目前所知应选 <strong>{text(called.get(best, best))}</strong>（效用：{code(data.attrs['utility'])}，百万美元）。"
        f"事先知道一切值 {worth:,.3g} 百万美元（95%：{low:,.3g} 至 {high:,.3g}）；在 {sheet.share(float(data.evpi_change))} 的情形中会另作选择。"))]
    table = Table(sheet.say("Alternatives: mean utility less that of the base with its 95 % interval, expected regret, and "
                            "how often it is the best", "各备选方案：平均效用与基准之差及其 95% 区间、期望遗憾、成为最佳的频率"),
                  [(sheet.say("alternative", "方案"), ""), (sheet.say("less base", "与基准之差"), "number"),
                   (sheet.say("95 % interval", "95% 区间"), "number"), (sheet.say("regret", "遗憾"), "number"),
                   (sheet.say("is best", "最佳"), "number")])
    for key in data.alternative.values.tolist():
        less, down, up = (float(data[f"utility_difference{end}"].sel(alternative=key)) for end in ("", "_low", "_high"))
        half = (up - down) / 2
        table.add(text(called[key]), change(sheet, less, "", half), interval(sheet, less, "", half) if half else "",
                  shown(sheet, float(data.regret.sel(alternative=key)), ""),
                  sheet.share(float(data.best_share.sel(alternative=key))))
    drawn = figure("voi", data, sheet, sheet.say("The numbers are in the tables below", "数字见下表"))
    return [*parts, drawn, table.html(), known_first(data, sheet, "quantity", ""),
            known_first(data, sheet, "group", "group_")]


def known_first(data, sheet, axis, prefix):
    """The quantities or groups that are worth most to know."""
    if axis not in data.dims:
        return ""
    table = Table(sheet.say(f"Worth of knowing one {'group' if prefix else 'number'} before the choice, USD million",
                            f"事先知道一{'组' if prefix else '个'}数字的价值，百万美元"),
                  [(sheet.say("known", "已知"), ""), (sheet.say("worth", "价值"), "number"),
                   (sheet.say("95 % interval", "95% 区间"), "number"), (sheet.say("another choice in", "另作选择"), "number")])
    order = np.argsort(-np.nan_to_num(data[f"{prefix}evppi"].values), kind="stable")[:8]
    for row in order:
        worth, low, high = (float(data[f"{prefix}evppi{end}"][row]) for end in ("", "_low", "_high"))
        if worth > 0:
            table.add(code(data[axis][row].item()), f"{worth:,.3g}", f"{low:,.3g}{sheet.say(' to ', ' 至 ')}{high:,.3g}",
                      sheet.share(float(data[f"{prefix}change"][row])))
    return table.html() if table.rows else ""


def hindcast(data, sheet):
    """The study held against history."""
    scored = data.split.values == "score"
    inside = [int(data[f"inside_{level}"].values[scored].sum()) for level in (50, 90)]
    return [paragraph(sheet.say(
        f"Of {int(scored.sum())} published figures that were not used to set the study, {inside[0]} fell inside the middle "
        f"50 % of what it would have said, {inside[1]} inside 90 %.",
        f"在 {int(scored.sum())} 个未用于设定研究的公布数字中，{inside[0]} 个落在预测居中 50% 之内，{inside[1]} 个落在 90% 之内。")),
            figure("hindcast", data, sheet, sheet.say("Scores of each figure are in the file", "各数字的评分见文件"))]


def samples(data, sheet):
    """How an estimate settled."""
    names = [name for name in data.name.values.tolist() if name.endswith("/leverage_ratio")]
    return [figure("convergence", [data], sheet, sheet.say("The end is the result's mean", "终点即结果均值"),
                   output=names[-1:])] if names else []


# kind of file: (heading in English, in Chinese, its section)
OTHERS = {
    "compare": ("What policies change", "政策带来的变化", compare),
    "sensitivity": ("What drives it", "由何决定", sensitivity),
    "sweep": ("Levers moved", "杠杆变动", sweep),
    "voi": ("What is worth knowing first", "事先知道什么最有价值", voi),
    "hindcast": ("Held against history", "与历史对照", hindcast),
    "samples": ("How the estimate settled", "估计的收敛", samples),
}


def facts_of(pairs):
    """Terms and texts."""
    return facts([(term, text(what)) for term, what in pairs])
