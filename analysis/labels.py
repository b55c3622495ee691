"""What outputs are called and counted in, in English and Chinese, for titles and axes.

OUTPUTS has for each output of a result its name, what it counts, and the kind of its unit. A test holds it
against the outputs that the program writes.
"""

# name, name in Chinese, kind of unit
OUTPUTS = {
    "leverage_ratio": ("match and own revenue per federal dollar", "每 1 美元联邦资金带动的配套与自有收入", "ratio"),
    "cofinancing_ratio": ("match per federal dollar", "每 1 美元联邦资金带动的配套", "ratio"),
    "net_leverage_ratio": ("additional match per federal dollar", "每 1 美元联邦资金带来的新增配套", "ratio"),
    "multiplier_effect": ("all money moved per federal dollar", "每 1 美元联邦资金带动的全部资金", "ratio"),
    "commitment_ratio": ("match announced per federal dollar", "每 1 美元联邦资金的承诺配套", "nominal ratio"),
    "npv": ("benefit less social cost (net present value)", "效益减社会成本（净现值）", "money"),
    "benefit_cost_ratio": ("benefit per dollar of social cost", "每 1 美元社会成本的效益", "ratio"),
    "fiscal_return": ("tax per dollar of treasury cost", "每 1 美元财政成本带来的税收", "ratio"),
    "payback_year": ("fiscal year in which taxes have repaid the cost", "税收抵偿成本的财年", "year"),
    "survival_share": ("share of units that survive", "存续机构占比", "share"),
    "self_sustaining_share": ("share of units that end self-sustaining", "最终自立机构占比", "share"),
    "lapse_rate": ("share of federal money that lapses for want of match", "因配套不足而失效的资金占比", "share"),
    "shortfall_rate": ("share of units' cash need not met", "未满足的机构资金需求占比", "share"),
    "lagging_federal_share": ("share of federal money in lagging regions", "落后地区所占联邦资金比重", "share"),
    "leverage_ratio_lagging": ("match and own revenue per federal dollar, lagging regions",
                               "每 1 美元联邦资金带动的配套与自有收入（落后地区）", "ratio"),
    "leverage_ratio_leading": ("match and own revenue per federal dollar, other regions",
                               "每 1 美元联邦资金带动的配套与自有收入（其他地区）", "ratio"),
    "annual_leverage": ("match and own revenue of the year per federal dollar",
                        "当年每 1 美元联邦资金带动的配套与自有收入", "nominal ratio"),
    "budget": ("budget", "预算", "money a year"),
    "appropriation": ("appropriation", "拨款", "money a year"),
    "lapsed": ("federal money lapsed for want of match", "因配套不足而失效的资金", "money a year"),
    "unallocated": ("money that no unit is entitled to", "无机构可领取的资金", "money a year"),
    "administration": ("administration", "管理费用", "money a year"),
    "rescinded": ("appropriation rescinded", "被撤回的拨款", "money a year"),
    "terminated": ("money lost by termination", "因项目终止而失去的资金", "money a year"),
    "deferred": ("budget deferred to the next year", "推迟到下一年的预算", "money a year"),
    "federal": ("federal money", "联邦资金", "money a year"),
    "receipts": ("money back to the treasury", "返还国库的资金", "money a year"),
    "treasury_cost": ("cost to the treasury", "财政成本", "money a year"),
    "committed_match": ("match announced", "承诺配套", "money a year"),
    "match": ("match from partners", "合作方配套", "money a year"),
    "match_cash": ("match in cash", "现金配套", "money a year"),
    "match_in_kind": ("match in kind", "实物配套", "money a year"),
    "own_revenue": ("own revenue", "自有收入", "money a year"),
    "spending": ("spending of units", "机构支出", "money a year"),
    "shortfall": ("cash need not met", "未满足的资金需求", "money a year"),
    "written_off": ("deficits of closed units", "关闭机构的亏空", "money a year"),
    "balance": ("reserves of units", "机构储备", "money at year's end"),
    "active": ("active units", "存续机构", "units"),
    "funded": ("units with federal money", "受资助机构", "units"),
    "self_sustaining": ("self-sustaining units", "自立机构", "units"),
    "benefit": ("benefit (value added)", "效益（增加值）", "money a year"),
    "tax": ("federal tax on the benefit", "效益带来的联邦税收", "money a year"),
    "social_cost": ("social cost", "社会成本", "money a year"),
    "match_by_source": ("match", "配套", "money a year"),
    "outcome_gross": ("as counted", "毛额", "outcome"),
    "outcome_net": ("that would not have come otherwise", "净额", "outcome"),
}

UNITS = {
    "ratio": ("USD per USD, present values", "美元/美元，现值"),
    "nominal ratio": ("USD per USD, nominal", "美元/美元，当年价"),
    "money": ("USD million, base-year prices", "百万美元，基年价"),
    "money a year": ("USD million a year, nominal", "百万美元/年，当年价"),
    "money at year's end": ("USD million at the year's end, nominal", "年末，百万美元，当年价"),
    "share": ("%", "%"),
    "units": ("number of units", "机构数"),
    "year": ("fiscal year", "财年"),
}

# Units that studies give their outcomes.
OUTCOME_UNITS = {"USD million": "百万美元", "jobs": "个岗位", "1": "个"}

# Levers that sweeps move most, by their path within a program or the study.
LEVERS = {
    "match/required": ("match required per federal dollar", "每 1 美元联邦资金要求的配套"),
    "match/response": ("response of partners to required match", "合作方对配套要求的响应"),
    "taper/start": ("age at which the taper starts (years)", "退坡起始年龄（年）"),
    "taper/length": ("length of the taper (years)", "退坡时长（年）"),
    "taper/floor": ("floor of the taper (share)", "退坡下限（占比）"),
    "budget/termination/hazard": ("risk of termination a year", "每年终止风险"),
    "budget/growth": ("growth of the budget a year", "预算年增长率"),
    "budget/admin": ("share of the budget for administration", "管理费用占比"),
    "cost/ratio": ("cost of full service per federal dollar", "全额服务成本（每 1 美元联邦资金）"),
    "accounts/opportunity": ("opportunity cost of match", "配套的机会成本"),
    "macro/discount_rate": ("discount rate", "贴现率"),
    "portfolio/coordination": ("coordination of programs", "项目间协调程度"),
}


def lever_name(path, lang="en"):
    """What a lever is called; one that is not in LEVERS by the words of its path."""
    if path in LEVERS:
        return LEVERS[path][lang == "zh"]
    return path.replace("/", " ").replace("_", " ")


def is_share(output):
    """Whether the output is a share, drawn in percent."""
    return OUTPUTS.get(output, ("", "", ""))[2] == "share"


def output_name(output, lang="en", member=None):
    """What an output is called; `member`: the name of its outcome or source, where it has one."""
    if output.endswith("_per_dollar"):
        return f"{member}，每 1 美元投入" if lang == "zh" else f"{member} per dollar"
    if output not in OUTPUTS:
        return output.replace("_", " ")
    name = OUTPUTS[output][lang == "zh"]
    if member is None:
        return name
    if output == "match_by_source":
        return f"{member}{name}" if lang == "zh" else f"{name}: {member}"
    return f"{member}（{name}）" if lang == "zh" else f"{member}, {name}"


def output_unit(output, lang="en", outcome_unit=""):
    """The unit for an axis."""
    chinese = lang == "zh"
    kind = OUTPUTS.get(output, ("", "", ""))[2]
    unit = OUTCOME_UNITS.get(outcome_unit, outcome_unit) if chinese else outcome_unit
    if kind == "outcome":
        return f"{unit}/年" if chinese else f"{unit} a year"
    if output.endswith("_per_dollar"):
        if outcome_unit == "USD million":
            return "美元/美元" if chinese else "USD per USD"
        return f"{unit}/百万美元" if chinese else f"{unit} per USD million"
    return UNITS[kind][chinese] if kind else ""
