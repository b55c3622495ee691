#!/bin/sh
# Draw the pictures of analysis/README.md and README.md again: `make figures`. Equal files of the programs give
# equal pictures with the same matplotlib, so what changes here has changed in the model or in a plot.
set -eu
cd "$(dirname "$0")/.."
fulcrum=${BUILD:-build/current}/fulcrum
python=${PYTHON:-/usr/bin/python3}
work=build/figures
to=analysis/figures
mkdir -p "$work" "$to"

plot() { script=$1; shift; "$python" "analysis/$script.py" "$@"; }

"$fulcrum" run inputs/baseline.yaml -q -o "$work/baseline.h5"
plot leverage "$work/baseline.h5" -o "$to/leverage.png"
plot leverage "$work/baseline.h5" --lang zh -o "$to/leverage_zh.png"
plot fan "$work/baseline.h5" -o "$to/fan.png"
plot distribution "$work/baseline.h5" -o "$to/distribution.png"
plot survival "$work/baseline.h5" --program MFGUSA --program RIE --program BBBRC -o "$to/survival.png"

"$fulcrum" compare inputs/baseline.yaml inputs/policies/mep_*.yaml inputs/policies/mfgusa_*.yaml \
    inputs/policies/rie_*.yaml inputs/policies/match_waiver_in_recessions.yaml -n 20000 -q -o "$work/compare.h5"
plot scenarios "$work/compare.h5" -o "$to/scenarios.png"
plot scenarios "$work/compare.h5" --output MFGUSA/federal -o "$to/scenarios_by_year.png"

"$fulcrum" sweep inputs/baseline.yaml --lever programs/MFGUSA/taper/start=0.5:6.5:7 \
    --lever programs/MFGUSA/taper/length=1:7:7 --break-even MFGUSA/leverage_ratio=4 -n 9600 -q -o "$work/sweep.h5"
plot sweep "$work/sweep.h5" -o "$to/sweep.png"
"$fulcrum" sweep inputs/baseline.yaml --lever programs/MEP/match/required=1:2.5:7 \
    --break-even MEP/leverage_ratio=2 -n 20000 -q -o "$work/line.h5"
plot sweep "$work/line.h5" -o "$to/sweep_line.png"

"$fulcrum" sensitivity inputs/baseline.yaml -n 1536 -q -o "$work/sensitivity.h5"
plot sensitivity "$work/sensitivity.h5" --output MEP/match/2030 --top 8 -o "$to/sensitivity.png"

"$fulcrum" voi inputs/baseline.yaml inputs/policies/mep_one_third.yaml inputs/policies/mep_terminated_2027.yaml \
    inputs/policies/mfgusa_taper_never.yaml inputs/policies/rie_full.yaml inputs/policies/rie_150.yaml \
    --group 'multipliers=programs/*/outcomes/*/multiplier' -q -o "$work/voi.h5"
plot voi "$work/voi.h5" -o "$to/voi.png"

"$fulcrum" hindcast inputs/hindcast/mep_1998.yaml inputs/hindcast/mep_1998.csv -n 20000 -q -o "$work/scores.h5"
plot hindcast "$work/scores.h5" --output appropriation --output outcome_gross/new_sales -o "$to/hindcast.png"

"$fulcrum" run inputs/first_study.yaml -n 20000 --samples -q -o "$work/first.h5"
plot convergence "$work/first.samples.h5" --output CENTERS/leverage_ratio -o "$to/convergence.png"

# Of 128 colours each, which no one sees, so that the repository stays small.
"$python" - "$to"/*.png <<'END'
import sys
from PIL import Image
for path in sys.argv[1:]:
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
END
