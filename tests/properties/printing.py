"""A StateMachine as a definition again: shows that the model has all that was written."""

from simulator.asl.model import Choice, Fail, Map, Parallel, Pass, StateMachine, Succeed, Task, Wait

SELECTED = {"JSONPath": "Parameters", "JSONata": "Arguments"}


def printed(machine: StateMachine):
    made = graph(machine.graph, machine.query_language)
    made["QueryLanguage"] = machine.query_language
    return made | some(TimeoutSeconds=machine.timeout_seconds)


def some(**fields):
    """Fields that are not None; expressions as they were written."""
    return {
        name: getattr(value, "source", value)
        for name, value in fields.items()
        if value is not None
    }  # fmt: skip


def graph(made, language):
    states = {name: state(item, language) for name, item in made.states.items()}
    return {"StartAt": made.start_at, "States": states} | some(Comment=made.comment)


def state(item, language):
    data = item.data
    made = {"Type": type(item).__name__} | some(Comment=item.comment)
    if data.query_language != language:
        made["QueryLanguage"] = data.query_language
    made |= flow(item, data)
    if not isinstance(item, Choice | Succeed | Fail):
        made |= {"End": True} if item.next is None else {"Next": item.next}
    if isinstance(item, Task | Parallel | Map):
        made |= handlers(item, data)
    return made | own(item, language)


def flow(item, data):
    made = some(
        InputPath=data.input_path, OutputPath=data.output_path, Output=data.output,
        Assign=data.assign, ResultSelector=data.result_selector,
        **{SELECTED[data.query_language]: data.arguments},
    )  # fmt: skip
    if data.query_language == "JSONPath" and isinstance(item, Pass | Task | Parallel | Map):
        made["ResultPath"] = None if data.result_path is None else data.result_path.text
    return made


def handlers(item, data):
    made = {}
    if item.retriers:
        made["Retry"] = [retrier(one) for one in item.retriers]
    if item.catchers:
        made["Catch"] = [catcher(one, data.query_language) for one in item.catchers]
    return made


def retrier(one):
    return {
        "ErrorEquals": list(one.error_equals),
        "IntervalSeconds": one.interval_seconds,
        "MaxAttempts": one.max_attempts,
        "BackoffRate": one.backoff_rate,
        "JitterStrategy": "FULL" if one.jitter else "NONE",
    } | some(MaxDelaySeconds=one.max_delay_seconds)


def catcher(one, language):
    made = {"ErrorEquals": list(one.error_equals), "Next": one.next}
    if language == "JSONPath":
        made["ResultPath"] = None if one.result_path is None else one.result_path.text
    return made | some(Output=one.output, Assign=one.assign)


def own(item, language):
    match item:
        case Pass():
            return some(Result=item.result)
        case Task():
            return some(
                Resource=item.resource, Credentials=item.credentials,
                **{item.timeout_field: item.timeout, item.heartbeat_field: item.heartbeat},
            )  # fmt: skip
        case Wait():
            return some(**{item.field: item.delay})
        case Choice():
            return {"Choices": [rule.source for rule in item.rules]} | some(Default=item.default)
        case Fail():
            return some(**{item.error_field: item.error, item.cause_field: item.cause})
        case Parallel():
            return {"Branches": [graph(branch, language) for branch in item.branches]}
        case Map():
            return a_map(item, language)
    return {}


def a_map(item, language):
    items = "ItemsPath" if item.data.query_language == "JSONPath" else "Items"
    processor = graph(item.processor, language)
    processor["ProcessorConfig"] = {"Mode": item.mode}
    return {"ItemProcessor": processor} | some(
        ItemSelector=item.item_selector,
        **{items: item.items, item.max_concurrency_field: item.max_concurrency},
    )
