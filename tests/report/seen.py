"""A report in a browser, as somebody looks at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Seen:
    """A page with what its console and its network said."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        self.page = browser.new_page(viewport={"width": 1400, "height": 1000}, **context)
        self.page.set_default_timeout(10_000)
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("main h2")
        self._own = path.as_uri()

    def is_quiet(self) -> None:
        assert self.problems == []
        assert [url for url in self.requests if url != self._own] == []

    def rows(self) -> list[str]:
        return [row.split()[1] for row in self.page.locator("#list .row").all_inner_texts()]

    def shows(self, names: list[str]) -> None:
        """Waits until these rows are listed: the list follows the filter a little later."""
        self.page.wait_for_function(
            """names => [...document.querySelectorAll("#list .row")]
              .map((row) => row.innerText.split(/\\s+/)[1]).join() === names.join()""",
            arg=names,
        )

    def search(self, words: str) -> None:
        before = self.page.locator("#found").inner_text()
        self.page.get_by_label("Search").fill(words)
        self.page.wait_for_function(
            "before => document.getElementById('found').textContent !== before", arg=before
        )

    def open(self, name: str) -> None:
        self.page.locator("#list .row", has_text=name).first.click()
        self.page.wait_for_selector("#events tr.chosen")
