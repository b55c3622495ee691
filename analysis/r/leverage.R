# What a federal dollar moves, by program: median, 50 % and 90 % range, from a file of fulcrum run.
#
#     Rscript analysis/r/leverage.R baseline.h5 leverage.png leverage_ratio
#
# Needs the package ncdf4 (Debian: r-base-core r-cran-ncdf4); the picture is .png, .pdf or .svg.
library(ncdf4)

given <- commandArgs(trailingOnly = TRUE)
if (length(given) < 2 || !file.exists(given[1]))
    stop("say: Rscript leverage.R RESULT.h5 PICTURE [OUTPUT]", call. = FALSE)
output <- if (length(given) > 2) given[3] else "leverage_ratio"

file <- nc_open(given[1])
variable <- paste0(output, "_quantile")
dimensions <- sapply(file$var[[variable]]$dim, function(dimension) dimension$name)
if (!identical(dimensions, c("quantile", "program")))
    stop("the file has no ", output, " over the horizon", call. = FALSE)
table <- ncvar_get(file, variable) # R has the last axis first: quantile, program
rownames(table) <- ncvar_get(file, "quantile")
colnames(table) <- ncvar_get(file, "program_name")
total <- table[, ncol(table), drop = FALSE] # the portfolio
table <- table[, -ncol(table), drop = FALSE]
table <- table[, is.finite(table["0.5", ]), drop = FALSE] # a program without money has no ratio
table <- cbind(total, table[, order(table["0.5", ]), drop = FALSE])
rows <- seq_len(ncol(table))
meaning <- sub(":.*", "", ncatt_get(file, variable, "long_name")$value)

open_picture <- switch(tools::file_ext(given[2]),
    png = function(path) png(path, width = 1080, height = 720, res = 120, type = "cairo"),
    pdf = function(path) cairo_pdf(path, width = 9, height = 6),
    svg = function(path) svg(path, width = 9, height = 6),
    stop("the name of a picture ends in .png, .pdf or .svg", call. = FALSE))
open_picture(given[2])
par(mar = c(7, 24, 2.4, 1), las = 1, cex = 0.8)
colours <- ifelse(rows == 1, "#D55E00", "#0072B2")
plot(table["0.5", ], rows, type = "n", xlim = range(table["0.05", ], table["0.95", ]), yaxt = "n", ylab = "",
    log = if (min(table["0.05", ]) > 0) "x" else "", xlab = meaning, bty = "l", main = "By program")
axis(2, at = rows, labels = colnames(table), tick = FALSE)
segments(table["0.05", ], rows, table["0.95", ], rows, col = colours, lwd = 2)
segments(table["0.25", ], rows, table["0.75", ], rows, col = colours, lwd = 8, lend = "butt")
points(table["0.5", ], rows, pch = "|", cex = 1.2)
said <- capture.output(count <- ncatt_get(file, 0, "samples")$value) # a 64-bit number, on which ncdf4 comments
mtext(sprintf("Mark: median; thick: the middle 50 %% of futures, thin: 90 %%.\n%s; %s samples.",
    ncatt_get(file, 0, "title")$value, format(count, big.mark = ",")),
    side = 1, line = 5.6, adj = 1, cex = 0.7, col = "grey40")
closed <- dev.off()
