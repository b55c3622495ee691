# The distribution of one output over the horizon, with its quantiles.
#
#     gnuplot -c analysis/gnuplot/distribution.gp baseline.h5 distribution.png portfolio leverage_ratio
script = ARG0
file = ARG1
picture = ARG2
program = strlen(ARG3) ? ARG3 : "portfolio"
output = strlen(ARG4) ? ARG4 : "leverage_ratio"
load system(sprintf("dirname '%s'", script))."/read.gp"
row = row_of(program)
lines = int(system(table(output."_histogram_count")." | grep -c ."))
if (row == 0 || lines != programs) {
    printerr file.": no ".program."/".output." over the horizon"
    exit status 1
}
# middle, width and share of samples per width of each bin, from the rows of edges and of counts
bins = sprintf("< { %s | sed -n '%dp'; %s | sed -n '%dp'; } | awk 'NR == 1 { n = split($0, edge); next } ".\
    "{ for (i = 1; i <= NF; i++) total += $i; for (i = 1; i < n && edge[i + 1] != \"nan\"; i++) ".\
    "print (edge[i] + edge[i + 1]) / 2, edge[i + 1] - edge[i], $i / total / (edge[i + 1] - edge[i]) }'", \
    table(output."_histogram_edge"), row, table(output."_histogram_count"), row)
quantiles = system(table(output."_quantile").sprintf(" | sed -n '%dp'", row))
set title cell("program_name", row).": ".attribute("/".output."_mean/long_name")
set ylabel "density"
set xlabel "{/*0.8 Lines: median, and the middle 90 % of futures.}\n{/*0.8 ".caption."}"
set xrange [word(quantiles, 1) + 0:word(quantiles, 11) + 0]
set yrange [0:*]
do for [i in "3 6 9"] {
    x = word(quantiles, int(i)) + 0
    dash = i eq "6" ? 1 : 2
    set arrow from x, graph 0 to x, graph 1 nohead front linewidth 2 linecolor rgb orange dashtype dash
    set label (i eq "3" ? "5 %" : i eq "6" ? "median" : "95 %") at x, graph 1.015 center
}
set style fill solid 0.7 border rgb "white"
set title offset 0, 0.8
plot bins using 1:3:2 with boxes linecolor rgb blue notitle
