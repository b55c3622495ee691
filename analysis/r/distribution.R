# The distribution of one output of one program, with its quantiles, from a file of fulcrum run.
#
#     Rscript analysis/r/distribution.R baseline.h5 distribution.png portfolio leverage_ratio
#
# Needs the package ncdf4 (Debian: r-base-core r-cran-ncdf4); the picture is .png, .pdf or .svg.
library(ncdf4)

given <- commandArgs(trailingOnly = TRUE)
if (length(given) < 2 || !file.exists(given[1]))
    stop("say: Rscript distribution.R RESULT.h5 PICTURE [PROGRAM] [OUTPUT]", call. = FALSE)
program <- if (length(given) > 2) given[3] else "portfolio"
output <- if (length(given) > 3) given[4] else "leverage_ratio"

file <- nc_open(given[1])
at <- match(program, ncvar_get(file, "program"))
if (is.na(at) || is.null(file$var[[paste0(output, "_histogram_count")]]))
    stop("the file has no ", program, "/", output, call. = FALSE)
row <- function(statistic) ncvar_get(file, paste0(output, "_", statistic))[, at] # R has the last axis first
edges <- row("histogram_edge")
edges <- edges[is.finite(edges)]
counts <- row("histogram_count")[seq_len(length(edges) - 1)]
quantiles <- setNames(row("quantile"), ncvar_get(file, "quantile"))
meaning <- sub(":.*", "", ncatt_get(file, paste0(output, "_mean"), "long_name")$value)
unit <- ncatt_get(file, paste0(output, "_mean"), "units")$value
name <- ncvar_get(file, "program_name")[at]

open_picture <- switch(tools::file_ext(given[2]),
    png = function(path) png(path, width = 860, height = 560, res = 120, type = "cairo"),
    pdf = function(path) cairo_pdf(path, width = 7.2, height = 4.7),
    svg = function(path) svg(path, width = 7.2, height = 4.7),
    stop("the name of a picture ends in .png, .pdf or .svg", call. = FALSE))
open_picture(given[2])
par(mar = c(5.6, 4.2, 2.4, 1), las = 1)
height <- counts / sum(counts) / diff(edges)
histogram <- structure(list(breaks = edges, counts = counts, density = height,
    mids = head(edges, -1) + diff(edges) / 2, xname = output, equidist = FALSE), class = "histogram")
plot(histogram, freq = FALSE, col = "#56B4E9", border = "white", main = name, ylab = "density",
    xlab = if (unit == "1") meaning else paste0(meaning, " (", unit, ")"),
    xlim = quantiles[c("0.01", "0.99")])
marks <- quantiles[c("0.05", "0.5", "0.95")]
abline(v = marks, col = "#D55E00", lwd = 2, lty = c(2, 1, 2))
axis(3, at = marks, labels = c("5 %", "median", "95 %"), tick = FALSE, line = -1, cex.axis = 0.8)
said <- capture.output(count <- ncatt_get(file, 0, "samples")$value) # a 64-bit number, on which ncdf4 comments
mtext(sprintf("Lines: median, and the middle 90 %% of futures.\n%s; %s samples.",
    ncatt_get(file, 0, "title")$value, format(count, big.mark = ",")),
    side = 1, line = 4.6, adj = 0, cex = 0.7, col = "grey40")
closed <- dev.off()
