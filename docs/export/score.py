"""Scores rows by an exported JSON model, bit for bit as the program does. Plain Python: no package, no math.exp."""
import math, re
INFINITE = float("inf")
def exp_of_negative(x):  # sums and products in a fixed order; 0 below -708
    if not x > -708.0: return 0.0
    k = (x * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    r2 = r * r; r4 = r2 * r2
    low = (1.0 + r) + r2 * (0.5 + r * (1 / 6))
    middle = (1 / 24 + r * (1 / 120)) + r2 * (1 / 720 + r * (1 / 5040))
    high = (1 / 40320 + r * (1 / 362880)) + r2 * (1 / 3628800 + r * (1 / 39916800))
    top = 1 / 479001600 + r * (1 / 6227020800)
    return math.ldexp(low + r4 * (middle + r4 * (high + r4 * top)), int(k))
def exp_up_to_zero(x):  # FreeBSD's function, which calibrations use
    if x < -745.1332191019411: return 0.0
    k, hi, lo = 0, x, 0.0
    if x <= -0.3465735912322998:
        k = int(1.4426950408889634 * x - 0.5) if x <= -1.0397205352783203 else -1
        hi, lo = x - k * 0.6931471803691238, k * 1.9082149292705877e-10; x = hi - lo
    elif x > -3.725293851175593e-09: return 1.0 + x
    xx = x * x; c = x - xx * (0.16666666666666602 + xx * (-0.0027777777777015593 + xx * (6.613756321437934e-05
        + xx * (-1.6533902205465252e-06 + xx * 4.1381367970572385e-08))))
    return math.ldexp(1.0 + (x * c / (2.0 - c) - lo + hi), k)
def piece(cuts, x): return sum(cut < x for cut in cuts)  # a cut belongs to the piece that it ends
def spelling(text):  # what other spellings of truth values and whole numbers are looked up by
    if text.isascii() and text.lower() in ("true", "false", "t", "f"): return text.lower()
    text = re.sub(r"\A(-?(?:0|[1-9][0-9]*))\.0+\Z", r"\1", text)
    return "0" if text == "-0" else text if re.fullmatch(r"-?[0-9]+", text) else None
def number(value):  # texts as the program reads them: plain decimals between blanks
    if isinstance(value, str) and not re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", value.strip()):
        return INFINITE if re.fullmatch(r"[+-]?(?:nan|inf(?:inity)?)", value.strip().lower()) else None
    try: return float(value)
    except OverflowError: return INFINITE
    except (TypeError, ValueError): return None
def cell(column, value):  # the number or the code of a value, or a text that says why there is none
    if column["kind"] == "level":
        if value is None: return "missing value" if column["missing"] is None else column["missing"]
        if not isinstance(value, str): return "not a text"
        code = column.setdefault("codes", {t: i for i, t in enumerate(column["levels"])}).get(value)
        if code is None: code = column["spellings"].get(spelling(value))
        if code is None and value not in ("", "(missing)"): code = column["other"]
        return "unknown level" if code is None else code
    if value is None or value != value: return None if column["missing_allowed"] else "missing value"
    value = number(value)
    if value is None: return "not a number"
    if abs(value) == INFINITE: return "not a finite number"
    if column["whole"] and value != int(value): return "not a whole number"
    if column["minimum"] is not None and value < column["minimum"]: return "below the minimum"
    if column["maximum"] is not None and value > column["maximum"]: return "above the maximum"
    return value
def factor(f, x):
    kind = f["kind"]
    if kind == "missing": return 1.0 if x is None else 0.0
    if kind == "level": return 1.0 if x == f["code"] else 0.0
    if kind == "cut": return float(x is not None and (f["low"] is None or x > f["low"]) and (f["high"] is None or x <= f["high"]))
    x = f["fill"] if x is None else x
    if kind == "slope": return x - f["centre"]
    (a, b, c, e), d = f["pieces"][piece(f["knots"], x)], x - f["knots"][max(piece(f["knots"], x) - 1, 0)]
    return a + d * (b + d * (c + d * e))
def added(step, cells):
    if step["kind"] == "term": return step["coefficient"] * math.prod((factor(f, cells[f["column"]]) for f in step["factors"]), start=1.0)
    x = cells[step["column"]]
    if step["kind"] == "levels" or x is None: return step["missing"] if x is None else step["added"][x]
    return step["slope"] * (x - step["centre"]) if step["kind"] == "slope" else step["added"][piece(step["cuts"], x)]
def probability(how, score, e):
    if how["kind"] == "shift": return 1.0 / (1.0 + e * how["odds"]) if score >= 0.0 else e / (e + how["odds"])
    if how["kind"] == "sigmoid":
        z = how["slope"] * score + how["shift"]
        e = exp_up_to_zero(-abs(z))
        return 1.0 / (1.0 + e) if z >= 0.0 else e / (1.0 + e)
    s, p = how["scores"], how["probabilities"]
    above = sum(known <= score for known in s)
    low, high = p[max(above - 1, 0)], p[min(above, len(s) - 1)]
    q = low + (score - s[above - 1]) / (s[above] - s[above - 1]) * (high - low) if 0 < above < len(s) else low
    return q / (q + (1.0 - q) * how["odds"])
def score(model, values):  # the values in the order of the columns; None is missing
    if model["version"] != 1: raise ValueError("a version of the form that this reader does not know")
    cells = []
    for column, value in zip(model["columns"], values, strict=True):
        cells.append(cell(column, value))
        if isinstance(cells[-1], str): return {"outcome": "rejected", "column": column["name"], "reason": cells[-1]}
    total = model["intercept"]
    for step in model["steps"]: total += added(step, cells)
    if not abs(total) < INFINITE: return {"outcome": "rejected", "column": None, "reason": "the values are too large to be scored"}
    p = probability(model["probability"], total, e := exp_of_negative(-abs(total)))
    return {"outcome": "scored", "score": total, "probability": p,
            "raw_probability": p if model["raw_is_probability"] else 1.0 / (1.0 + e) if total >= 0.0 else e / (1.0 + e), "prediction": int(total > float(model["threshold"]))}
