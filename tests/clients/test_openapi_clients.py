"""Clients made from the description: TypeScript's, compiled strictly and run; Python's, imported and run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
ASK = """
from hunan.api.observations import observation_list
from hunan.client import Client
client = Client(base_url={service!r}, raise_on_unexpected_status=True)
answer = observation_list.sync(
    client=client, indicator=["TRADE_TOTAL"], region=["430281"], year=["2024"], lang="en"
)
print([(row.region_name, row.value) for row in answer.results])
"""


def run(*command: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def example(service: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its packages, and its types from the running service."""
    if shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed")
    folder = tmp_path_factory.mktemp("examples")
    for path in EXAMPLES.iterdir():
        if path.is_file() and path.name != "api.d.ts":
            shutil.copy(path, folder)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
    run("npm", "run", "types", folder=folder, SERVICE=service)
    return folder


def test_the_example_compiles_strictly_and_runs(example: Path, service: str) -> None:
    run("npm", "run", "build", folder=example)
    said = run("npm", "run", "--silent", "start", folder=example, SERVICE=service)
    first = said.splitlines()[0].split("\t")
    assert first[:3] == ["Liling City", "41.25", "hundred million yuan"]
    assert len(said.splitlines()) == 5


@pytest.mark.parametrize(
    ("word", "mistyped"), [("indicator:", "indicatr:"), ("region_name", "regionname"), ('"430200"', "430200")]
)
def test_what_is_mistyped_does_not_compile(word: str, mistyped: str, example: Path) -> None:
    source = (example / "county_trade.ts").read_text()
    wrong = example / "wrong.ts"
    wrong.write_text(source.replace(word, mistyped, 1))
    compiled = subprocess.run(
        ["npx", "tsc", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", "wrong.ts"],
        cwd=example, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    wrong.unlink()
    assert compiled.returncode != 0
    assert "wrong.ts(" in compiled.stdout


def test_a_python_client_is_made_and_reads(service: str, tmp_path: Path) -> None:
    settings = {
        "package_name_override": "hunan", "post_hooks": [], "literal_enums": True,
        "content_type_overrides": {  # what the generator takes as bytes and as text
            "application/zip": "application/octet-stream", "application/vnd.apache.parquet": "application/octet-stream",
            "application/atom+xml": "text/html",
        },
    }  # fmt: skip
    (tmp_path / "made.yaml").write_text(json.dumps(settings))
    program = Path(sys.executable).parent / "openapi-python-client"
    arguments = ["generate", "--url", f"{service}/api/v1/openapi.json?lang=en", "--meta", "none", "--fail-on-warning"]
    run(str(program), *arguments, "--config", "made.yaml", "--output-path", "hunan", folder=tmp_path)
    run(sys.executable, "-m", "compileall", "-q", "hunan", folder=tmp_path)
    said = run(sys.executable, "-c", ASK.format(service=service), folder=tmp_path)
    assert said.strip() == "[('Liling City', 41.25)]"
