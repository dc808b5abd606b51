"""Projects of a few resources, whose roles stand beside needs that are written down."""

from __future__ import annotations

import json

import pytest

from simulator.permissions.judge import permissions
from simulator.permissions.settings import declared_by
from simulator.project.project import Project


@pytest.fixture
def judged(tmp_path):
    """judged({logical id: resource}, *needs) → the RoleReport of the role Worker.

    `settings` is the text of [tool.simulator.permissions], `files` further files of the project.
    """

    def judge(resources, *needs, settings="", files=None, whole=False, transform=None):
        body = {"Resources": resources, **({"Transform": transform} if transform else {})}
        (tmp_path / "template.yaml").write_text(json.dumps(body))
        (tmp_path / "simulator.toml").write_text(f"[permissions]\n{settings}")
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        project = Project.load(tmp_path)
        found = permissions(project, declared_by(project), needs)
        if whole:
            return found
        return next(one for one in found.roles if one.name == "Worker")

    return judge
