"""Lets the SAM transform see S3 where a template names local files and folders."""

from __future__ import annotations

import copy
from typing import Any

from simulator.project.types import SERVERLESS_PREFIX
from simulator.values import Json

_BUCKET = "simulator-local-files"
_INLINE = "simulator-inline-definition"
_FUNCTION = f"{SERVERLESS_PREFIX}Function"
# Properties that name a local file or folder, which the transform wants to be in S3.
_LOCAL = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
}


class LocalFiles:
    """Swaps local paths for S3 locations before the transform, and back after it."""

    def __init__(self) -> None:
        self._values: list[Json] = []

    def hide(self, body: dict[str, Any]) -> None:
        """Changes `body`, a whole template, in place."""
        sections = body.get("Globals")
        shared: set[str] = set()
        for kind, settings in sections.items() if isinstance(sections, dict) else ():
            key = _LOCAL.get(f"{SERVERLESS_PREFIX}{kind}")
            if key and isinstance(settings, dict):
                self._swap(settings, key)
                shared |= {f"{kind}/{name}" for name in settings}
        resources = body.get("Resources")
        for resource in resources.values() if isinstance(resources, dict) else ():
            if not isinstance(resource, dict):
                continue
            properties = resource.setdefault("Properties", {})
            key = _LOCAL.get(str(resource.get("Type")))
            if key and isinstance(properties, dict):
                self._swap(properties, key)
                if properties.get("PackageType") == "Image":
                    # AWS SAM CLI: `sam build` makes the image and fills this in (docs).
                    properties.setdefault("ImageUri", "local.example/image:latest")
                elif (
                    resource.get("Type") == _FUNCTION
                    and "Function/CodeUri" not in shared
                    and not {"CodeUri", "InlineCode", "ImageUri"} & set(properties)
                ):
                    # AWS SAM CLI: the code is then the template's folder.
                    properties[key] = self._placeholder(".")
                # AWS SAM: inline definitions become a joined text; ours keeps its places.
                if key == "DefinitionUri" and isinstance(properties.get("Definition"), dict):
                    inline = properties.pop("Definition")
                    properties[key] = self._placeholder({_INLINE: inline})
                    # The transform renames what it generates in every section, so in this too.
                    body.setdefault(_INLINE, {})[str(len(self._values) - 1)] = inline

    def _swap(self, properties: dict[str, Json], key: str) -> None:
        value = properties.get(key)
        if isinstance(value, str) and not value.startswith("s3://"):
            properties[key] = self._placeholder(value)

    def _placeholder(self, value: Json) -> str:
        self._values.append(value)
        return f"s3://{_BUCKET}/{len(self._values) - 1}"

    def show(self, body: dict[str, Any]) -> dict[str, Any]:
        """The transformed template, with the local paths and the definitions in it again."""
        for number, inline in body.get(_INLINE, {}).items():
            self._values[int(number)] = {_INLINE: inline}
        shown: dict[str, Any] = self._shown(
            {name: section for name, section in body.items() if name != _INLINE}
        )
        return shown

    def _shown(self, value: Any) -> Any:
        if isinstance(value, dict):
            bucket = value.get("S3Bucket", value.get("Bucket"))
            key = value.get("S3Key", value.get("Key"))
            if bucket == _BUCKET and key is not None:
                return copy.deepcopy(self._values[int(key)])
            shown = {name: self._shown(item) for name, item in value.items()}
            location = shown.get("DefinitionS3Location")
            if isinstance(location, dict) and _INLINE in location:
                del shown["DefinitionS3Location"]
                shown["Definition"] = location[_INLINE]
            return shown
        return [self._shown(item) for item in value] if isinstance(value, list) else value
