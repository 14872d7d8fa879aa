"""Makes one table of the comparison, unless it is there already; memory stays bounded by a million rows.

usage: tables.py SHAPE ROWS OUT --binary ASSIST_CLI

The ending of OUT is its format. Parquet is always written by pyarrow with its defaults (snappy, dictionaries) in row
groups of a million rows, also where `assist-cli generate` made the rows: no reader is to profit from a writer it knows.

reference   the rows of `assist-cli generate --seed 1 --label noisy`; a table of more than ten million rows is that of
            ten million written several times over
continuous  the reference table's columns, but its three numbers are real and no value of them occurs twice
wide        20 categorical columns of 101 levels each, and three whole numbers: 2,003 coefficients
levels-N    a categorical column of N levels, a real number and a small whole one
columns-N   N columns of real numbers
"""

import argparse
import functools
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

SEED = 1
ROW_GROUP = 1_000_000
LARGEST_GENERATED = 10_000_000
TARGET = "needs_assistance_flag"
LEVELS = {
    "age_group": ["18-30", "30-45", "45-60", "60+"],
    "device_type": ["Feature Phone", "Smartphone", "Smartwatch"],
    "input_mode": ["Haptic", "Touch", "Voice"],
    "task_type": ["Check Balance", "Make Payment", "Transfer Money"],
}
WIDE_COLUMNS, WIDE_LEVELS = 20, 101


def texts(codes, levels):
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(levels)).cast(pa.string())


def drawn(rng, score):
    """Labels by lot: one with the probability whose logit is the score."""
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(np.int64)


def continuous_rows(rng, start, count):
    errors, time, score = rng.gamma(2.0, 1.0, count), rng.uniform(5, 120, count), rng.uniform(1, 10, count)
    codes = {name: rng.integers(0, len(levels), count) for name, levels in LEVELS.items()}
    logit = -3 + 0.8 * errors + 0.04 * time - 0.1 * score + 0.4 * (codes["device_type"] == 2)
    return {
        "user_id": np.arange(start + 1, start + count + 1),
        **{name: texts(codes[name], levels) for name, levels in LEVELS.items()},
        "error_count": errors,
        "task_completion_time_sec": time,
        "user_satisfaction_score": score,
        TARGET: drawn(rng, logit),
    }


def wide_rows(rng, start, count):
    levels = [f"level_{code:03}" for code in range(WIDE_LEVELS)]
    # Effects do not depend on how many rows are asked for.
    effects = np.random.default_rng(SEED).normal(0, 0.3, (WIDE_COLUMNS, WIDE_LEVELS))
    codes = rng.integers(0, WIDE_LEVELS, (WIDE_COLUMNS, count))
    errors, time, score = rng.integers(0, 5, count), rng.integers(5, 120, count), rng.integers(1, 10, count)
    logit = -3 + 0.8 * errors + 0.04 * time - 0.1 * score
    for effect, code in zip(effects, codes, strict=True):
        logit += effect[code]
    return {
        "user_id": np.arange(start + 1, start + count + 1),
        **{f"category_{index + 1:02}": texts(code, levels) for index, code in enumerate(codes)},
        "error_count": errors,
        "task_completion_time_sec": time,
        "user_satisfaction_score": score,
        TARGET: drawn(rng, logit),
    }


def levels_rows(levels, rng, start, count):
    effects = np.random.default_rng(SEED).normal(0, 1, levels)
    # Every level occurs, and the first one, which is the reference, in many rows.
    codes = np.where(rng.random(count) < 0.01, 0, np.arange(start, start + count) * 7919 % levels)
    number, small = rng.normal(size=count).round(4), rng.integers(0, 10, count)
    return {
        "shop": [f"shop_{code:07}" for code in codes],
        "number": number,
        "small": small,
        TARGET: drawn(rng, effects[codes] + 0.8 * number - 0.1 * small),
    }


def columns_rows(columns, rng, start, count):
    effects = np.where(np.arange(columns) < 20, np.random.default_rng(SEED).normal(0, 1, columns), 0)
    cells = rng.normal(size=(count, columns)).round(4)
    named = {f"x{column:05}": cells[:, column] for column in range(columns)}
    return named | {TARGET: drawn(rng, cells @ effects)}


def rows_of(shape):
    """Makes the rows of a shape; that of many levels or columns has their number in its name."""
    name, _, number = shape.partition("-")
    if number:
        return functools.partial({"levels": levels_rows, "columns": columns_rows}[name], int(number))
    return {"continuous": continuous_rows, "wide": wide_rows}[name]


def drawn_rows(make_rows, rows):
    rng = np.random.default_rng(SEED)
    for start in range(0, rows, ROW_GROUP):
        yield pa.table(make_rows(rng, start, min(ROW_GROUP, rows - start)))


def generate(binary, rows, out):
    words = ["generate", "--rows", str(rows), "--seed", str(SEED), "--label", "noisy", "--out", out]
    subprocess.run([binary, *words], check=True, stdout=subprocess.DEVNULL)


def read_rows(path, times=1):
    for _ in range(times):
        for batch in pq.ParquetFile(path).iter_batches(ROW_GROUP):
            yield pa.Table.from_batches([batch])


def reference_rows(binary, rows, out):
    if rows > LARGEST_GENERATED:
        once = os.path.join(os.path.dirname(out), f"reference-{LARGEST_GENERATED}.parquet")
        make("reference", LARGEST_GENERATED, once, binary)
        yield from read_rows(once, rows // LARGEST_GENERATED)
        return
    generated = out + ".generated.parquet"
    generate(binary, rows, generated)
    yield from read_rows(generated)
    os.remove(generated)


def write(tables, out):
    writer = None
    for table in tables:
        if writer is None:
            kind = pa.csv.CSVWriter if out.endswith(".csv") else pq.ParquetWriter
            writer = kind(out, table.schema)
        writer.write_table(table, ROW_GROUP)
    writer.close()


def make(shape, rows, out, binary):
    if os.path.exists(out):
        return
    if shape == "reference" and rows > LARGEST_GENERATED and (rows % LARGEST_GENERATED or out.endswith(".csv")):
        sys.exit(f"more than {LARGEST_GENERATED:,} reference rows are a multiple of that number, and Parquet")
    stem, ending = os.path.splitext(out)
    unfinished = f"{stem}.unfinished{ending}"
    if shape == "reference" and ending == ".csv":
        generate(binary, rows, unfinished)
    elif shape == "reference":
        write(reference_rows(binary, rows, out), unfinished)
    else:
        write(drawn_rows(rows_of(shape), rows), unfinished)
    os.rename(unfinished, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", help="reference, continuous, wide, levels-N or columns-N")
    parser.add_argument("rows", type=int)
    parser.add_argument("out")
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    os.makedirs(os.path.dirname(arguments.out) or ".", exist_ok=True)
    make(arguments.shape, arguments.rows, arguments.out, arguments.binary)


if __name__ == "__main__":
    main()
