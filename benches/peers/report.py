"""Writes what was measured into docs/benchmarks.md, between its marks, and draws time and memory against rows.

usage: report.py [--results DIR] [--docs DIR]

A mark is `<!-- measured: SUITE -->` on a line of its own; what stands between it and `<!-- end -->` is replaced. Suites
without a result keep what they have.
"""

import argparse
import json
import math
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LABELS = {
    "original": "the original's script (pandas, liblinear)",
    "pandas-liblinear": "pandas, scikit-learn liblinear",
    "pandas-liblinear-default": "pandas, scikit-learn liblinear, default tolerance",
    "polars-newton-cholesky": "polars, scikit-learn newton-cholesky",
    "polars-newton-cg": "polars, scikit-learn newton-cg",
    "polars-glum": "polars, glum",
    "h2o": "H2O GLM",
    "snapml": "polars, Snap ML",
}
# Of these the versions are worth a line in each suite where somebody uses them.
USES = {
    "pandas": ["pandas", "scikit-learn"],
    "polars-n": ["polars", "scikit-learn"],
    "polars-glum": ["polars", "glum"],
    "h2o": ["h2o"],
    "snapml": ["snapml"],
    "original": ["pandas", "scikit-learn"],
}


def label(name):
    return LABELS.get(name, f"`{name}`")


def number(value):
    """Three digits that count."""
    return f"{value:,.{max(0, 2 - math.floor(math.log10(value)))}f}"


def size(value):
    return f"{number(value / 1e9)} GB" if value >= 1e9 else f"{number(value / 1e6)} MB"


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def circumstances(result, names, what):
    machine = result["machine"]
    packages = dict.fromkeys(
        package for name in names for start, uses in USES.items() if name.startswith(start) for package in uses
    )
    tools = ", ".join(f"{package} {result['versions'][package]}" for package in packages)
    rounds = "one round" if result["rounds"] == 1 else f"{result['rounds']} rounds"
    return (
        f"{what}; medians of {rounds} on {machine['cores']} cores of {machine['cpu']} with "
        f"{size(machine['memory_bytes'])}, {result['date']}; {tools}."
    )


def side_by_side(result):
    ours = result["contestants"][0]
    rows = [contestant_row(one, ours) for one in result["contestants"]]
    head = ["who", "seconds (least to most)", "times ours", "of it fitting", "peak memory", "coefficients off by"]
    what = f"{result['rows']:,} rows, {size(result['table_bytes'])}"
    names = [one["name"] for one in result["contestants"]]
    return f"{circumstances(result, names, what)}\n\n{table(head, rows)}"


def contestant_row(one, ours):
    if one["status"] != "measured":
        at_least = one.get("ratio_at_least")
        return [label(one["name"]), one["status"], f"more than {number(at_least)}" if at_least else "", "", "", ""]
    seconds, phases, check = one["seconds"], one.get("phase_seconds", {}), one.get("check")
    ratio = "1" if one is ours else number(one["ratio"]["of_rounds"]["median"])
    off = f"{check['max_abs_difference']['coefficients']:.0e}" if check else ""
    if check and not check["reaches_the_optimum"]:
        off += ", not the optimum"
    return [
        label(one["name"]),
        f"{number(seconds['median'])} ({number(seconds['min'])} to {number(seconds['max'])})",
        ratio,
        number(phases["fit"]) if phases else "",
        size(one["peak_bytes"]["median"]),
        off,
    ]


def measured_at(size_of, name):
    return next((one for one in size_of["contestants"] if one["name"] == name and one["status"] == "measured"), None)


def scaling(result):
    names = list(result["slopes"])
    head = ["rows"] + [f"{label(name)}: s / fit s / memory" for name in names]
    rows = [[f"{at['rows']:,}"] + [scaling_cell(measured_at(at, name)) for name in names] for at in result["sizes"]]
    last = ["growth of the whole / of the fit"] + [slope_cell(result["slopes"][name]) for name in names]
    return f"{circumstances(result, names, 'Parquet')}\n\n{table(head, [*rows, last])}"


def scaling_cell(one):
    if one is None:
        return ""
    seconds, fit = one["seconds"]["median"], one["phase_seconds"]["fit"]
    return f"{number(seconds)} / {number(fit)} / {size(one['peak_bytes']['median'])}"


def slope_cell(slopes):
    return f"{slopes['seconds']:.2f} / {slopes['fit_seconds']:.2f}" if slopes else ""


def draw(result, folder):
    """Time and memory against rows, with both axes in powers of ten."""
    import matplotlib

    matplotlib.use("svg")
    # The same figures give the same file.
    matplotlib.rcParams |= {"svg.hashsalt": "assist", "svg.fonttype": "none", "font.size": 10}
    from matplotlib import pyplot

    os.makedirs(folder, exist_ok=True)
    kinds = {"time": ("seconds, whole process", "seconds", 1), "memory": ("peak memory in MB", "peak_bytes", 1e6)}
    for file, (title, key, unit) in kinds.items():
        figure, axes = pyplot.subplots(figsize=(7, 4.2))
        for name in result["slopes"]:
            points = [(at["rows"], measured_at(at, name)) for at in result["sizes"]]
            points = [(rows, one[key]) for rows, one in points if one]
            middle = [spread["median"] / unit for _, spread in points]
            below = [(spread["median"] - spread["min"]) / unit for _, spread in points]
            above = [(spread["max"] - spread["median"]) / unit for _, spread in points]
            rows = [rows for rows, _ in points]
            line = axes.errorbar(rows, middle, [below, above], marker="o", markersize=4, capsize=2)
            line.set_label(label(name).strip("`"))
        axes.set(xscale="log", yscale="log", xlabel="rows", ylabel=title)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(f"{folder}/{file}.svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)


def between_marks(text, suite, measured):
    marks = re.compile(rf"(<!-- measured: {suite} -->\n).*?(<!-- end -->)", re.DOTALL)
    return marks.sub(lambda found: f"{found[1]}{measured}\n{found[2]}", text)


def results(folder):
    """Results of this comparison; others in the folder have other shapes."""
    found = {}
    for file in sorted(os.listdir(folder)):
        if file.endswith(".json"):
            with open(f"{folder}/{file}") as text:
                result = json.load(text)
            if "contestants" in result or "sizes" in result:
                found[result["suite"]] = result
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", default=f"{ROOT}/benches/results")
    parser.add_argument("--docs", default=f"{ROOT}/docs")
    arguments = parser.parse_args()
    page = f"{arguments.docs}/benchmarks.md"
    with open(page) as file:
        text = file.read()
    for suite, result in results(arguments.results).items():
        measured = scaling(result) if "sizes" in result else side_by_side(result)
        text = between_marks(text, suite, measured)
        if "sizes" in result:
            draw(result, f"{arguments.docs}/img")
    with open(page, "w") as file:
        file.write(text)
    print(f"written: {os.path.relpath(page, ROOT)}")


main()
