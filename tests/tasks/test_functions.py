"""Handlers: imported as Lambda does it, each seeing its own modules, variables and loggers."""

from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from simulator.errors import SourceError
from simulator.problems import Location
from simulator.tasks.functions import Function, Handlers
from simulator.tasks.logs import captured

WARM = "count = 0\ndef work(event, context):\n    global count\n    count += 1\n    return count\n"


def function(folder, handler="app.work", **environment):
    return Function(
        name="shop-Work",
        logical_id="Work",
        arn="arn:aws:lambda:us-east-1:123456789012:function:shop-Work",
        code=folder,
        handler=handler,
        runtime="python3.11",
        environment=environment,
        timeout=timedelta(seconds=3),
        memory_mb=128,
        latency=timedelta(),
        location=Location(folder / "template.yaml", 7, 3),
    )


def written(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def refused(made):
    with pytest.raises(SourceError) as caught:
        Handlers().load(made)
    (problem,) = caught.value.problems
    assert (problem.code, problem.location) == ("PRJ064", made.location)
    return problem.message.partition("cannot be imported: ")[2]


def called(handlers, made):
    with handlers.inside(made, made.environment), captured("id") as logs:
        value = handlers.handler(made)({}, None)
    return value, logs.text()


def test_two_functions_with_modules_of_one_name_see_each_their_own(tmp_path):
    code = "import part\ndef work(event, context): return part.name\n"
    one = function(written(tmp_path / "one", app=code, part="name = 1\n"))
    two = function(written(tmp_path / "two", app=code, part="name = 2\n"))
    handlers = Handlers()

    assert [called(handlers, made)[0] for made in (one, two, one)] == [1, 2, 1]
    assert not {"app", "part"} & set(sys.modules)


def test_equal_code_and_environment_share_their_modules_and_other_environments_do_not(tmp_path):
    folder, handlers = written(tmp_path, app=WARM), Handlers()
    same, other = function(folder), function(folder, STAGE="prod")

    assert [called(handlers, made)[0] for made in (same, same, other, same)] == [1, 2, 1, 3]


def test_a_cold_world_imports_anew_for_every_call(tmp_path):
    handlers, made = Handlers(cold=True), function(written(tmp_path, app=WARM))

    assert [called(handlers, made)[0] for _ in range(2)] == [1, 1]


def test_the_environment_is_the_functions_and_lambdas_own(tmp_path, monkeypatch):
    monkeypatch.delenv("TABLE", raising=False)
    code = "import os\ndef work(event, context): return dict(os.environ)\n"
    found, _ = called(Handlers(), function(written(tmp_path, app=code), TABLE="Payments"))

    assert {name: found[name] for name in ("TABLE", "_HANDLER", "AWS_LAMBDA_FUNCTION_NAME")} == {
        "TABLE": "Payments",
        "_HANDLER": "app.work",
        "AWS_LAMBDA_FUNCTION_NAME": "shop-Work",
    }
    assert "TABLE" not in os.environ


def test_handlers_lie_in_folders_too(tmp_path):
    made = function(written(tmp_path, pay__card="def work(e, c): return 1\n"), "pay/card.work")

    assert called(Handlers(), made)[0] == 1


@pytest.mark.parametrize(
    ("code", "handler", "told"),
    [
        ("import nowhere\n", "app.work", "ModuleNotFoundError: No module named 'nowhere' (app.py:1)"),
        ("x = \n", "app.work", "SyntaxError: invalid syntax (app.py:1)"),
        ("\n1 / 0\n", "app.work", "ZeroDivisionError: division by zero (app.py:2)"),
        ("import sys\nsys.exit(3)\n", "app.work", "it calls sys.exit(3)"),
        ("import sys\nsys.exit()\n", "app.work", "it calls sys.exit(None)"),
        ("work = 1\n", "app.work", "app has no function 'work'"),
        ("def work(): pass\n", "app.wrok", "app has no function 'wrok'"),
        ("", "none.work", "ModuleNotFoundError: No module named 'none'"),
    ],
)  # fmt: skip
def test_a_handler_that_cannot_be_imported_is_refused_with_its_place(tmp_path, code, handler, told):
    assert refused(function(written(tmp_path, app=code), handler)) == told


def test_a_code_folder_that_is_gone_is_refused(tmp_path):
    assert refused(function(tmp_path / "gone")) == "ModuleNotFoundError: No module named 'app'"


def test_the_current_folder_is_the_code_while_a_function_runs(tmp_path):
    folder = written(
        tmp_path,
        app="from pathlib import Path\ndef work(e, c): return Path('rates.txt').read_text()\n",
    )
    (folder / "rates.txt").write_text("1.5", encoding="utf-8")
    before = Path.cwd()
    assert called(Handlers(), function(folder))[0] == "1.5"
    assert Path.cwd() == before


def test_a_copy_of_a_shared_library_in_the_code_is_not_used(tmp_path):
    folder = written(tmp_path, app="import boto3\ndef work(e, c): return boto3.__file__\n")
    written(tmp_path, boto3__placeholder="")

    import boto3

    assert called(Handlers(), function(folder))[0] == boto3.__file__


# -- what is printed and logged ---------------------------------------------------------------------


def test_prints_and_logs_come_in_their_order(tmp_path):
    code = """\
import logging, sys
logger = logging.getLogger()
logger.setLevel(logging.INFO)

def work(event, context):
    print("first")
    logger.info("second")
    sys.stderr.write("third\\n")
    logger.debug("never")
"""
    lines = called(Handlers(), function(written(tmp_path, app=code)))[1].splitlines()

    assert (lines[0], lines[2], len(lines)) == ("first", "third", 3)
    assert lines[1].startswith("[INFO]\t")
    assert lines[1].endswith("Z\tid\tsecond")


def test_a_level_set_at_import_holds_in_every_later_call(tmp_path):
    code = """\
import logging
logging.getLogger().setLevel(logging.INFO)

def work(event, context):
    logging.getLogger("shop").info("card 4242")
"""
    handlers, made = Handlers(), function(written(tmp_path, app=code))

    assert ["card 4242" in called(handlers, made)[1] for _ in range(3)] == [True, True, True]


def test_a_stream_handler_made_at_import_writes_into_the_logs_of_each_call(tmp_path):
    code = """\
import logging, sys
logger = logging.getLogger("shop")
logger.addHandler(logging.StreamHandler(sys.stdout))
logger.addHandler(logging.StreamHandler())
logger.propagate = False

def work(event, context):
    logger.warning("card 4242")
"""
    handlers, made = Handlers(), function(written(tmp_path, app=code))

    assert [called(handlers, made)[1] for _ in range(3)] == ["card 4242\ncard 4242\n"] * 3


def test_a_logging_set_up_by_force_replaces_lambdas_own(tmp_path):
    code = """\
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)

def work(event, context):
    logging.info("plain")
"""
    handlers, made = Handlers(), function(written(tmp_path, app=code))

    assert [called(handlers, made)[1] for _ in range(2)] == ["plain\n", "plain\n"]


def test_worlds_do_not_hand_loggers_on_to_each_other(tmp_path):
    code = """\
import logging
logger = logging.getLogger("shop.doubled")
logger.addHandler(logging.StreamHandler())
logger.propagate = False

def work(event, context):
    logger.warning("once")
"""
    made = function(written(tmp_path, app=code))

    assert [called(Handlers(), made)[1] for _ in range(3)] == ["once\n"] * 3
    assert logging.getLogger("shop.doubled").handlers == []


def test_what_a_library_notes_on_a_logger_is_there_in_the_next_call_and_in_no_other_world(tmp_path):
    code = """\
import logging
logger = logging.getLogger("shop.marked")
if not getattr(logger, "ready", False):
    logger.addHandler(logging.StreamHandler())
    logger.addFilter(lambda record: record.msg != "secret")
    logger.propagate = False
    logger.ready = True

def work(event, context):
    logger.warning("secret")
    logger.warning("once")
    return logger.ready
"""
    made = function(written(tmp_path, app=code))
    handlers = Handlers()

    assert [called(handlers, made) for _ in range(2)] == [(True, "once\n")] * 2
    assert [called(Handlers(), made) for _ in range(2)] == [(True, "once\n")] * 2
    logger = logging.getLogger("shop.marked")
    assert (hasattr(logger, "ready"), logger.filters) == (False, [])


def test_the_processs_own_logging_is_as_before(tmp_path):
    root = logging.getLogger()
    before = (root.level, root.handlers[:], sys.stdout, sys.stderr)
    code = "import logging\ndef work(e, c): logging.getLogger().setLevel(1); raise OSError\n"
    with pytest.raises(OSError):  # noqa: PT011 - whatever it is
        called(Handlers(), function(written(tmp_path, app=code)))

    assert (root.level, root.handlers[:], sys.stdout, sys.stderr) == before


def test_what_a_call_inside_a_call_writes_is_its_own():
    with captured("outer") as outer:
        print("a")
        with captured("inner") as inner:
            print("b")
        print("c")

    assert (outer.text(), inner.text()) == ("a\nc\n", "b\n")


def test_an_unhandled_exception_is_logged_with_its_traceback(tmp_path):
    code = """\
import logging
def work(event, context):
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("bad")
"""
    text = called(Handlers(), function(written(tmp_path, app=code)))[1]

    assert text.startswith("[ERROR]\t")
    assert "\tbad\nTraceback (most recent call last):\n" in text
    assert text.endswith("ZeroDivisionError: division by zero\n")
