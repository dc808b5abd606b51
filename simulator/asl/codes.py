"""EXPLANATIONS: what every problem code of a definition means, for `check --explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXPLANATIONS: Final[Mapping[str, str]] = {
    "ASL001": "The file is neither JSON nor YAML, or its values are nested too deeply. The place is where "
    "reading stopped.",
    "ASL002": "A key stands twice in one object; readers keep the last and lose the first.",
    "ASL003": "A field has a value of the wrong JSON type.",
    "ASL004": "A required field is missing.",
    "ASL005": "The object has no such field. The service refuses what it does not know.",
    "ASL006": "The field belongs to the other query language. A state uses JSONPath fields "
    "(InputPath, Parameters, ResultSelector, ResultPath, OutputPath, ...Path) or JSONata fields "
    "(Arguments, Output), never both.",
    "ASL007": "A transition names a state that does not exist in the same States object. "
    "Transitions cannot enter or leave a branch or an item processor.",
    "ASL008": "Every state but Choice, Succeed and Fail has exactly one of Next and End. "
    '"End": false is as if it were not there.',
    "ASL009": "Type is one of Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail.",
    "ASL010": "A value is outside what the field allows.",
    "ASL011": "Fields exclude each other, or one needs another.",
    "ASL012": "State names have 1 to 80 characters and are unique over the whole definition, "
    "branches and item processors included.",
    "ASL013": "States.ALL stands alone in its ErrorEquals, and in the last retrier or catcher.",
    "ASL014": "A definition in JSONata cannot have states in JSONPath; the other way round is allowed.",
    "ASL015": "The text, array or object is empty and must not be.",
    "ASL016": "A variable's name is wrong, reserved, or already assigned in an enclosing scope.",
    "ASL017": "One of the outermost states must end the workflow: End, Succeed or Fail.",
    "ASL020": "Resource is not an ARN that the service knows.",
    "ASL021": "The integration does not know the pattern after the dot (.sync, .waitForTaskToken).",
    "ASL022": "Express workflows know only request-response tasks.",
    "ASL101": "A path cannot be read. Paths follow the Jayway JsonPath dialect.",
    "ASL102": "A reference path names one place: names and single indexes only.",
    "ASL103": "A payload template is wrong: a key that ends in .$ holds a path or an intrinsic function.",
    "ASL105": "A JSONata expression cannot be compiled, or reads what does not exist in its field.",
    "ASL106": "A choice rule is wrong: And, Or, Not, or Variable with exactly one operator.",
    "ASL201": "No transition leads to this state, and the service refuses what cannot be reached.",
    "ASL202": "A callback task waits until somebody sends its token back, so somebody must be told.",
    "ASL203": "The context object has Task.Token only in tasks that wait for it.",
    "ASL204": "From here no path leads to an end: the execution runs until a limit stops it.",
    "ASL205": "This retrier or catcher can never be chosen: an earlier one takes all its errors "
    "(States.TaskFailed takes every error but time-outs), the state cannot raise them, or the "
    "service has no error of that name.",
    "ASL206": "No state assigns this variable; reading it fails.",
    "ASL207": "In StringMatches a backslash stands before * or another backslash. The service accepts "
    "other ones, and fails the execution when it compares.",
    "ASL208": "A state reads a variable that no path to it has assigned. Variables of a branch or an "
    "iteration end with it, and child executions of a distributed Map see none of the outside.",
    "ASL209": "A path reads what no state before it can have produced, on whatever way the execution "
    "came: the execution fails there. Only what is known for certain is told: literals, templates, "
    "errors caught and the lengths of Parallel results; inputs and task results may hold anything.",
    "ASL210": "A task whose resource is an integration has the field Parameters (Arguments in JSONata), "
    "be it an empty object: the service refuses the definition without it.",
    "ASL301": "The API that a task calls has no such parameter: the service refuses the call. A warning "
    "where only capitals differ, or where nothing like it is known.",
    "ASL302": "A parameter is missing without which the API that a task calls refuses the call.",
    "ASL303": "A parameter's value is of another type than the API that a task calls takes.",
    "ASL304": "The AWS SDK has no such service, or the service no such action. A warning where nothing "
    "like it is known: it may be newer than the models here.",
}
