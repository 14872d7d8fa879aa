"""The figures of the real tables as Markdown: shares with Wilson intervals, and every table that was not of use."""

import collections

import real_hints
from real_dressings import DRESSINGS

BEGIN, END = "<!-- measured: {} -->\n", "<!-- end -->"


def share(successes, trials, wilson):
    low, high = wilson(successes, trials)
    return f"{successes} of {trials}: {successes / max(trials, 1):.1%} [{low:.1%}, {high:.1%}]"


def put_into(page, sections):
    """Replaces what stands between the marks of each section of a page."""
    with open(page, encoding="utf-8") as file:
        text = file.read()
    for section, content in sections.items():
        before, rest = text.split(BEGIN.format(section))
        _, after = rest.split(END, 1)
        text = before + BEGIN.format(section) + content + "\n" + END + after
    with open(page, "w", encoding="utf-8") as file:
        file.write(text)


def sections(everything, wilson):
    """The figures by section of the page; that of the peers only where they were run."""
    parts = [first_tries(everything, set(everything["gaps"]), wilson), not_useful(everything)]
    parts += [roles(everything, wilson), left_out(everything)]
    if everything["unwritten"]:
        lines = [f"- `{name}` as {dressing}: {why[:120]}" for dressing, name, why in everything["unwritten"]]
        parts.append("Not written, for the writer refuses them:\n\n" + "\n".join(lines))
    found = {"real-tables": "\n\n".join(part for part in parts if part)}
    if everything["peers"]:
        found["peers"] = peers(everything, wilson)
    return found


def first_tries(everything, gaps, wilson):
    lines = [
        "| as | useful at the first try | of those with missing cells | useful after hints | circles | crash or hang | same model |",
        "|---|---|---|---|---|---|---|",
    ]
    for dressing, of in everything["outcomes"].items():
        first = {name: outcome["tries"][0]["status"] == "useful" for name, outcome in of.items()}
        with_gaps = [useful for name, useful in first.items() if name in gaps]
        last = sum(outcome["tries"][-1]["status"] == "useful" for outcome in of.values())
        circles = sum(outcome["circle"] for outcome in of.values())
        broken = sum(one["status"] in ("hangs", "crashes") for outcome in of.values() for one in outcome["tries"])
        lines.append(
            f"| `{dressing}` | {share(sum(first.values()), len(first), wilson)} "
            f"| {share(sum(with_gaps), len(with_gaps), wilson)} | {share(last, len(of), wilson)} | {circles} | {broken} "
            f"| {same_model(dressing, everything['outcomes'])} |"
        )
    return "\n".join(lines)


def same_model(dressing, outcomes):
    """How many tables give the very model of the dressing whose cells this one repeats."""
    reference = DRESSINGS[dressing][2]
    if dressing == reference or reference not in outcomes:
        return ""
    pairs = [
        (outcome["tries"][0].get("model"), outcomes[reference][name]["tries"][0].get("model"))
        for name, outcome in outcomes[dressing].items()
    ]
    trained = [(ours, theirs) for ours, theirs in pairs if ours and theirs]
    return f"{sum(ours == theirs for ours, theirs in trained)} of {len(trained)}"


def peers(everything, wilson):
    dressings = list(everything["peers"])
    lines = ["| who | " + " | ".join(f"`{dressing}`" for dressing in dressings) + " |", "|---" * (len(dressings) + 1) + "|"]
    for who in everything["peers"][dressings[0]]:
        cells = []
        for dressing in dressings:
            of = everything["peers"][dressing][who]
            useful = sum(one["status"] == "useful" for one in of.values())
            cells.append(share(useful, len(of), wilson))
        lines.append(f"| {who} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(text, limit=160):
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= limit else text[:limit] + "…"


def not_useful(everything):
    """Tables by what was said and what the hints led to, over all dressings; the same words for many tables take one line."""
    groups = collections.defaultdict(dict)
    dressings = collections.defaultdict(list)
    for dressing, of in everything["outcomes"].items():
        for name, outcome in of.items():
            first, last = outcome["tries"][0], outcome["tries"][-1]
            if first["status"] == "useful":
                continue
            why = "; ".join(first.get("reasons", [])) or first["error"]
            then = "then useful" if last["status"] == "useful" else f"then {last['status']}" if last is not first else "not followed"
            options = " ".join(f"{option} {value or ''}".strip() for option, value in last["options"])
            key = (first["status"], real_hints.kind_of(why), then)
            groups[key].setdefault(name, (why, options))
            if dressing not in dressings[key]:
                dressings[key].append(dressing)
    lines = ["| what happens | what it says (of the first) | after the hints | tables | as |", "|---|---|---|---|---|"]
    for key, tables in sorted(groups.items(), key=lambda item: -len(item[1])):
        status, _, then = key
        names = ", ".join(f"`{name}`" for name in list(tables)[:6]) + (f" and {len(tables) - 6} more" if len(tables) > 6 else "")
        why, options = next(iter(tables.values()))
        tried = f"{then} (`{shown(options, 60)}`)" if options else then
        lines.append(f"| {status} | {shown(why)} | {tried} | {len(tables)}: {names} | {seen_in(dressings[key], everything)} |")
    return "\n".join(lines) if groups else ""


def seen_in(dressings, everything):
    return "all" if len(dressings) == len(everything["outcomes"]) else ", ".join(f"`{dressing}`" for dressing in dressings)


def roles(everything, wilson):
    every = [(table, *one) for table, of in everything["agreements"].items() for one in of]
    right = sum(role == said for _, _, role, said in every)
    lines = [f"Roles of the described tables: {share(right, len(every), wilson)} of the columns.", ""]
    lines += [f"- `{table}` `{column}`: {role}, said to be {shown(said, 80)}" for table, column, role, said in every if role != said]
    return "\n".join(lines)


def left_out(everything):
    """What was left out in the first dressing, by reason: to be read by a person."""
    of = next(iter(everything["outcomes"].values()), {})
    reasons = collections.defaultdict(list)
    for name, outcome in of.items():
        for column, reason in outcome["tries"][0].get("left_out", {}).items():
            if column != "rownames":
                reasons[real_hints.kind_of(str(reason))].append(f"`{name}` `{column}`")
    lines = [f"- {reason}: {len(columns)} columns" for reason, columns in sorted(reasons.items(), key=lambda item: -len(item[1]))]
    return "Left out, beside row names:\n\n" + "\n".join(lines) if lines else ""
