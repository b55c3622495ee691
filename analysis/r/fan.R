# A fan chart of one output by fiscal year, from a file of fulcrum run.
#
#     Rscript analysis/r/fan.R baseline.h5 fan.png portfolio federal
#
# Needs the package ncdf4 (Debian: r-base-core r-cran-ncdf4); the picture is .png, .pdf or .svg.
library(ncdf4)

given <- commandArgs(trailingOnly = TRUE)
if (length(given) < 2 || !file.exists(given[1]))
    stop("say: Rscript fan.R RESULT.h5 PICTURE [PROGRAM] [OUTPUT]", call. = FALSE)
program <- if (length(given) > 2) given[3] else "portfolio"
output <- if (length(given) > 3) given[4] else "federal"

file <- nc_open(given[1])
at <- match(program, ncvar_get(file, "program"))
variable <- paste0(output, "_quantile")
dimensions <- sapply(file$var[[variable]]$dim, function(dimension) dimension$name)
if (is.na(at) || !identical(dimensions, c("quantile", "fiscal_year", "program")))
    stop("the file has no ", program, "/", output, " by fiscal year", call. = FALSE)
years <- ncvar_get(file, "fiscal_year")
table <- ncvar_get(file, variable)[, , at] # R has the last axis first: quantile, year
rownames(table) <- ncvar_get(file, "quantile")
meaning <- sub(":.*", "", ncatt_get(file, variable, "long_name")$value)
unit <- ncatt_get(file, variable, "units")$value

open_picture <- switch(tools::file_ext(given[2]),
    png = function(path) png(path, width = 860, height = 560, res = 120, type = "cairo"),
    pdf = function(path) cairo_pdf(path, width = 7.2, height = 4.7),
    svg = function(path) svg(path, width = 7.2, height = 4.7),
    stop("the name of a picture ends in .png, .pdf or .svg", call. = FALSE))
open_picture(given[2])
par(mar = c(5.6, 4.6, 2.4, 1), las = 1)
plot(years, table["0.5", ], type = "n", ylim = range(0, table["0.05", ], table["0.95", ]), bty = "l",
    xlab = "fiscal year", ylab = unit,
    main = paste0(ncvar_get(file, "program_name")[at], ": ", meaning), cex.main = 0.95)
band <- function(low, high, colour)
    polygon(c(years, rev(years)), c(table[low, ], rev(table[high, ])), col = colour, border = NA)
band("0.05", "0.95", "#0072B233")
band("0.25", "0.75", "#0072B266")
lines(years, table["0.5", ], col = "#0072B2", lwd = 2)
said <- capture.output(count <- ncatt_get(file, 0, "samples")$value) # a 64-bit number, on which ncdf4 comments
mtext(sprintf("Line: median; bands: the middle 50 %% and 90 %% of futures.\n%s; %s samples.",
    ncatt_get(file, 0, "title")$value, format(count, big.mark = ",")),
    side = 1, line = 4.6, adj = 0, cex = 0.7, col = "grey40")
closed <- dev.off()
