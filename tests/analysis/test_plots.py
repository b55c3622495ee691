"""Plots of every kind of file: each script runs alone, in English and Chinese; what it draws are the numbers of
the file; nothing is cut off or written over; mistakes are one line."""

import concurrent.futures
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import unittest
import warnings

import numpy as np

import plots
from plots import fulcrum, style

FILES = None
SCRIPTS = ("distribution", "fan", "leverage", "survival", "scenarios", "sweep", "hindcast", "convergence",
           "sensitivity", "voi")
OF = {"voi": "voi", "sensitivity": "sensitivity", "scenarios": "compare", "sweep": "sweep", "hindcast": "hindcast",
      "convergence": "samples"}


def setUpModule():
    global FILES
    warnings.simplefilter("ignore")
    FILES = plots.Files()


def tearDownModule():
    FILES.folder.cleanup()


def file_of(name):
    return getattr(FILES, OF.get(name, "run"))


def options_of(name):
    return {"convergence": ["--output", "CENTERS/leverage_ratio"],
            "survival": ["--program", "MFGUSA", "--program", "RIE"]}.get(name, [])


def start(name, *arguments):
    command = [sys.executable, os.path.join(plots.ANALYSIS, f"{name}.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=FILES.folder.name)


class Alone(unittest.TestCase):
    """Scripts as users start them."""

    def test_they_start_as_programs(self):
        for name in ("fan", "convergence"):
            with self.subTest(name):
                path = FILES.place(f"{name}_program.png")
                done = start(name, file_of(name), "-o", path, *options_of(name))
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
                self.assertGreater(plots.colours(plots.picture(path)), 30)

    def test_help_gives_examples(self):
        for name in SCRIPTS:
            with self.subTest(name), contextlib.redirect_stdout(io.StringIO()) as said:
                code, _ = self.quietly(name, ["--help"])
                self.assertEqual(code, 0)
                self.assertRegex(said.getvalue(), rf"python3 analysis/{name}\.py .*-o {name}\.png")
                self.assertIn("--lang", said.getvalue())

    def test_mistakes_are_one_line(self):
        text = FILES.place("text.h5")
        with open(text, "w", encoding="ascii") as file:
            file.write("not HDF5")
        cases = [
            ("fan", ["absent.h5"], "no such file"),
            ("fan", [text], "cannot be read"),
            ("fan", [FILES.compare], "scenarios.py draws it"),
            ("scenarios", [FILES.run], "fan.py"),
            ("fan", [FILES.run, "--output", "federl"], "did you mean federal"),
            ("fan", [FILES.run, "--program", "MEPP"], "did you mean MEP"),
            ("fan", [FILES.run, "--output", "npv"], "not one number a fiscal year"),
            ("distribution", [FILES.run, "--output", "MEP/federal"], "MEP/federal/2039"),
            ("distribution", [FILES.run, "--output", "RCEI/leverage_ratio"], "no finite value"),
            ("leverage", [FILES.run, "--output", "federal"], "not one number a program"),
            ("survival", [FILES.run, "--program", "X"], "there are MEP"),
            ("sweep", [FILES.points], "not a grid"),
            ("sweep", [FILES.sweep, "--output", "x"], "MFGUSA/leverage_ratio"),
            ("hindcast", [FILES.hindcast, "--output", "npv"], "appropriation"),
            ("sensitivity", [FILES.screened, "--method", "sobol"], "it has screening, given_data"),
            ("sensitivity", [FILES.sensitivity, "--output", "npw"], "did you mean npv"),
            ("voi", [FILES.compare], "scenarios.py draws it"),
            ("scenarios", [FILES.voi], "voi.py draws it"),
            ("voi", [FILES.voi, "--top", "0"], "--top: at least 1"),
            ("convergence", [FILES.run], "--samples"),
            ("convergence", [FILES.run, FILES.first], "different studies"),
            ("convergence", [FILES.samples, "--output", "x"], "was not kept"),
            ("fan", [FILES.run, "-o", "picture.gif"], ".png, .pdf or .svg"),
            ("fan", [FILES.run, "-o", FILES.place("absent/picture.png")], "No such file"),
            ("fan", [FILES.run, "--lang", "fr"], "invalid choice"),
        ]
        for name, arguments, expected in cases:
            with self.subTest(name=name, arguments=arguments):
                code, said = self.quietly(name, arguments)
                self.assertIn(code, (1, 2))
                self.assertEqual(said.count("\n"), 1, said)
                self.assertTrue(said.startswith(f"{name}.py: "), said)
                self.assertIn(expected, said)
        done = start("fan", "absent.h5")
        self.assertEqual((done.returncode, done.stderr), (1, "fan.py: absent.h5: there is no such file\n"))

    def quietly(self, name, arguments):
        """The exit code and what is said on standard error, in this process."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            try:
                code = plots.script(name).main(arguments)
            except SystemExit as end:
                code = end.code
        return code, said.getvalue()

    def test_equal_input_gives_equal_bytes(self):
        for suffix in ("pdf", "svg"):
            pair = []
            for turn in "ab":
                path = FILES.place(f"{turn}.{suffix}")
                self.assertEqual(plots.script("fan").main([FILES.run, "-o", path]), 0)
                with open(path, "rb") as file:
                    pair.append(file.read())
            self.assertEqual(*pair)


class Drawn(unittest.TestCase):
    """What stands in the figures."""

    def open(self, path, group=None):
        data = fulcrum.load(path, group)
        self.addCleanup(data.close)
        return data

    def tearDown(self):
        style.pyplot.close("all")

    def near(self, drawn, expected):
        np.testing.assert_allclose(np.asarray(drawn, float), np.asarray(expected, float), rtol=1e-12)

    def test_every_picture_is_whole_and_its_labels_do_not_collide(self):
        for name in SCRIPTS:
            for lang in ("en", "zh") if plots.FONT else ("en",):
                with self.subTest(name=name, lang=lang):
                    path = FILES.place(f"{name}_{lang}.png")
                    made = plots.saved(name, [file_of(name), "--lang", lang, "-o", path, *options_of(name)])
                    self.whole(plots.picture(path))
                    self.assertEqual(plots.cut(made), [])
                    self.assertEqual(plots.colliding(made), [])
                    for axes in plots.visible(made):
                        self.assertTrue(axes.get_xlabel() or axes.get_ylabel() or axes.get_title(loc="left"))
                    said = plots.words(made)
                    self.assertIn("study" if lang == "en" else "研究", said)
                    self.assertRegex(said, r"samples, seed 1" if lang == "en" else "个样本，种子 1")
                    if lang == "zh":
                        self.assertGreater(len(re.findall(r"[\u4e00-\u9fff]", said)), 40)

    def whole(self, pixels):
        """A picture of some size, not blank, with nothing at its edge."""
        self.assertGreater(min(pixels.shape[:2]), 250)
        self.assertGreater(plots.colours(pixels), 30)
        self.assertGreater((pixels.sum(axis=2) < 600).mean(), 0.01)
        edge = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
        self.assertTrue(all((line == 255).all() for line in edge), "something is cut off")

    def test_distribution_holds_all_samples_and_the_targets(self):
        data = self.open(FILES.run)
        made = plots.figure("distribution", FILES.run, output=["MFGUSA/survival_share"])
        bars = sum(np.ptp(bar.get_paths()[0].vertices[:, 0]) * np.ptp(bar.get_paths()[0].vertices[:, 1])
                   for bar in made.axes[0].collections)
        edges = data.survival_share_histogram_edge.sel(program="MFGUSA").values
        counts = data.survival_share_histogram_count.sel(program="MFGUSA").values
        _, kept, usual = plots.script("distribution").bins(edges, counts)
        self.assertEqual(kept.sum(), 960)
        self.near(bars / usual, 1.0)
        said = plots.words(made)
        self.assertIn("Manufacturing USA: share of units that survive", said)
        row = data.target_output.values.tolist().index("MFGUSA/survival_share")
        met = float(data.target_probability[row])
        self.assertIn(f"Target, at least 90 %: Nine institutes in ten survive {100 * met:.3g} %", said)
        median = float(data.survival_share_quantile.sel(program="MFGUSA", quantile=0.5))
        self.assertIn(f"median {100 * median:.0f} %", said)

    def test_slivers_join_their_neighbours_and_no_sample_is_lost(self):
        edges, counts, usual = plots.script("distribution").bins(
            np.array([1.0, 1.01, 2, 3, 4, 4.1, np.nan]), np.array([5, 4, 3, 2, 1, 0]))
        self.assertEqual((edges.tolist(), counts.tolist(), usual), ([1, 2, 3, 4.1], [9, 3, 3], 0.99))

    def test_years_of_payback_are_whole_and_never_is_told(self):
        made = plots.figure("distribution", FILES.run, output=["MEP/payback_year"])
        said = plots.words(made)
        self.assertRegex(said, r"In [0-9.]+ % of futures: never")
        first = made.axes[0].collections[0].get_paths()[0].vertices[:, 0]
        self.assertEqual((first.min(), first.max()), (2024.5, 2025.5))

    def test_fan_draws_the_quantiles_of_the_file(self):
        data = self.open(FILES.run)
        made = plots.figure("fan", FILES.run, program=["MEP"])
        for axes, output in zip(made.axes, ("federal", "match", "own_revenue")):
            table = data[f"{output}_quantile"].sel(program="MEP")
            self.near(axes.lines[0].get_ydata(), table.sel(quantile=0.5))
            for band, low, high in zip(axes.collections, (0.05, 0.25), (0.95, 0.75)):
                corners = band.get_paths()[0].vertices
                for year, lower, upper in zip(data.fiscal_year.values, table.sel(quantile=low).values,
                                              table.sel(quantile=high).values):
                    at = corners[corners[:, 0] == year][:, 1]
                    self.near([at.min(), at.max()], [lower, upper])
            self.assertEqual(axes.get_ylabel(), "USD million a year, nominal")
        self.assertEqual(len({axes.get_ylim() for axes in made.axes}), 1)
        self.assertIn("Manufacturing Extension Partnership: federal money, match from partners",
                      plots.words(made))

    def test_fan_knows_outcomes_and_their_units(self):
        made = plots.figure("fan", FILES.run, output=["MEP/outcome_gross/jobs"])
        self.assertEqual(made.axes[0].get_ylabel(), "jobs a year")

    def test_leverage_draws_every_program_in_order(self):
        data = self.open(FILES.run)
        made = plots.figure("leverage", FILES.run)
        axes = made.axes[0]
        marks = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"]
        medians = data.leverage_ratio_quantile.sel(quantile=0.5)
        finite = medians.values[np.isfinite(medians.values)]
        self.near(marks, [*sorted(finite[:-1], reverse=True), medians.sel(program="portfolio")])
        names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
        self.assertEqual(set(names), set(data.program_name.values.tolist()))
        self.assertEqual(names[-1], "Portfolio")
        thin = [line.get_xdata() for line in axes.lines if line.get_linewidth() == 2]
        self.near(thin[-1], data.leverage_ratio_quantile.sel(program="portfolio", quantile=[0.05, 0.95]))

    def test_survival_draws_means_and_says_the_end(self):
        data = self.open(FILES.run)
        made = plots.figure("survival", FILES.run, program=["MFGUSA"])
        axes = made.axes[0]
        for line, output in zip(axes.lines, ("active", "funded", "self_sustaining")):
            self.near(line.get_ydata(), data[f"{output}_mean"].sel(program="MFGUSA"))
        share = float(data.survival_share_mean.sel(program="MFGUSA"))
        self.assertIn(f"FY2039: {100 * share:.3g} % survive", plots.words(made))

    def test_scenarios_draw_paired_differences(self):
        data = self.open(FILES.compare)
        made = plots.figure("scenarios", FILES.compare)
        for axes, output in zip(made.axes, ("leverage_ratio", "npv")):
            means = [bar.lines[0].get_xdata()[0] for bar in axes.containers]
            expected = data[f"{output}_difference_mean"].sel(program="portfolio")[1:]
            self.near(means, expected)
            arms = np.array([np.ptp(bar.lines[2][0].get_segments()[0][:, 0]) / 2 for bar in axes.containers])
            error = data[f"{output}_difference_standard_error"].sel(program="portfolio")[1:]
            np.testing.assert_allclose(arms, 1.959964 * error.values, rtol=1e-6)
            more = data[f"{output}_probability_higher"].sel(program="portfolio")[1]
            self.assertIn(f"more in {style.Sheet('en').share(float(more))}".replace("\N{NO-BREAK SPACE}", " "),
                          plots.words(made))
        self.assertIn("MEP, federal share of one third again", plots.words(made))
        drawn = [line.get_color() for line in made.axes[1].lines if line.get_linewidth() == 9]
        mean, error = (data[f"npv_difference_{part}"].sel(program="portfolio")[1:]
                       for part in ("mean", "standard_error"))
        expected = [style.GREY if abs(m) < 1.959964 * e else style.BLUE if m > 0 else style.ORANGE
                    for m, e in zip(mean.values, error.values)]
        self.assertEqual(drawn, expected)
        self.assertIn(style.ORANGE, drawn)
        self.assertIn(style.BLUE, drawn)

    def test_scenarios_by_year_leave_out_what_changes_nothing(self):
        made = plots.figure("scenarios", FILES.compare, output=["MFGUSA/federal"])
        titles = [axes.get_title(loc="left") for axes in plots.visible(made)]
        self.assertEqual(titles, ["Manufacturing USA, no taper"])

    def test_sweep_draws_the_means_and_the_break_even(self):
        data = self.open(FILES.sweep)
        made = plots.figure("sweep", FILES.sweep)
        mean = data["mean"].sel(output="MFGUSA/leverage_ratio")
        self.near(made.axes[0].collections[0].get_array().ravel(), mean.values.ravel())
        self.assertEqual(made.axes[0].get_xlabel(), "length of the taper (years)")
        self.assertEqual(made.axes[0].get_ylabel(), "age at which the taper starts (years)")
        points = {tuple(bar.lines[0].get_xydata()[0]) for bar in made.axes[0].containers}
        finite = np.isfinite(data.break_even_value.values)
        self.assertGreater(finite.sum(), 1)
        drawn = {value for point in points for value in point}
        self.assertTrue(set(data.break_even_value.values[finite].tolist()) <= drawn)

    def test_sweep_of_one_lever_is_a_curve(self):
        data = self.open(FILES.line)
        made = plots.figure("sweep", FILES.line)
        curve = made.axes[0].containers[0].lines[0]
        self.near(curve.get_ydata(), data["mean"].sel(output="CENTERS/lapse_rate"))
        self.near(curve.get_xdata(), [0.5, 1.0, 1.5, 2.0])
        found = float(data.break_even_value[0])
        self.assertIn(f"5 % at {found:.4g}", plots.words(made))

    def test_sweep_takes_words_slices_and_names(self):
        made = plots.figure("sweep", FILES.words, call=["programs/CENTERS/match/required=My lever"])
        self.assertEqual(made.axes[0].get_ylabel(), "My lever")
        self.assertEqual([label.get_text() for label in made.axes[0].get_yticklabels()], ["1", "[1,1,2]"])
        made = plots.figure("sweep", FILES.words, fix=["programs/CENTERS/match/response=0.8"],
                            output=["CENTERS/lapse_rate"])
        data = self.open(FILES.words)
        self.near(made.axes[0].containers[0].lines[0].get_ydata(),
                  data["mean"].sel(output="CENTERS/lapse_rate").isel(CENTERS_match_response=1))
        self.assertIn("programs/CENTERS/match/response = 0.8", plots.words(made))

    def test_hindcast_draws_every_observation(self):
        data = self.open(FILES.hindcast)
        made = plots.figure("hindcast", FILES.hindcast)
        drawn = sorted(bar.lines[0].get_ydata()[0] for axes in made.axes for bar in axes.containers
                       if hasattr(bar, "has_yerr"))
        self.near(drawn, sorted(data.observed.values))
        scored = data.split.values == "score"
        self.assertIn(f"of {scored.sum()} figures not used to set the study, "
                      f"{data.inside_50.values[scored].sum()} fell inside the middle 50 %, "
                      f"{data.inside_90.values[scored].sum()} inside 90 %", plots.words(made))
        self.assertEqual(sum(patch.get_height() for patch in made.axes[-1].patches if patch.get_width() == 0.1)
                         or sum(p.get_height() for axes in plots.visible(made)[-1:] for p in axes.patches),
                         scored.sum())

    def test_hindcast_of_weighted_samples_says_so(self):
        self.assertIn("Samples were weighted", plots.words(plots.figure("hindcast", FILES.weighted)))

    def test_convergence_ends_at_the_result(self):
        for path, kept, factor in ((FILES.first, FILES.samples, 1.959964),
                                   (FILES.lhs, FILES.lhs_samples, 2.131450)):
            data, samples = self.open(path), self.open(kept)
            for output in ("leverage_ratio", "npv", "payback_year"):
                options = type("", (), {"quantile": None})
                looks, mean, low, high = plots.script("convergence").of_samples(
                    samples, f"CENTERS/{output}", options)
                self.assertEqual(looks[-1], data.attrs["samples"])
                np.testing.assert_allclose(mean[-1], data[f"{output}_mean"].sel(program="CENTERS"), rtol=1e-9)
                error = data[f"{output}_standard_error"].sel(program="CENTERS")
                np.testing.assert_allclose((high - low)[-1] / 2, factor * error, rtol=1e-6)

    def test_convergence_of_a_quantile_ends_at_the_result(self):
        data, samples = self.open(FILES.first), self.open(FILES.samples)
        options = type("", (), {"quantile": 0.05})
        _, value, low, high = plots.script("convergence").of_samples(samples, "CENTERS/leverage_ratio", options)
        table = data.leverage_ratio_quantile.sel(program="CENTERS")
        bound = float(data.leverage_ratio_quantile_bound.sel(program="CENTERS", quantile=0.05))
        self.assertLessEqual(abs(value[-1] - float(table.sel(quantile=0.05))), bound)
        self.assertTrue(float(table.sel(quantile=0.025)) <= low[-1] <= value[-1] <= high[-1]
                        <= float(table.sel(quantile=0.1)))

    def test_convergence_of_results_draws_each(self):
        made = plots.figure("convergence", [FILES.first, FILES.lhs], output=["CENTERS/leverage_ratio"])
        said = plots.words(made)
        for text in ("Monte Carlo", "Latin hypercube", "960 to 1,000 samples"):
            self.assertIn(text, said)

    def test_sensitivity_draws_the_largest_effects_with_their_intervals(self):
        made = plots.figure("sensitivity", FILES.sensitivity, output=["CENTERS/federal/2030"])
        table = self.open(FILES.sensitivity, "shapley/by_year").sel(
            output="federal", program="CENTERS", fiscal_year=2030)
        largest = table.sel(factor=table.factor[np.argsort(-abs(table.effect.values), kind="stable")])
        largest = largest.sel(factor=largest.effect != 0)
        self.near([patch.get_width() for patch in made.axes[0].patches], largest.effect)
        arms = [bar.lines[2][0].get_segments()[0][:, 0] for bar in made.axes[0].containers
                if hasattr(bar, "has_xerr")]
        ends = np.where(np.isfinite(largest.effect_high), largest.effect_high, largest.effect)
        np.testing.assert_allclose([arm[1] for arm in arms], ends, rtol=1e-9)
        self.assertTrue(np.isfinite(largest.effect_high).any())
        self.assertIn("Twenty regional centers: what drives federal money in FY2030", plots.words(made))

    def test_sensitivity_of_screening_and_regression_is_a_tornado(self):
        made = plots.figure("sensitivity", FILES.screened, output=["CENTERS/leverage_ratio"])
        said = plots.words(made)
        for text in ("elementary effects", "standardized rank regression", "per unit of probability"):
            self.assertIn(text, said)

    def test_voi_draws_what_is_worth_something_the_most_first(self):
        data = self.open(FILES.voi)
        made = plots.figure("voi", FILES.voi, top=3)
        everything = [(None, *(float(data[f"evpi{end}"]) for end in ("", "_low", "_high")), float(data.evpi_change))]
        for axes, axis, front, first in ((made.axes[1], "group", "group_", everything),
                                         (made.axes[2], "quantity", "", [])):
            table = [[data[f"{front}{name}"].sel({axis: key}) for name in ("evppi", "evppi_low", "evppi_high", "change")]
                     for key in data[axis].values]
            table = [*first, *sorted(((None, *map(float, row)) for row in table), key=lambda row: -row[1])[:3]]
            self.assertGreater(table[-1][1], 0)
            self.near([patch.get_width() for patch in axes.patches[-len(table):]], [row[1] for row in table])
            arms = [bar.lines[2][0].get_segments()[0][:, 0] for bar in axes.containers if hasattr(bar, "has_xerr")]
            np.testing.assert_allclose(arms, [[max(row[2], 0), row[3]] for row in table], rtol=1e-9, atol=1e-9)
            sheet = style.Sheet("en")
            self.assertEqual([note.get_text() for note in axes.texts],
                             [f"{sheet.number(row[1])}\nother choice in {sheet.share(row[4])}" for row in table])
            dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
            self.near(dashed[0].get_xdata(), [everything[0][1]] * 2)
        self.assertEqual(made.axes[1].get_xlim(), made.axes[2].get_xlim())
        said = plots.words(made)
        for text in ("everything, chance too", "NSF Regional Innovation Engines: Sales of new firms",
                     "112 change no choice by these rules, and 230 reach no difference"):
            self.assertIn(text, said)

    def test_voi_tells_the_choice_without_learning(self):
        data = self.open(FILES.voi)
        axes = plots.figure("voi", FILES.voi).axes[0]
        order = np.argsort(-data.utility.values)
        self.near([patch.get_width() for patch in axes.patches], data.utility_difference.values[order])
        names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
        self.assertEqual(names, data.alternative_name.values[order].tolist())
        self.assertEqual(data.alternative.values[order[0]], data.attrs["best"])
        self.assertEqual([note.get_text().count("the choice") for note in axes.texts], [1, 0, 0, 0])
        share = style.Sheet("en").share(float(data.best_share[order[0]]))
        self.assertTrue(axes.texts[0].get_text().endswith(f"best in {share}"))
        self.assertIn("Portfolio: benefit less social cost", plots.words(axes.figure))

    def test_voi_says_that_there_is_nothing_to_learn(self):
        made = plots.figure("voi", FILES.told)
        self.assertEqual(len(made.axes), 1)
        said = plots.words(made)
        for text in ("There is nothing to learn", f"Utility: {plots.UTILITY}"):
            self.assertIn(text, said)

    def test_chinese_names_come_from_the_file(self):
        if not plots.FONT:
            self.skipTest("the font Noto Sans CJK is not there (fonts-noto-cjk)")
        said = plots.words(plots.figure("leverage", FILES.run, "zh"))
        for text in ("制造业扩展伙伴计划", "全部项目", "中位数", "每 1 美元联邦资金带动的配套与自有收入", "现值",
                     "美国区域创新资助计划组合"):
            self.assertIn(text, said)
        said = plots.words(plots.figure("scenarios", FILES.compare, "zh"))
        self.assertIn("制造业扩展伙伴计划恢复三分之一联邦份额", said)
        made = plots.figure("fan", FILES.run, "zh")
        self.assertEqual({text.get_fontfamily()[0] for text in plots.texts(made)}, {style.CHINESE})

    def test_svg_and_pdf_are_written_in_chinese(self):
        if not plots.FONT:
            self.skipTest("the font Noto Sans CJK is not there (fonts-noto-cjk)")
        for suffix, begin in (("svg", b"<?xml"), ("pdf", b"%PDF")):
            path = FILES.place(f"zh.{suffix}")
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a glyph that no font has is a warning
                self.assertEqual(plots.script("fan").main([FILES.run, "--lang", "zh", "-o", path]), 0)
            with open(path, "rb") as file:
                content = file.read()
            self.assertTrue(content.startswith(begin))
            if suffix == "svg":
                self.assertIn("联邦资金", content.decode())

    def test_palette_is_that_of_okabe_and_ito(self):
        used = {style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.SKY, style.AMBER, style.YELLOW}
        self.assertEqual(used, {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442"})


class Loader(unittest.TestCase):
    """analysis/fulcrum.py."""

    def test_kinds_are_known_and_nothing_is_read_before_it_is_used(self):
        for kind in ("run", "compare", "sweep", "hindcast", "samples", "voi"):
            with self.subTest(kind), fulcrum.load(getattr(FILES, kind)) as data:
                self.assertEqual(data.attrs["kind"], kind)
                big = [name for name in data.data_vars if data[name].ndim > 1]
                self.assertFalse([name for name in big if data[name].variable._in_memory])
                for name in big[:3]:
                    self.assertIn("long_name", data[name].attrs)

    def test_names_find_what_targets_ask(self):
        with fulcrum.load(FILES.run) as data:
            self.assertEqual(fulcrum.parse(data, "MEP/outcome_gross/jobs/2030"),
                             ("MEP", "outcome_gross", "jobs", 2030))
            one = fulcrum.find(data, "MEP/match_by_source/state/2030", "quantile")
            self.assertEqual(one.dims, ("quantile",))
            np.testing.assert_array_equal(
                one, data.match_by_source_quantile.sel(program="MEP", source="state", fiscal_year=2030))
            self.assertEqual(fulcrum.find(data, "federal").dims, ("program", "fiscal_year"))
            self.assertIn("program_name", fulcrum.find(data, "federal").coords)
            self.assertEqual(fulcrum.names(data, "program", "zh")["MEP"], "制造业扩展伙伴计划")
            for name in data.target_output.values.tolist():
                self.assertEqual(fulcrum.find(data, name).dims[:1] in ((), ("fiscal_year",)), True)

    def test_every_output_has_its_words(self):
        labels = plots.script("labels")
        with fulcrum.load(FILES.run) as data:
            named = set(fulcrum.outputs(data))
            plain = {name for name in named if not name.endswith("_per_dollar")}
            self.assertEqual(plain, set(labels.OUTPUTS))
            for name in plain:
                unit = data[f"{name}_mean"].attrs["units"]
                kind = labels.OUTPUTS[name][2]
                expected = {"USD million": ("money", "money a year", "money at year's end"),
                            "units": ("units",), "fiscal year": ("year",), "unit of the outcome": ("outcome",),
                            "1": ("ratio", "nominal ratio", "share")}[unit]
                self.assertIn(kind, expected, name)
                basis = data[f"{name}_mean"].attrs.get("price_basis")
                self.assertEqual(kind == "money", basis == "base year", name)

    def test_names_of_sweeps_and_hindcasts_come_from_their_study(self):
        for path in (FILES.sweep, FILES.hindcast):
            with fulcrum.load(path) as data:
                self.assertEqual(fulcrum.names(data, "program")["MEP"], "Manufacturing Extension Partnership")
        with fulcrum.load(FILES.hindcast) as data:
            self.assertEqual(fulcrum.outcome_units(data)["jobs"], "jobs")

    def test_groups_are_read(self):
        with fulcrum.load(FILES.run, "study") as study:
            self.assertIn("programs/MEP/match/required", study.path.values.tolist())
        with fulcrum.load(FILES.run) as data:
            self.assertIn("MEP", fulcrum.study(data)["programs"])


class OtherTools(unittest.TestCase):
    """R and gnuplot read the file without any help of ours."""

    def drawn(self, command, path):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FILES.folder.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        pixels = plots.picture(path)
        self.assertGreater((pixels.sum(axis=2) < 600).mean(), 0.01)
        self.assertGreater(plots.colours(pixels), 20)

    def both(self, make):
        names = ("distribution", "fan", "leverage")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: self.drawn(make(name), FILES.place(f"{name}_other.png")), names))

    def refused(self, command, expected):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FILES.folder.name)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(expected, done.stderr)

    def test_r_draws_the_first_three(self):
        if not shutil.which("Rscript") or subprocess.run(
                ["Rscript", "-e", "library(ncdf4)"], capture_output=True, check=False).returncode:
            self.skipTest("R with ncdf4 is not there (r-base-core r-cran-ncdf4)")
        script = os.path.join(plots.ANALYSIS, "r", "{}.R").format
        self.both(lambda name: ["Rscript", script(name), FILES.run, FILES.place(f"{name}_other.png")])
        self.refused(["Rscript", script("fan"), FILES.run, "x.png", "MEP", "npv"], "MEP/npv by fiscal year")

    def test_gnuplot_draws_the_first_three(self):
        if not shutil.which("gnuplot") or not shutil.which("h5dump"):
            self.skipTest("gnuplot is not there (gnuplot-nox hdf5-tools)")
        script = os.path.join(plots.ANALYSIS, "gnuplot", "{}.gp").format
        self.both(lambda name: ["gnuplot", "-c", script(name), FILES.run, FILES.place(f"{name}_other.png")])
        self.refused(["gnuplot", "-c", script("fan"), FILES.run, "x.png", "MEPP"],
                     "no MEPP/federal by fiscal year")


if __name__ == "__main__":
    unittest.main()
