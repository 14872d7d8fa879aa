"""Schemathesis holds the service against its own description: whatever it finds is a fault of one of them."""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES, SEED = 50, 20261128


def test_the_description_names_every_address(service):
    document = service.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    addresses = {"/v1/predict", "/v1/model", "/healthz", "/readyz", "/metrics", "/v2", "/v2/health/live", "/v2/health/ready"}
    addresses |= {"/v2/models/{model}", "/v2/models/{model}/infer", "/ping", "/invocations"}
    assert addresses <= document["paths"].keys()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary") or operation.get("description"), (method, path)


def test_nothing_is_found(service, out):
    program = Path(sys.executable).with_name("st")
    # All of its checks are made, unless the configuration says why not.
    words = ["--config-file", HERE / "schemathesis.toml", "run", f"{service.url}/openapi.json", "--mode", "all", "--workers", 1]
    words += ["--max-examples", EXAMPLES, "--seed", SEED, "--continue-on-failure", "--report", "json", "--report-json-path", "description.json"]
    [version] = service.get("/v2/models/default").json()["versions"]
    environment = os.environ | {"ASSIST_MODEL_ID": version, "SCHEMATHESIS_HOOKS": str(HERE / "tables.py")}
    options = {"cwd": out, "env": environment, "capture_output": True, "text": True}
    done = subprocess.run([program, "--no-color", *map(str, words)], check=False, **options)
    (out / "description.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    # A run that asked for nothing would find nothing.
    generated = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert generated and int(generated[2]) > 20 * EXAMPLES, done.stdout
