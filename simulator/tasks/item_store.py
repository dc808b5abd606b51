"""S3ItemStore: the datasets and result files of distributed Maps, in the S3 stand-in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from simulator.aws import naming
from simulator.aws.cloud import Cloud
from simulator.engine.behaviour import CURRENT, Behaviour
from simulator.engine.map_results import FILES, chunks, manifest, transformed
from simulator.engine.ports import Failure, Item, ReadItems, WriteResults
from simulator.errors import UsageError
from simulator.tasks.decoders import Record, decompressed, parsed, records, text_of
from simulator.tasks.unreadable import Unreadable
from simulator.values import Json, compact

FILE_BYTES: Final = 5 * 1024**3  # docs: a result file's largest size
READ_FAILED: Final = "States.ItemReaderFailed"
WRITE_FAILED: Final = "States.ResultWriterFailed"
_GET: Final = "getObject"
_LIST: Final = "listObjectsV2"
_PUT: Final = "putObject"


@dataclass(frozen=True, slots=True)
class _Object:
    """An S3 object to be read; `parameters` are getObject's, which checks what is missing."""

    parameters: Mapping[str, Any]

    @property
    def bucket(self) -> str:
        return str(self.parameters.get("Bucket", ""))

    @property
    def key(self) -> str:
        return str(self.parameters.get("Key", ""))

    @property
    def source(self) -> str:
        return f"S3://{self.bucket}/{self.key}"  # docs


class S3ItemStore:
    """An ItemStore. What S3 refuses, and what cannot be decoded, is the workflow's failure.

    Raises UsageError for a Resource that is no reader or writer, and when an optional library for
    Parquet or Zstandard is missing. `file_bytes` is the largest size of a result file.
    """

    def __init__(
        self, cloud: Cloud, behaviour: Behaviour = CURRENT, *, file_bytes: int = FILE_BYTES
    ) -> None:
        self._cloud = cloud
        self._behaviour = behaviour
        self._file_bytes = file_bytes

    # -- reading --------------------------------------------------------------------------------

    def read(self, request: ReadItems) -> Sequence[Item] | Failure:
        action = _action(request.resource, (_GET, _LIST))
        try:
            with self._cloud.calling(request.state), _refusals(request):
                parameters = _parameters(action, request.parameters)
                found = self._items(action, parameters, request.config)
                items = list(islice(found, request.limit))
        except Unreadable as error:
            return Failure(READ_FAILED, str(error))
        if not items and action == _GET and _has_header(request.config):
            # A header without rows is an error (reported by users of the service; text a guess).
            return Failure(READ_FAILED, "The CSV file contains only CSV headers.")
        return items

    def _items(
        self, action: str, parameters: dict[str, Any], config: Mapping[str, Json]
    ) -> Iterator[Item]:
        if action == _LIST:
            listed = self._listed(parameters)
            if config.get("Transformation") != "LOAD_AND_FLATTEN":
                bucket = f"S3://{parameters.get('Bucket')}"
                return (Item(_described(entry), None, bucket) for entry in listed)
            objects = (_member(parameters, entry) for entry in listed if not _is_folder(entry))
            return self._loaded(objects, config)
        given = _Object(parameters)
        if config.get("InputType") == "PARQUET" and "VersionId" in parameters:
            raise Unreadable("VersionId is not supported for the InputType PARQUET.")
        if config.get("ManifestType") == "ATHENA_DATA":
            return self._loaded(self._athena(given), config)
        if config.get("InputType") == "MANIFEST" or config.get("ManifestType") == "S3_INVENTORY":
            return self._inventory(given)
        return self._loaded(iter([given]), config)

    def _listed(self, parameters: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Pages follow each other as long as somebody reads."""
        self._check_owner(parameters)
        pages = self._cloud.client("s3").get_paginator("list_objects_v2").paginate(**parameters)
        for page in pages:
            yield from page.get("Contents", ())

    def _loaded(self, objects: Iterator[_Object], config: Mapping[str, Json]) -> Iterator[Item]:
        for given in objects:
            source = given.source
            for record in self._records(given, config):
                yield Item(record.value, record.key, source)

    def _records(self, given: _Object, config: Mapping[str, Json]) -> Iterator[Record]:
        over = self._behaviour.map_over_objects
        return records(self._bytes(given), config, objects=over)

    def _bytes(self, given: _Object) -> bytes:
        self._check_owner(given.parameters)
        answer = self._cloud.client("s3").get_object(**given.parameters)
        return decompressed(answer["Body"].read(), given.key)

    def _check_owner(self, parameters: Mapping[str, Any]) -> None:
        """The stand-in does not look at it; every bucket of a world belongs to its account."""
        owner = parameters.get("ExpectedBucketOwner")
        if owner is not None and owner != self._cloud.account:
            raise Unreadable("Access Denied (Service: S3, Status Code: 403)")

    def _inventory(self, given: _Object) -> Iterator[Item]:
        """The rows of the files that an S3 Inventory's manifest.json lists."""
        found = parsed(text_of(self._bytes(given)), "manifest")
        files = found.get("files") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(files, list):
            raise Unreadable("The manifest is not the manifest.json of an S3 inventory.")
        if found.get("fileFormat") != "CSV":
            raise Unreadable(
                f"The inventory's format is {found.get('fileFormat')}; only CSV is supported."
            )
        headers: list[Json] = [name.strip() for name in str(found.get("fileSchema")).split(",")]
        config: dict[str, Json] = {
            "InputType": "CSV",
            "CSVHeaderLocation": "GIVEN",
            "CSVHeaders": headers,
        }
        bucket = str(found.get("destinationBucket")).rpartition(":")[2] or given.bucket
        objects = (
            _Object({"Bucket": bucket, "Key": file["key"]})
            for file in files
            if isinstance(file, dict) and "key" in file
        )
        yield from self._loaded(objects, config)

    def _athena(self, given: _Object) -> Iterator[_Object]:
        """The data files of an UNLOAD, as its manifest lists them: one S3 URI a line."""
        for line in text_of(self._bytes(given)).splitlines():
            uri = line.strip().strip('"')
            scheme, _, place = uri.partition("://")
            bucket, _, key = place.partition("/")
            if not uri:
                continue
            if scheme.lower() != "s3" or not key:
                raise Unreadable(f"The manifest's line '{uri}' is not the URI of an S3 object.")
            yield _Object({"Bucket": bucket, "Key": key})

    # -- writing --------------------------------------------------------------------------------

    def write(self, request: WriteResults) -> dict[str, Json] | Failure:
        action = _action(request.resource, (_PUT,))
        try:
            with self._cloud.calling(request.state), _refusals(request):
                parameters = _parameters(action, _without(request.parameters, "Prefix"))
                return self._write(request, parameters)
        except Unreadable as error:
            return Failure(WRITE_FAILED, str(error))

    def _write(self, request: WriteResults, parameters: dict[str, Any]) -> dict[str, Json]:
        given = request.parameters
        prefix = str(given.get("Prefix") or "") if isinstance(given, dict) else ""
        folder = "/".join(
            part for part in (prefix.rstrip("/"), request.map_run.rpartition(":")[2]) if part
        )
        output_type = str(request.config.get("OutputType") or "JSON")
        transformation = str(request.config.get("Transformation") or "NONE")
        ending = "jsonl" if output_type == "JSONL" else "json"
        files: dict[str, list[tuple[str, int]]] = {}
        for kind, statuses in FILES.items():
            chosen = (record for record in request.records if record.get("Status") in statuses)
            values = transformed(chosen, transformation)
            texts = chunks(values, output_type, self._file_bytes)
            files[kind] = [
                self._put(parameters, f"{folder}/{kind}_{number}.{ending}", text)
                for number, text in enumerate(texts)
            ]
        bucket = str(parameters.get("Bucket"))
        key = f"{folder}/manifest.json"
        self._put(parameters, key, compact(manifest(bucket, request.map_run, files)))
        return {"Bucket": bucket, "Key": key}

    def _put(self, parameters: dict[str, Any], key: str, text: str) -> tuple[str, int]:
        self._check_owner(parameters)
        body = text.encode("utf-8", "surrogatepass")
        self._cloud.client("s3").put_object(**parameters, Key=key, Body=body)
        return key, len(body)


def _action(resource: str, known: Sequence[str]) -> str:
    """UsageError for a resource that nobody reads from or writes to."""
    head, _, action = resource.rpartition(":")
    if head.endswith(":states:::s3") and action in known:
        return action
    raise UsageError(f"a distributed Map has no {resource}; it has s3:{', s3:'.join(known)}")


def _parameters(action: str, given: Json) -> dict[str, Any]:
    try:
        return naming.to_parameters(naming.operation("s3", action), given)
    except naming.BadParameters as error:
        raise Unreadable(f"The parameters of s3:{action} cannot be used: {error}") from None


def _without(given: Json, name: str) -> Json:
    if not isinstance(given, dict):
        return given
    return {key: value for key, value in given.items() if key != name}


def _has_header(config: Mapping[str, Json]) -> bool:
    if config.get("InputType") != "CSV" or "ManifestType" in config:
        return False
    return config.get("CSVHeaderLocation") != "GIVEN"


def _described(entry: Mapping[str, Any]) -> dict[str, Json]:
    """An object's description as an item (recorded): Etag with its quotes, time in seconds."""
    return {
        "Etag": entry["ETag"],
        "Key": entry["Key"],
        "LastModified": int(entry["LastModified"].timestamp()),
        "Size": entry["Size"],
        "StorageClass": entry["StorageClass"],
    }


def _is_folder(entry: Mapping[str, Any]) -> bool:
    """The console makes folders as empty objects: they have no items (guess)."""
    return entry["Size"] == 0 and str(entry["Key"]).endswith("/")


def _member(listing: Mapping[str, Any], entry: Mapping[str, Any]) -> _Object:
    kept = {name: listing[name] for name in ("Bucket", "ExpectedBucketOwner") if name in listing}
    return _Object({**kept, "Key": entry["Key"]})


@contextmanager
def _refusals(request: ReadItems | WriteResults) -> Iterator[None]:
    """What S3 refuses becomes Unreadable, with its message as the SDK writes it (guess)."""
    try:
        yield
    except Exception as error:
        response = getattr(error, "response", None)
        if response is None:
            if naming.is_bad_parameters(error):
                raise Unreadable(str(error)) from None
            raise
        message = response.get("Error", {}).get("Message", "")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        seed = f"{request.execution}/{request.state}/{request.resource}"
        identity = hashlib.sha256(seed.encode()).hexdigest()[:16].upper()
        cause = f"{message} (Service: S3, Status Code: {status}, Request ID: {identity})"
        raise Unreadable(cause) from None
