"""The data-flow diagram: what it shows of a project, and what runs say of it."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.dataflow.actions import action_of, verbs_of
from simulator.dataflow.confirmation import judge, observe_all
from simulator.dataflow.drawing import drawn
from simulator.dataflow.observation import Observed
from simulator.dataflow.reading import data_flow
from simulator.diagrams.svg import draw_flow_svg
from simulator.errors import SourceError, UsageError
from simulator.project.project import Project
from simulator.scenarios.discovery import load
from simulator.scenarios.vocabulary import load_vocabulary

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def observed(root, *paths):
    project = Project.load(root)
    flows = data_flow(project)
    vocabulary = load_vocabulary(root, root / "words")
    scenarios = load(root, paths, vocabulary)
    found = Observed()
    for _, one in observe_all(project, scenarios, vocabulary, flows):
        found += one
    return flows, found


def change(root, old, new):
    path = root / "pyproject.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def wrong(root, *paths):
    return [(one.subject, one.said) for one in judge(*observed(root, *paths)) if not one.is_good]


def test_every_flow_that_template_and_definitions_declare_or_allow(shop):
    flows = data_flow(Project.load(shop))
    assert {flows.named(flow): (flow.ways, flow.card) for flow in flows.flows} == {
        "callers calls POST /orders": (("API ServerlessRestApi",), True),
        "POST /orders invokes Take": (("API ServerlessRestApi",), True),
        "Take writes Cards": (("dynamodb:PutItem",), True),
        "Take calls bank.example.com": (("environment BANK",), True),
        "Take writes Orders": (("sqs:SendMessage",), False),
        "Take reads and writes ses": (("ses:*",), False),
        "Orders triggers Ship": (("event source mapping",), False),
        "Orders writes Lost": (("RedrivePolicy",), False),
        "ShipOften triggers Ship": (("rate(1 hour)",), False),
        "Ship reads Cards": (("dynamodb:Get*",), False),
        "Ship invokes Pack": (("states:StartExecution",), False),
        "default bus triggers PackPacked": (("event pattern",), False),
        "PackPacked triggers Pack": (("target",), False),
        "Pack writes Lost": (("sqs:SendMessage",), False),
    }
    outside = {node.name for node in flows.nodes if not node.account}
    assert outside == {"callers", "bank.example.com"}
    assert {node.name for node in flows.nodes if node.card} == {
        "POST /orders", "Take", "Cards", "bank.example.com",
    }  # fmt: skip


def test_a_usual_run_confirms_every_flow_of_card_data(shop):
    flows, found = observed(shop)
    judged = list(judge(flows, found))
    assert [one for one in judged if not one.is_good] == []
    assert {one.subject: one.said for one in judged if one.card} == {
        "callers calls POST /orders": "carries card data; usual: secret 41…11",
        "POST /orders invokes Take": "carries card data; usual: secret 41…11",
        "Take calls bank.example.com": "carries card data; usual: secret 41…11",
        "Take writes Cards": "carries card data; usual: an encrypted value of a card table",
    }
    said = {one.subject: one.said for one in judged}
    assert said["Ship invokes Pack"] == "carries no card data"
    assert said["Pack writes Lost"] == "carries no card data"
    assert said["Ship reads Cards"] == "no run takes this way"


def test_card_data_on_a_flow_that_is_declared_clean_is_a_contradiction(shop):
    declared = "is declared to carry no card data"
    assert wrong(shop, "more/notes.json") == [
        ("Orders triggers Ship", f"{declared}; notes: secret 41…11"),
        ("Pack writes Lost", f"{declared}; notes: secret 41…11"),
        ("Ship invokes Pack", f"{declared}; notes: secret 41…11"),
        ("Take writes Orders", f"{declared}; notes: secret 41…11"),
    ]


def test_what_a_scenario_plants_is_not_the_projects_but_where_it_goes_is(shop):
    declared = "is declared to carry no card data"
    assert [one for one in wrong(shop, "more/planted.json") if "no run" not in one[1]] == [
        ("Pack writes Lost", f"{declared}; planted: secret 41…11"),
        ("Ship invokes Pack", f"{declared}; planted: secret 41…11"),
    ]


def test_what_the_project_refuses_at_its_door_is_no_flow_of_its_own(shop):
    change(shop, '"POST /orders", ', "")
    declared = "is declared to carry no card data"
    taken = [one for one in wrong(shop, "tests/scenarios/usual.json") if declared in one[1]]
    assert taken == [
        ("POST /orders invokes Take", f"{declared}; usual: secret 41…11"),
        ("callers calls POST /orders", f"{declared}; usual: secret 41…11"),
    ]
    assert [one for one in wrong(shop, "more/refused.json") if declared in one[1]] == []


def test_encrypted_card_data_is_recognised_when_it_is_read(shop):
    assert wrong(shop, "more/looks.json") == [
        (
            "Ship reads Cards",
            "is declared to carry no card data; looks: an encrypted value of a card table",
        )
    ]


def test_a_flow_that_the_diagram_lacks_is_a_contradiction(shop):
    assert wrong(shop, "more/strays.json") == [
        ("123456789012/Take → 123456789012/service sns", "is not in the diagram, and runs: strays")
    ]


def test_a_flow_declared_to_carry_card_data_that_nothing_shows_is_a_contradiction(shop):
    change(shop, '"Take", ', '"Take", "Orders", ')
    assert wrong(shop) == [
        ("Take writes Orders", "is declared to carry card data, and no run shows it")
    ]


def test_a_scenario_that_does_not_pass_confirms_nothing(shop):
    (shop / "words" / "__init__.py").write_text("def register(vocabulary): pass\n")
    with pytest.raises(UsageError, match="scenario usual does not pass, so it confirms nothing: "):
        observed(shop)


def test_what_card_data_names_must_be_there(shop):
    change(shop, "Cards", "Crads")
    with pytest.raises(SourceError) as caught:
        data_flow(Project.load(shop))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.hint) == (
        "PRJ041",
        "card_data names 'Crads', and no data flows there",
        "did you mean 'Cards'?",
    )


def test_the_picture_marks_card_data_and_borders(shop):
    text = draw_flow_svg(data_flow(Project.load(shop)), title="Shop")
    root = ET.fromstring(text)
    groups = [(g.get("class"), g.findtext(f"{SVG}title")) for g in root.iter(f"{SVG}g")]
    cards = [title for kind, title in groups if kind == "arrow card" and title]
    assert "Take writes Cards: card data\ndynamodb:PutItem" in cards
    assert len(cards) == 4
    assert ("arrow clean", "Ship reads Cards: no card data\ndynamodb:Get*") in groups
    frames = [t.text for t in root.iter(f"{SVG}text") if t.get("class") == "frame-title"]
    assert frames == ["account 123456789012"]
    assert draw_flow_svg(data_flow(Project.load(shop)), title="Shop") == text


def test_only_what_card_data_gets_to_and_its_neighbours(shop, simulator):
    flows = data_flow(Project.load(shop)).near_card_data()
    assert sorted(node.name for node in flows.nodes) == [
        "Cards", "Orders", "POST /orders", "Ship", "Take", "bank.example.com", "callers", "ses",
    ]  # fmt: skip
    assert [flows.named(flow) for flow in flows.flows if not flow.card] == [
        "Ship reads Cards",
        "Take writes Orders",
        "Take reads and writes ses",
    ]
    _, mermaid, _ = simulator("draw", "--data-flow", "--card-data")
    assert mermaid.count("-->") + mermaid.count("==>") == len(flows.flows)


def test_an_arrow_has_its_head_where_data_arrives(shop):
    text = draw_flow_svg(data_flow(Project.load(shop)))
    heads = {
        g.findtext(f"{SVG}title").partition(":")[0]: len(
            [p for p in g.iter(f"{SVG}path") if p.get("class") == "head"]
        )
        for g in ET.fromstring(text).iter(f"{SVG}g")
        if (g.get("class") or "").startswith("arrow") and g.findtext(f"{SVG}title")
    }
    assert heads["Take reads and writes ses"] == 2
    assert heads["Ship reads Cards"] == heads["Take writes Cards"] == 1


@pytest.mark.parametrize(
    ("action", "verbs"),
    [
        ("dynamodb:GetItem", ("reads",)),
        ("dynamodb:UpdateItem", ("writes",)),
        ("dynamodb:*", ("reads", "writes")),
        ("*", ("reads", "writes")),
        ("sqs:DeleteMessage", ()),
        ("logs:*", ()),
        ("kms:GenerateMac", ("writes",)),
        ("kms:GenerateDataKey", ("reads",)),
        ("access-analyzer:GetFinding", ("reads",)),
        ("lambda:InvokeFunction", ("invokes",)),
        ("states:StartSyncExecution", ("invokes",)),
        ("states:SendTaskSuccess", ("writes",)),
    ],
)
def test_what_actions_do(action, verbs):
    assert verbs_of(action) == verbs


def test_actions_have_one_name():
    assert action_of("stepfunctions", "startExecution") == "states:StartExecution"
    assert action_of("apigatewaymanagementapi", "PostToConnection") == (
        "execute-api:PostToConnection"
    )


def test_the_command_draws_checks_and_confirms(shop, simulator):
    assert simulator("draw", "--data-flow", "--output", "flow.svg") == (0, "", "")
    check = ("draw", "--data-flow", "--output", "flow.svg", "--check")
    assert simulator(*check, "--confirm", "tests/scenarios") == (
        0,
        "",
        "14 flows, 4 of them declared to carry card data; 8 seen in 1 scenarios, 0 contradicted\n",
    )
    code, _, told = simulator(*check, "--confirm", "more/looks.json")
    assert (code, told.splitlines()[0]) == (
        1,
        "Ship reads Cards: is declared to carry no card data; looks: an encrypted value of a card"
        " table",
    )
    (shop / "flow.svg").write_text("old", encoding="utf-8")
    assert simulator(*check)[0] == 1


def test_paths_to_confirm_start_at_the_current_folder(shop, simulator, monkeypatch):
    monkeypatch.chdir(shop / "more")
    options = ("--project", "..", "--output", "flow.svg", "--confirm")
    code, _, told = simulator("draw", "--data-flow", *options, "../tests/scenarios/usual.json")
    assert (code, told.rpartition("; ")[2]) == (0, "8 seen in 1 scenarios, 0 contradicted\n")


@pytest.mark.usefixtures("shop")
def test_the_other_formats(simulator):
    _, mermaid, _ = simulator("draw", "--data-flow")
    assert mermaid.startswith('---\ntitle: "Data flow of shop"\n---\nflowchart LR\n')
    numbers = dict(re.findall(r'(n\d+)\["([^<]+)<br/>', mermaid))
    arrows = [
        f"{numbers[one]} {arrow} {numbers[other]}"
        for one, arrow, other in re.findall(r"(n\d+) (\S+) (n\d+)\n", mermaid)
    ]
    assert len(arrows) == 14
    assert "Take ==>|CHD| Cards" in arrows
    assert "Cards --> Ship" in arrows
    assert "Take <--> ses" in arrows
    _, dot, _ = simulator("draw", "--data-flow", "--format", "dot")
    assert "rankdir=LR" in dot
    assert 'label="CHD", style=bold' in dot


@pytest.mark.parametrize(
    "arguments",
    [
        ("draw", "Pack", "--data-flow"),
        ("draw", "--confirm", "tests/scenarios"),
        ("draw", "--card-data"),
        ("draw", "Pack", "--format", "png"),
        ("draw", "Pack", "--output", "pack.PNG"),
    ],
)
def test_what_is_refused(shop, simulator, arguments):
    code, _, told = simulator(*arguments)
    assert code == 2
    if "png" in arguments[-1].lower():
        assert "chromium --headless --screenshot=FILE.png FILE.svg" in told
        assert not (shop / "pack.PNG").exists()


def test_our_own_flows_of_card_data():
    """The list that an assessor reads (PCI DSS 1.2.4); whatever changes it is a change of scope."""
    flows = data_flow(Project.load(ROOT))
    assert [flows.named(flow) for flow in flows.flows if flow.card] == [
        "AuthorizePayment reads CardCache",
        "AuthorizePayment reads SadCache",
        "AuthorizePayment calls provider.example.com",
        "TokenizeCard writes CardCache",
        "TokenizeCard writes FingerprintKey",
        "TokenizeCard writes SadCache",
        "POST /payments invokes TokenizeCard",
        "callers calls POST /payments",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        ["P01"],
        # A card that is only asked after; a poison message; a key of KMS that is remediated.
        ["P01", "B09", "B25", "A23"],
    ],
)
def test_runs_confirm_our_own_flows_of_card_data(names):
    project = Project.load(ROOT)
    flows = data_flow(project)
    vocabulary = load_vocabulary(ROOT, ROOT / "tests" / "vocabulary")
    scenarios = load(ROOT, [f"tests/scenarios/{name}*.json" for name in names], vocabulary)
    found = Observed()
    for _, one in observe_all(project, scenarios, vocabulary, flows):
        found += one
    assert [one for one in judge(flows, found) if not one.is_good] == []


def test_the_committed_diagram_is_current():
    project = Project.load(ROOT)
    kept = (ROOT / "docs" / "data-flow.svg").read_text(encoding="utf-8")
    assert drawn(project, data_flow(project), "svg") == kept
