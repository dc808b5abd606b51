"""JSONata against the answers of jsonata-js 2.0.6: values, error codes and messages."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from simulator.asl.expressions import UNSET, CompileError, EvaluationError, Scope
from simulator.asl.jsonata import compile_jsonata
from tests.oracles.jsonata_generator import Generator

HERE = Path(__file__).parent
TABLE = json.loads((HERE / "jsonata_step_functions.json").read_text(encoding="utf-8"))
CASES = [{"expr": case["expr"], **case["js_2.0.6"]} for case in TABLE["cases"]] + [
    json.loads(line)
    for line in (HERE / "jsonata_2.0.6_fuzz.jsonl").read_text(encoding="utf-8").splitlines()
]
ZERO = "a division by zero within what the library evaluates; JSON has no infinity"
ORDER = "the reference names the operator around the one that failed"
# Expression → why our answer differs, and then why our message does.
DIFFERENT = {
    "$eval('1+1')": "the service refuses $eval (docs)",
    "($power($price, 0) / $floor(0.1))": ZERO,
}
OTHER_WORDS = {
    '($states.input.missing or $sum(["b","a","c"]))': ORDER,
}


def scope_of(bindings):
    states = bindings["states"]
    return Scope(
        states["input"],
        context=states.get("context"),
        variables={name: value for name, value in bindings.items() if name != "states"},
        result=states.get("result", UNSET),
        error_output=states.get("errorOutput", UNSET),
        now=1_700_000_000_000,
        seed="test",
    )


SCOPE = scope_of(TABLE["bindings"])


def answer(text):
    """{"r": value}, {"u": 1} undefined, {"f": 1} function, or {"e": code, "m": message}."""
    try:
        compiled = compile_jsonata(
            f"{{% {text} %}}", location="Output", allow={"result", "errorOutput"}
        )
        return {"r": compiled.evaluate(None, SCOPE)}
    except CompileError as error:
        # Refused when a state machine is created; the reference finds it when it runs.
        code, _, message = error.message.partition("has a syntax error. ")[2].partition(": ")
        return {"e": code, "m": message} if code else {"refused": error.message}
    except EvaluationError as error:
        if error.cause.endswith("returned nothing (undefined)."):
            return {"u": 1}
        if error.cause.endswith("unsupported result type."):
            return {"f": 1}
        code, _, message = error.cause.partition("during evaluation. ")[2].partition(": ")
        return {"e": code, "m": message}


def same(got, want, expression):
    if "refused" in got:  # `?:` and `??`, which 2.0.6 cannot read
        return want.get("e", "").startswith("S")
    if "e" in got and expression in OTHER_WORDS:
        return got["e"] == want.get("e")
    return got == {key: want[key] for key in ("r", "u", "f", "e", "m") if key in want}


def test_an_expression_answers_as_the_reference_does():
    wrong = [
        (case["expr"], got, case)
        for case in CASES
        if not same(got := answer(case["expr"]), case, case["expr"])
    ]
    assert [case for case in wrong if case[0] not in DIFFERENT] == []
    assert {case[0] for case in wrong} == set(DIFFERENT)


def test_at_least_995_of_1000_agree():
    assert len(DIFFERENT) + len(OTHER_WORDS) <= len(CASES) * 5 // 1000


def package():
    """The directory of the npm package jsonata 2.0.6, where somebody installed it."""
    root = Path(__file__).parents[2]
    found = Path(os.environ.get("JSONATA_JS", root / "node_modules" / "jsonata")).resolve()
    described = found / "package.json"
    if not described.is_file():
        pytest.skip(f"no jsonata-js in {found}; `npm install jsonata@2.0.6`, or set JSONATA_JS")
    version = json.loads(described.read_text(encoding="utf-8"))["version"]
    assert version == "2.0.6", f"{found} is {version}, and the service runs 2.0.6"
    return found


def reference(expressions):
    directory = package()
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH")
    ran = subprocess.run(
        [node, HERE / "jsonata_reference.js", directory],
        input=json.dumps({"bindings": TABLE["bindings"], "expressions": expressions}),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.slow
def test_the_tables_are_what_the_reference_says_today():
    answers = reference([case["expr"] for case in CASES])
    keys = ("r", "u", "f", "e")
    for case, said in zip(CASES, answers, strict=True):
        assert {k: said[k] for k in keys if k in said} == {k: case[k] for k in keys if k in case}


@pytest.mark.slow
def test_new_expressions_answer_as_the_reference_does():
    """Errors are compared as errors: the reference evaluates the parts of an array side by side, so
    which of two failures it reports is its own affair.
    """
    count = int(os.environ.get("JSONATA_CASES", "3000"))
    made = Generator(seed=int(os.environ.get("JSONATA_SEED", "1")))
    expressions = [made.expression() for _ in range(count)]
    wrong = []
    for expression, want in zip(expressions, reference(expressions), strict=True):
        got = answer(expression)
        if "refused" in got or want.get("e") == "undefined":
            continue  # refused when created; or the reference itself crashed
        both_fail = "e" in got and "e" in want
        if not both_fail and got != {k: want[k] for k in ("r", "u", "f", "e") if k in want}:
            wrong.append((expression, got, want))
    assert len(wrong) <= count // 1000, wrong
