"""Clients made from the description: two of TypeScript, compiled strictly and run; one of Python, imported and run.

Each asks with every list that a parameter takes, two values in it, and gets what the plain address answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from every_list import Described, Question

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
HEY_API = Path(__file__).with_name("heyapi")
ASK = """
from hunan.api.observations import observation_list
from hunan.client import Client
client = Client(base_url={service!r}, raise_on_unexpected_status=True)
answer = observation_list.sync(
    client=client, indicator=["TRADE_TOTAL"], region=["430281"], year=["2024"], lang="en"
)
print([(row.region_name, row.value) for row in answer.results])
"""


def run(*command: str, folder: Path, given: str | None = None, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, input=given, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def with_packages(source: Path, folder: Path) -> Path:
    """A folder with the files of another one, and the packages that its lock names."""
    if shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed")
    for path in source.iterdir():
        if path.is_file() and path.name != "api.d.ts":
            shutil.copy(path, folder)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", folder=folder)
    return folder


@pytest.fixture(scope="module")
def example(service: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its packages, and its types from the running service."""
    folder = with_packages(EXAMPLES, tmp_path_factory.mktemp("examples"))
    run("npm", "run", "types", folder=folder, SERVICE=service)
    return folder


@pytest.fixture(scope="module")
def questions(service: str) -> list[Question]:
    """Every list of every operation, with two values."""
    return list(Described(service).questions())


@pytest.fixture(scope="module")
def answers(service: str, questions: Sequence[Question]) -> list[Any]:
    """What the service answers where the values are separated by commas."""
    described = Described(service)
    return [described.read(question.address) for question in questions]


def assert_answered(questions: Sequence[Question], answers: Sequence[Any], printed: str) -> None:
    """A client printed, a line for each question, what the plain address answers."""
    for question, answer, line in zip(questions, answers, printed.splitlines(), strict=True):
        assert "errors" not in answer, question
        assert without_addresses(json.loads(line)) == without_addresses(answer), question


def without_addresses(answer: Any) -> Any:
    """An answer without where to go next: parameters stand there in the order in which they came."""
    return {name: part for name, part in answer.items() if name not in ("next", "warnings")}


def test_the_example_compiles_strictly_and_runs(example: Path, service: str) -> None:
    run("npm", "run", "build", folder=example)
    said = run("npm", "run", "--silent", "start", folder=example, SERVICE=service)
    first = said.splitlines()[0].split("\t")
    assert first[:3] == ["Liling City", "41.25", "hundred million yuan"]
    assert len(said.splitlines()) == 5


MISTYPED = {
    "parameter": ("indicator:", "indicatr:"),
    "column": ("region_name", "regionname"),
    "type": ('"430200"', "430200"),
}


def as_argument(question: Question) -> str:
    """What a function in TypeScript is called with."""
    path = {"path": question.codes} if question.codes else {}
    return json.dumps({**path, "query": question.query})


WITH_OPENAPI_FETCH = """
import createClient from "openapi-fetch";
import type { paths } from "./api.js";
const api = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl: process.env.SERVICE!, querySerializer: { array: { style: "form", explode: false } },
});
"""


@pytest.fixture(scope="module")
def compiled(example: Path, questions: Sequence[Question]) -> str:
    """What the compiler says of the calls, and of the example with each mistake, each in a file of its own.

    All at once, for reading the types takes most of the time; they are checked themselves where the example is built.
    """
    calls = [
        f"console.log(JSON.stringify((await api.GET({json.dumps(one.path)}, {{ params: {as_argument(one)} }})).data));"
        for one in questions
    ]
    files = {"calls.ts": "\n".join([WITH_OPENAPI_FETCH, *calls])}
    source = (example / "county_trade.ts").read_text()
    for name, (word, mistyped) in MISTYPED.items():
        assert word in source
        files[f"wrong_{name}.ts"] = source.replace(word, mistyped, 1)
    for name, text in files.items():
        (example / name).write_text(text)
    settings = json.loads((example / "tsconfig.json").read_text())
    settings["compilerOptions"]["skipLibCheck"] = True
    (example / "calls.json").write_text(json.dumps({**settings, "files": [*files, "api.d.ts"]}))
    command = ["node_modules/.bin/tsc", "--project", "calls.json"]
    done = subprocess.run(command, cwd=example, capture_output=True, text=True, check=False, timeout=300)
    return done.stdout


def test_what_is_mistyped_does_not_compile(compiled: str) -> None:
    assert [name for name in MISTYPED if f"wrong_{name}.ts(" not in compiled] == []


def test_openapi_typescript_asks_with_every_list(
    example: Path, compiled: str, service: str, questions: Sequence[Question], answers: Sequence[Any]
) -> None:
    assert [line for line in compiled.splitlines() if not line.startswith(("wrong_", " "))] == []
    assert_answered(questions, answers, run("node", "build/calls.js", folder=example, SERVICE=service))


def camel(name: str) -> str:
    first, *more = name.split("_")
    return first + "".join(map(str.title, more))


def test_hey_api_asks_with_every_list(
    tmp_path: Path, service: str, questions: Sequence[Question], answers: Sequence[Any]
) -> None:
    folder = with_packages(HEY_API, tmp_path)
    run("node_modules/.bin/openapi-ts", folder=folder, SERVICE=service)
    calls = [
        f"console.log(JSON.stringify((await hunan.{camel(one.operation)}({as_argument(one)})).data));"
        for one in questions
    ]
    begun = [
        'import * as hunan from "./hunan/index.js";', 'import { client } from "./hunan/client.gen.js";',
        "client.setConfig({ baseUrl: process.env.SERVICE! });",
    ]  # fmt: skip
    (folder / "calls.ts").write_text("\n".join([*begun, *calls]))
    run("node_modules/.bin/tsc", folder=folder)
    assert_answered(questions, answers, run("node", "build/calls.js", folder=folder, SERVICE=service))


@pytest.fixture(scope="module")
def python_client(service: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package `hunan` that openapi-python-client makes, without a warning."""
    folder = tmp_path_factory.mktemp("python")
    settings = {
        "package_name_override": "hunan", "post_hooks": [], "literal_enums": True,
        "content_type_overrides": {  # what the generator takes as bytes and as text
            "application/zip": "application/octet-stream", "application/vnd.apache.parquet": "application/octet-stream",
            "application/atom+xml": "text/html",
        },
    }  # fmt: skip
    (folder / "made.yaml").write_text(json.dumps(settings))
    program = Path(sys.executable).parent / "openapi-python-client"
    arguments = ["generate", "--url", f"{service}/api/v1/openapi.json?lang=en", "--meta", "none", "--fail-on-warning"]
    run(str(program), *arguments, "--config", "made.yaml", "--output-path", "hunan", folder=folder)
    run(sys.executable, "-m", "compileall", "-q", "hunan", folder=folder)
    return folder


def test_a_python_client_reads(service: str, python_client: Path) -> None:
    said = run(sys.executable, "-c", ASK.format(service=service), folder=python_client)
    assert said.strip() == "[('Liling City', 41.25)]"


WITH_PYTHON = """
import importlib, json, sys
from hunan.client import Client
client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
for tag, operation, codes, query in json.load(sys.stdin):
    called = importlib.import_module(f"hunan.api.{tag.lower()}.{operation}")
    answer = called.sync_detailed(client=client, **codes, **query)
    assert answer.parsed is not None
    print(json.dumps(json.loads(answer.content)))
"""


def test_openapi_python_client_asks_with_every_list(
    service: str, python_client: Path, questions: Sequence[Question], answers: Sequence[Any]
) -> None:
    asked = json.dumps([[one.tag, one.operation, one.codes, one.query] for one in questions])
    printed = run(sys.executable, "-c", WITH_PYTHON, service, folder=python_client, given=asked)
    assert_answered(questions, answers, printed)
