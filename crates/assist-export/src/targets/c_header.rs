//! The header of a model in C, whatever it computes with.

use crate::literals::comment;
use crate::plan::Plan;

/// What differs between the arithmetics.
pub(crate) struct Words<'a> {
    /// How the source is to be compiled.
    pub(crate) compiling: &'a str,
    /// Headers of the language.
    pub(crate) includes: &'a str,
    /// What a missing number is.
    pub(crate) missing: &'a str,
    /// The type of a number.
    pub(crate) number: &'a str,
    /// The fields of score and probabilities.
    pub(crate) figure: &'a str,
    /// Constants to be read by callers.
    pub(crate) constants: &'a str,
}

/// The header of a model: its types and its functions.
pub(crate) fn header(plan: &Plan, name: &str, words: &Words) -> String {
    let Words { compiling, includes, missing, number, figure, constants } = words;
    let guard = format!("{}_H", name.to_ascii_uppercase());
    let columns: String =
        plan.inputs.iter().map(|input| format!("\n *   {}: {}", input.identifier, comment(&input.name))).collect();
    let fields = |of_level: &str| -> String {
        let numbers = plan.numbers().map(|(_, input, _)| format!("    {number} {};\n", input.identifier));
        let levels = plan.levels().map(|(_, input, _)| format!("    {of_level}{};\n", input.identifier));
        let all: String = numbers.chain(levels).collect();
        if all.is_empty() { "    char unused;\n".into() } else { all }
    };
    let (row, codes) = (fields("const char *"), fields("int "));
    let (id, n) = (&plan.id, plan.inputs.len());
    format!(
        "/* The model {id}.
 * {compiling}
 * Columns, in the order of their places:{columns}
 */
#ifndef {guard}
#define {guard}
{includes}
#ifdef __cplusplus
extern \"C\" {{
#endif

#define {name}_N_COLUMNS {n}
{constants}
/* A row. {missing} is a missing number, NULL a missing text. */
typedef struct {{
{row}}} {name}_row;

/* The same with codes of levels, which are their places; -1 is a missing one. */
typedef struct {{
{codes}}} {name}_codes;

/* Why a row has no score. */
typedef enum {{
    {name}_SCORED = 0,
    {name}_MISSING = 1,
    {name}_NOT_FINITE = 2,
    {name}_NOT_WHOLE = 3,
    {name}_BELOW_MINIMUM = 4,
    {name}_ABOVE_MAXIMUM = 5,
    {name}_UNKNOWN_LEVEL = 6,
    {name}_OVERFLOW = 7
}} {name}_reason;

/* `column` is the place of the column at fault, -1 where there is none. Figures of a row without a score are 0. */
typedef struct {{
    {name}_reason reason;
    int column;
    int prediction;
{figure}}} {name}_result;

/* The name of the model, and the names of its columns in the data. */
extern const char {name}_id[];
extern const char *const {name}_columns[];

{name}_result {name}_score(const {name}_row *row);
{name}_result {name}_score_codes(const {name}_codes *row);

#ifdef __cplusplus
}}
#endif
#endif
"
    )
}
