"""Tables in a store are what they are in files, and what goes wrong on the way is mended or told."""

import threading

from conftest import BUCKET, FILES, ROOT

SCHEMA = ROOT / "data/assistance.schema.toml"
ONE = f"s3://{BUCKET}/one.csv"
PARTS = f"s3://{BUCKET}/parts/"


def test_a_table_is_the_same_in_a_store(program):
    here = program.train(ROOT / "data/assistance.csv")
    assert program.train(ONE) == here
    assert program.train(f"s3://{BUCKET}/one.csv.gz") == here


def test_large_files_are_read_in_ranges(program, faulty, out):
    for name in ("large.csv", "large.parquet"):
        here = program.train(out / name)
        through, proxy = faulty(lambda *_: None)
        assert through.train(f"s3://{BUCKET}/{name}") == here
        size = (out / name).stat().st_size
        bounds = [request[2].removeprefix("bytes=").split("-") for request in proxy.requests if request[2]]
        lengths = [int(end) - int(start) + 1 for start, end in bounds]
        # No request is for all of it, and what is asked for is in proportion: roles, labels and rows are read one after the other.
        assert max(lengths) < size and sum(lengths) < 4 * size, (name, size, lengths)


def test_a_thousand_files_are_one_table(program):
    here = program.train(ROOT / "data/assistance.csv")
    # The folders give a column, which is no feature of the schema.
    assert program.train(PARTS, "--drop", "half") == here
    assert program.train(f"s3://{BUCKET}/parts/*/part-*.csv", "--drop", "half") == here
    inspected = program.run("inspect", "--data", PARTS, "--target", "needs_assistance_flag")
    assert "half" in inspected.stdout


def test_what_fails_for_a_while_is_asked_for_again(faulty, program):
    here = program.train(ONE)
    # Every third request fails, whatever it is.
    failing, proxy = faulty(lambda number, *_: "fail" if number % 3 == 0 else None)
    assert failing.train(ONE) == here
    assert len(proxy.requests) > 4


def test_a_thousand_files_survive_a_store_that_fails_now_and_then(faulty, program):
    here = program.train(PARTS, "--drop", "half")
    failing, proxy = faulty(lambda number, *_: {0: "fail", 3: "half"}.get(number % 50))
    assert failing.train(PARTS, "--drop", "half") == here
    assert len(proxy.requests) > FILES


def test_half_an_answer_is_none(faulty, program):
    here = program.train(ONE)
    seen, lock = set(), threading.Lock()

    def first_of_each(_, method, address):
        with lock:
            is_first = (method, address) not in seen
            seen.add((method, address))
        return "half" if is_first and method == "GET" else None

    breaking, _ = faulty(first_of_each)
    assert breaking.train(ONE) == here


def test_a_request_that_stalls_is_asked_again(faulty, program):
    here = program.train(ONE)
    stalling, _ = faulty(lambda number, *_: "stall" if number == 1 else None)
    done = stalling.run(
        "train", "--quiet", "--data", ONE, "--schema", SCHEMA, "--out", "stalled", AWS_TIMEOUT="2 seconds"
    )
    assert done.seconds < 20
    assert stalling.train(ONE) == here


def test_a_store_that_never_answers_is_told(faulty, out):
    silent, _ = faulty(lambda *_: "fail")
    done = silent.run("train", "--data", ONE, "--schema", SCHEMA, "--out", "nowhere", fails=True)
    assert "`s3://tables/one.csv` cannot be read" in done.stderr and "503" in done.stderr, done.stderr
    assert "AWS_ENDPOINT" in done.stderr
    assert not (out / "nowhere").exists()


def test_what_breaks_off_for_good_is_told_with_its_place(faulty, out):
    breaking, _ = faulty(lambda number, method, address: "half" if address.endswith("/large.csv") and number > 4 else None)
    data = f"s3://{BUCKET}/large.csv"
    done = breaking.run("train", "--data", data, "--schema", SCHEMA, "--out", "nowhere", fails=True)
    assert "of `s3://tables/large.csv`" in done.stderr, done.stderr
    assert not (out / "nowhere").exists()


def test_addresses_that_lead_nowhere_are_told(program):
    for data, told in [
        (f"s3://{BUCKET}/nothing", "no file matches"),
        (f"s3://{BUCKET}/parts/*/none-*.csv", "no file matches"),
        ("s3://no-such-bucket/a.csv", "NoSuchBucket"),
        ("s3:///a.csv", "names no bucket"),
        ("ftp://host/a.csv", "is no kind of store"),
    ]:
        done = program.run("train", "--data", data, "--schema", SCHEMA, "--out", "nowhere", fails=True)
        assert told in done.stderr, done.stderr
    done = program.run("train", "--data", ONE, "--schema", SCHEMA, fails=True, AWS_ENDPOINT="http://127.0.0.1:1")
    assert "cannot be read" in done.stderr, done.stderr


def test_outputs_are_files(program, out):
    for arguments in (
        ["train", "--data", ONE, "--schema", SCHEMA, "--out", f"s3://{BUCKET}/model"],
        ["counts", "--data", ONE, "--schema", SCHEMA, "--out", f"s3://{BUCKET}/counts.csv"],
    ):
        done = program.run(*arguments, fails=True)
        assert "is in an object store, and outputs are files" in done.stderr, done.stderr
    assert not (out / "s3:").exists()
