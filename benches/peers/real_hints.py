"""Follows the program's own hint to the letter, as somebody would who knows nothing else of it.

A hint names options in backticks: `--drop day`. Of alternatives (`... or ...`) the first that names an option is taken,
with everything that it names. An option without its value is followed where the values are listed after it.
"""

import re
import shlex

# What would end a piece of advice does not do so within backticks.
SHIELD, UNSHIELD = str.maketrans(" ();", "\0\1\2\3"), str.maketrans("\0\1\2\3", " ();")
BACKTICKED = re.compile(r"`([^`]*)`")
# Options that may be given again and again; any other replaces what was said before.
REPEATABLE = {"--drop", "--keep", "--numeric", "--categorical", "--date", "--na"}


FLAGS = {"--no-header", "--allow-rejected"}
PLACEHOLDERS = {"NAME", "DIR", "FILE", "VALUE", "TEXT", "..."}


def error_of(stderr):
    return first_after("error: ", stderr)


def first_after(word, stderr):
    return next((line.removeprefix(word) for line in stderr.splitlines() if line.startswith(word)), "")


def advice_of(stderr):
    """The hint; of a run that ended well, the warnings that name an option."""
    hint = first_after("hint: ", stderr)
    warnings = [line for line in stderr.splitlines() if line.startswith("warning: ") and "`--" in line]
    return hint or " ".join(warnings)


def alternatives(advice):
    """The advice in pieces at each `or` that stands outside of backticks; asides in brackets are no advice."""
    shielded = BACKTICKED.sub(lambda match: match.group(0).translate(SHIELD), advice)
    shielded = re.sub(r"\([^()]*\)", "", shielded)
    # In `this, that, or yet another` the commas stand for `or` as well.
    parts = [part for sentence in shielded.split("; ") for part in re.split(r",? or |, " if ", or " in sentence else " or ", sentence)]
    return [part.translate(UNSHIELD) for part in parts]


def options_of(advice):
    """The first alternative's options as (option, value) pairs; none where it cannot be followed without thinking."""
    for part in alternatives(advice):
        literals = BACKTICKED.findall(part)
        pairs = []
        for place, literal in enumerate(literals):
            for option, values in options_in(literal):
                listed = literals[place + 1 : place + 2]
                if not values and re.search(rf"`{re.escape(option)}` from ", part) and listed:
                    values = listed
                if values and values[0] not in PLACEHOLDERS:
                    pairs.append((option, values[0]))
                elif option in FLAGS:
                    pairs.append((option, None))
        if pairs:
            return pairs
    return []


def options_in(literal):
    """Each option of a literal with the words that follow it: `--drop a --drop b` has two."""
    found = []
    for word in words(literal.removeprefix("assist-cli ").removeprefix("train ")):
        if word.startswith("--"):
            found.append((word, []))
        elif found:
            found[-1][1].append(word)
    return found


def words(literal):
    try:
        return shlex.split(literal) or [""]
    except ValueError:
        return literal.split(" ", 1)


def followed(given, pairs):
    """The options with those of the hint."""
    result = list(given)
    for option, value in pairs:
        if option not in REPEATABLE:
            result = [(name, old) for name, old in result if name != option]
        if (option, value) not in result:
            result.append((option, value))
    return result


def kind_of(message):
    """What an error says apart from names, values and numbers: two of a kind are the same refusal twice."""
    return re.sub(r"\d[\d,.]*", "#", BACKTICKED.sub("_", message))[:120]
