"""EXPLANATIONS: what every problem code of a project means, for `check --explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXPLANATIONS: Final[Mapping[str, str]] = {
    "PRJ001": "There is no template, or it cannot be read. Looked for are template.yaml, "
    "template.yml and template.json, unless [tool.simulator] or --template names another.",
    "PRJ002": "The template is not YAML or JSON that CloudFormation reads. The place is where reading "
    "stopped.",
    "PRJ003": "CloudFormation has no such short tag; an intrinsic function is written !Name or Fn::Name.",
    "PRJ004": "A key stands twice in one mapping; readers keep the last and lose the first. "
    "CloudFormation itself may refuse it.",
    "PRJ005": "A section or a resource of the template has not the form that CloudFormation wants.",
    "PRJ006": "The template needs, or names, a transform that is missing or not supported.",
    "PRJ007": "The SAM transform failed with an error of its own, mostly on a value of a wrong type.",
    "PRJ008": "The SAM transform refuses the template; `sam validate` and `sam deploy` would, too.",
    "PRJ009": "AWS::Include names a local file, beside the template, that does not exist.",
    "PRJ012": "A parameter has neither a default nor a value. Values stand below "
    "[tool.simulator.parameters] or in samconfig.toml.",
    "PRJ013": "The value of a parameter is not what the template allows.",
    "PRJ014": "A value is given for a parameter that the template does not have.",
    "PRJ015": "The value is kept in Parameter Store, which is not asked; a placeholder stands in.",
    "PRJ020": "Something is referred to that does not exist, or a function cannot be computed.",
    "PRJ021": "Fn::GetAtt or Fn::Sub asks for an attribute that this resource type does not have.",
    "PRJ022": "A condition does not exist, cannot be decided, or leaves out a resource that is needed.",
    "PRJ023": "Values or resources need each other in a circle.",
    "PRJ024": "This intrinsic function is unknown, or not supported because it looks elsewhere: "
    "another stack, a file in S3, a macro.",
    "PRJ025": "{{resolve:...}} is not looked up; the text stays as it is written.",
    "PRJ026": "The attributes of this resource type are not known; a made-up text stands in.",
    "PRJ027": "The resource type is not known: nothing stands in for it, and Ref gives a made-up name.",
    "PRJ040": "The settings or samconfig file cannot be read.",
    "PRJ041": "A setting of [tool.simulator] is unknown or has a wrong value.",
    "PRJ042": "samconfig.toml has no such environment, or its parameter overrides cannot be read.",
    "PRJ050": "A state machine has exactly one definition: DefinitionUri, Definition, DefinitionString.",
    "PRJ051": "The definition lies in S3, which is not asked; name the local file.",
    "PRJ052": "The file with the definition cannot be read.",
    "PRJ053": "The rendered definition is not what its template renders to: run `simulator build`.",
    "PRJ054": "The parameters of the definition templates cannot be used.",
    "PRJ055": "The type of a state machine is STANDARD or EXPRESS.",
    "PRJ056": "The definition uses ${Name}, and DefinitionSubstitutions has no such name.",
    "PRJ057": "DefinitionSubstitutions gives a value that the definition does not use.",
    "PRJ058": "An alias needs versions that this template publishes, with weights that sum up to 100.",
    "PRJ059": "The service refuses this LoggingConfiguration: a level other than OFF needs exactly one "
    "log group.",
    "PRJ060": "A handler is written module.function, with folders before the module.",
    "PRJ061": "The folder with the function's code does not exist.",
    "PRJ062": "A property of a function has a wrong value.",
    "PRJ063": "The function cannot run here: only Python code in a local folder does. Its tasks need "
    "scripted results.",
    "PRJ064": "The function's module cannot be imported; the place in its code stands in the message.",
    "PRJ065": "A layer cannot be read here: only local folders of the template's own layers are.",
    "PRJ070": "A rule needs a pattern or a schedule.",
    "PRJ071": "An event pattern, a filter policy or a filter is not one that the service accepts.",
    "PRJ072": "A target parameter has no effect here.",
    "PRJ073": "The input of a target is not what the service accepts: JSON, a path, or a transformer "
    "whose template gives JSON.",
    "PRJ074": "A schedule is rate(...), cron(...) with six fields, or at(...) for Scheduler only; its "
    "time zone is one of the tz database.",
    "PRJ075": "Nothing polls this event source, or delivers its events, here: it invokes nobody.",
    "PRJ076": "A target, source or dead letter queue does not exist in the template.",
    "PRJ077": "Nothing stands in for this target; it receives nothing.",
    "PRJ080": "This API or route is not read; requests to it are not answered.",
    "PRJ090": "A nested application or stack is left out: nothing of it exists here. Its outputs have "
    "the values given below [tool.simulator.attributes].",
    "PRJ091": "Nothing stands in for this resource; calls to it fail unless they are emulated.",
    "PRJ120": "A policy of the template lets somebody outside the zone of trust in: the account of the "
    "project, those named by --trust, and the organisation. A Deny beside it is not counted.",
    "PRJ092": "The resource type has no such property: CloudFormation refuses it, and here it has no "
    "effect.",
}
