# What the scripts here share: how a file of fulcrum run is read, with h5dump of HDF5 alone (Debian:
# gnuplot-nox hdf5-tools). It takes script, file and picture (.png, .pdf or .svg).
if (strlen(picture) == 0 || int(system(sprintf("test -r '%s' && echo 1 || echo 0", file))) == 0) {
    printerr "say: gnuplot -c ".script." RESULT.h5 PICTURE [PROGRAM] [OUTPUT]"
    exit status 1
}
# Shell commands that print a variable: a value a line, or a row of the last axis a line.
plain = "h5dump -A 0 -y -O /dev/null -o /dev/stdout"
values(name) = sprintf("%s -w 1 -d '/%s' '%s' 2>/dev/null | tr -d '\",' | awk 'NF { sub(/^ +/, \"\"); print }'", plain, name, file)
table(name) = sprintf("%s -w 0 -d '/%s' '%s' 2>/dev/null | tr -d '\",' | awk NF", plain, name, file)
cell(name, row) = system(values(name).sprintf(" | sed -n '%dp'", row))
attribute(path) = system(sprintf("h5dump -a '%s' '%s' | sed -n 's/^ *(0): //p' | tr -d '\"' | sed 's/: .*//'", path, file))

programs = int(system(values("program")." | grep -c ."))
row_of(program) = int(system(values("program").sprintf(" | awk '$0 == \"%s\" { n = NR } END { print n + 0 }'", program)))
caption = attribute("/title")."; ".attribute("/samples")." samples"

set encoding utf8
ending = substr(picture, strlen(picture) - 3, strlen(picture))
if (ending eq ".png") set terminal pngcairo size 900,600 font "sans,10"
if (ending eq ".pdf") set terminal pdfcairo size 18cm,12cm font "sans,10"
if (ending eq ".svg") set terminal svg size 900,600 font "sans,10"
set output picture
set border 3
set tics nomirror
set grid back linecolor rgb "#dddddd"
blue = "#0072B2"
orange = "#D55E00"
