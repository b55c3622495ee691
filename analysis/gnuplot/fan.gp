# A fan chart of one output by fiscal year.
#
#     gnuplot -c analysis/gnuplot/fan.gp baseline.h5 fan.png portfolio federal
script = ARG0
file = ARG1
picture = ARG2
program = strlen(ARG3) ? ARG3 : "portfolio"
output = strlen(ARG4) ? ARG4 : "federal"
load system(sprintf("dirname '%s'", script))."/read.gp"
row = row_of(program)
years = int(system(values("fiscal_year")." | grep -c ."))
lines = int(system(table(output."_quantile")." | grep -c ."))
if (row == 0 || lines != programs * years) {
    printerr file.": no ".program."/".output." by fiscal year"
    exit status 1
}
first = int(cell("fiscal_year", 1))
# year, then the eleven quantiles of 1, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99 %
rows = sprintf("< %s | awk 'NR > %d && NR <= %d { print %d + NR - %d, $0 }'", table(output."_quantile"), \
               (row - 1) * years, row * years, first - 1, (row - 1) * years)
set title cell("program_name", row).": ".attribute("/".output."_mean/long_name")
set ylabel attribute("/".output."_mean/units")
set xlabel "fiscal year\n{/*0.8 Line: median; bands: the middle 50 % and 90 % of futures.}\n{/*0.8 ".caption."}"
set xrange [first:first + years - 1]
set yrange [* < 0:]
set style fill transparent solid 0.25 noborder
plot rows using 1:4:10 with filledcurves linecolor rgb blue notitle, \
     rows using 1:6:8 with filledcurves linecolor rgb blue notitle, \
     rows using 1:7 with lines linewidth 2 linecolor rgb blue notitle
