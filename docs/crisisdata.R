# crisisdata in R: the export to Stata, read with haven, and the export to CSV, read with what R brings.
#
#   crisisdata export --format stata coups-stata
#   crisisdata export --format csv coups-csv
#   Rscript docs/crisisdata.R coups-stata coups-csv

folders <- commandArgs(trailingOnly = TRUE)
stopifnot("name the folder of the export to Stata and that of the export to CSV" = length(folders) == 2)

# With haven: codes are numbers with labels, dates are of class Date --------------------------------------------------

suppressPackageStartupMessages(library(haven))

read_table <- function(name) read_dta(file.path(folders[1], paste0(name, ".dta")))

reactions <- read_table("reactions")
episodes <- read_table("episodes")

# Who answered in its own name within thirty days, and in which tone
early <- reactions[as_factor(reactions$own_name) == "Yes" & reactions$days_low >= 0 & reactions$days_high <= 30, ]
tones <- table(as_factor(early$episode_id), as_factor(early$tone))
print(tones)

# What a column means, and a code
print(attr(reactions$tone, "label"))
print(attr(reactions$tone, "labels"))

# Why a cell is empty: "a" is unknown, "b" is not applicable, NA has no recorded reason
print(data.frame(episode = episodes$episode_id, ended = episodes$power_ended_date, why = na_tag(episodes$power_ended_date)))

# Reactions with the columns of their episode
both <- merge(reactions, episodes, by = "episode_id", suffixes = c("", "_of_episode"))
stopifnot(nrow(both) == nrow(reactions))

# A month of Stata is the number of months since January 1960
months <- read_table("country_month")
months$month <- as.Date(sprintf("%d-%02d-01", 1960 + months$month %/% 12, months$month %% 12 + 1))
print(range(months$month))

# Without any package: codes are texts, dates must be named -----------------------------------------------------------

# NA can be a code, so only an empty cell is missing.
read_plain <- function(name) {
  read.csv(file.path(folders[2], paste0(name, ".csv")), na.strings = "", encoding = "UTF-8", stringsAsFactors = FALSE)
}

plain <- read_plain("reactions")
plain$event_date <- as.Date(plain$event_date)
codes <- read_plain("codes")
scale <- codes[codes$code_list == "tone", ]
plain$tone <- factor(plain$tone, levels = scale$code, labels = scale$label, ordered = TRUE)
first <- plain[plain$own_name == "yes" & plain$days_low >= 0 & plain$days_high <= 30, ]
mine <- table(first$episode_id, first$tone)
stopifnot(identical(as.vector(mine), as.vector(tones[rownames(mine), colnames(mine)])))
