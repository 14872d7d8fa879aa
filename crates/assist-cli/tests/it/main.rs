//! The command line as its users meet it: each test runs the binary.

mod all_rows; // a model of all rows, with the figures of the split beside it
mod bad_input; // every kind of broken table: exit 1, one message, the old model untouched
mod bins; // numeric columns as steps
mod cases; // tables as people have them, one or two of each kind of difficulty
mod context; // the fit beside others, and the rows that move it most
mod counts; // the table of counts, made here and in real engines: the same model
mod crash; // killed at any moment, and artifacts that were tampered with
mod dates; // the same model from every form of dates, and a model that reads every form
mod dialects; // random tables in two random formats, dialects and spellings each: one model
mod effects; // what curves and interactions mean
mod engines; // rows that an engine reads: the same as without one
mod evidence; // what is said of effects does not change with what predicts
mod exports; // models carried elsewhere, verified, and compared
mod formats; // the same figures from CSV, Parquet, Arrow IPC, JSON lines, several files, standard input
mod forms; // cards and rules
mod golden; // figures of scikit-learn and a plain Newton solver, on the shipped and on the reference table
mod groups; // rows of one user stay together, and that is said
mod help; // what `--help` says, and that its examples run as printed
mod many_features; // thousands of levels, what is refused, and what separates the classes
mod messages; // snapshots of what each command says when it succeeds or fails
mod missing; // cells and labels that are missing, targets of many labels, rows that are rejected
mod monitor; // later rows beside those of a training
mod odd_texts; // control characters, long cells, locales, paths that are no text
mod options; // each option of `train` does what it says
mod outputs; // nothing of the user's is destroyed or lost
mod predict; // one user, asked or given; tables of users
mod rare; // levels of few rows pooled into one
mod real_verdicts; // the verdicts of real tables, word by word
mod recipes; // every recipe against scikit-learn, what beats what, awkward units
mod run; // how the binary is run
mod serve; // a service as a program: signals, floods, ten thousand connections
mod statements; // what is stated of a table and contradicts it, and files of a table that are written in several ways
mod statistics; // separation, awkward columns, calibration, thresholds, slices, tuning
mod terms; // curves and interactions: statsmodels' and patsy's figures, and every command with them
mod time; // learnt from earlier rows, put to later ones
mod training_rows; // test rows that equal training rows, and tables that a model was trained on
mod verdict; // the label audit, models beside controls, the report
mod verdict_kinds; // verdicts on tables of the kinds that they were wrong about
mod weighted_evidence; // of rows with weights, of groups, of both
mod weights; // rows that weigh what a column says: scikit-learn's figures, laws, faults
