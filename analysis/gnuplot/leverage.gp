# What a federal dollar moves, by program: median, 50 % and 90 % range.
#
#     gnuplot -c analysis/gnuplot/leverage.gp baseline.h5 leverage.png leverage_ratio
script = ARG0
file = ARG1
picture = ARG2
output = strlen(ARG3) ? ARG3 : "leverage_ratio"
load system(sprintf("dirname '%s'", script))."/read.gp"
lines = int(system(table(output."_quantile")." | grep -c ."))
if (lines != programs) {
    printerr file.": no ".output." over the horizon"
    exit status 1
}
# row of the picture, then the eleven quantiles of 1, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99 %
rows = sprintf("< %s | awk '{ print %d - NR, $0 }'", table(output."_quantile"), programs)
set title "By program: ".attribute("/".output."_mean/long_name")
set xlabel "{/*0.8 Mark: median; thick: the middle 50 % of futures, thin: 90 %.}\n{/*0.8 ".caption."}"
set ytics ()
do for [i = 1:programs] {
    set ytics add (cell("program_name", i) programs - i)
}
set yrange [-0.7:programs - 0.3]
stats rows using 4 nooutput name "low"
if (low_min > 0) {
    set logscale x
    set xtics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
}
plot rows using 4:1:($10 - $4):(0) with vectors nohead linewidth 2 linecolor rgb blue notitle, \
     rows using 6:1:($8 - $6):(0) with vectors nohead linewidth 9 linecolor rgb blue notitle, \
     rows using 7:1 with points pointtype 7 pointsize 0.8 linecolor rgb orange notitle
