# What R's manual begins with: read.csv, glm, predict. Prints labelled test rows and predictions.
# usage: Rscript real_glm.R FILE TARGET
words <- commandArgs(trailingOnly = TRUE)
table <- read.csv(words[1], stringsAsFactors = TRUE, check.names = FALSE)
names(table)[names(table) == words[2]] <- "target"
labelled <- table[!is.na(table$target) & table$target != "", ]
labelled$target <- factor(labelled$target)
set.seed(42)
test <- unlist(lapply(split(seq_len(nrow(labelled)), labelled$target), function(rows) sample(rows, round(0.2 * length(rows)))))
model <- glm(target ~ ., family = binomial, data = labelled[-test, ])
predicted <- predict(model, labelled[test, ], type = "response")
cat(length(test), sum(!is.na(predicted)), "\n")
