"""What is found in files and folders: recordings of every kind, and what is wrong with files."""

import json

import pytest

from simulator.verify.cases import find

RECORDING = {
    "id": "area/one",
    "area": "area",
    "kind": "execution",
    "type": "STANDARD",
    "clock": "2025-01-01T00:00:00Z",
    "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:m:e",
    "execution_name": "e",
    "state_machine_arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
    "definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}},
    "replay": {"mode": "full"},
    "expected": {"status": "SUCCEEDED", "output": {}},
}


@pytest.fixture
def put(tmp_path):
    def write(name, value):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return write


def test_recordings_come_in_the_order_of_their_ids(put, tmp_path):
    put("b/second.json", {**RECORDING, "id": "a/1"})
    put("a/first.json", {**RECORDING, "id": "b/2"})
    put("a/api.json", {"id": "c/3", "kind": "api"})
    found = find([tmp_path])
    assert [(case.id, case.area, case.kind) for case in found.cases] == [
        ("a/1", "area", "execution"),
        ("b/2", "area", "execution"),
        ("c/3", "a", "api"),
    ]
    assert (found.problems, found.others) == ([], [])


def test_a_recording_without_id_has_its_place(put, tmp_path):
    put("area/one.json", {key: value for key, value in RECORDING.items() if key != "id"})
    assert [case.id for case in find([tmp_path]).cases] == ["area/one"]


def test_other_files_of_a_folder_are_no_problem_but_a_named_one_is(put, tmp_path):
    path = put("workflow.asl.json", {"StartAt": "A", "States": {}})
    found = find([tmp_path])
    assert (found.cases, found.problems, found.others) == ([], [], [path])
    [problem] = find([path]).problems
    assert str(problem) == (
        f"{path}: VER002: this is neither a recording nor an export of the AWS CLI; save the output"
        " of `aws stepfunctions get-execution-history` as NAME.history.json"
    )


def test_a_broken_file_does_not_hide_the_others(put, tmp_path):
    broken = put("broken.json", '{"kind": "execution",\n "id": }')
    put("fine.json", RECORDING)
    found = find([tmp_path])
    assert [case.id for case in found.cases] == ["area/one"]
    [problem] = found.problems
    assert str(problem).startswith(f"{broken}:2:8: VER001: the file is not JSON: ")


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "binary.json"
    path.write_bytes(b"\xff\xfe\x00")
    [problem] = find([path]).problems
    assert problem.code == "VER001"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "video"}, "a recording's kind cannot be 'video'; it may be api, execution,"),
        ({"expected": None}, "the recording lacks expected, as an object"),
        ({"definition": None}, "the recording lacks definition"),
        ({"clock": ...}, "the recording lacks clock"),
    ],
)
def test_a_recording_that_cannot_be_replayed_is_told(put, change, message):
    value = {**RECORDING, **change}
    path = put("one.json", {key: item for key, item in value.items() if item is not ...})
    [problem] = find([path]).problems
    assert problem.code == "VER003"
    assert problem.message.startswith(message)


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "a/../../x"])
def test_an_id_stays_in_the_folder_of_dumps(put, name):
    [problem] = find([put("one.json", {**RECORDING, "id": name})]).problems
    assert problem.code == "VER004"


def test_an_id_is_there_once(put, tmp_path):
    put("a.json", RECORDING)
    path = put("b.json", RECORDING)
    found = find([tmp_path])
    assert len(found.cases) == 1
    [problem] = found.problems
    assert problem.location.path == path


def test_a_file_named_twice_is_one_case(put, tmp_path):
    path = put("a.json", RECORDING)
    found = find([path, tmp_path])
    assert (len(found.cases), found.problems) == (1, [])
