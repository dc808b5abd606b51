"use strict";
// A report by day, currency and status for analysts; everybody else is refused by the API.

const COLUMNS = ["date", "currency", "status", "count", "gross", "fees"];

function show(rows) {
  const table = document.getElementById("rows");
  const body = table.tBodies[0];
  body.replaceChildren();
  for (const row of rows) {
    const line = body.insertRow();
    for (const name of COLUMNS) line.insertCell().textContent = row[name];
  }
  table.hidden = rows.length === 0;
}

async function load(event) {
  event.preventDefault();
  show([]);
  const query = new URLSearchParams({
    from: document.getElementById("from").value,
    to: document.getElementById("to").value,
  });
  try {
    const answer = await session.ask("GET", `/reports/daily?${query}`);
    const said = await answer.json();
    if (answer.ok) {
      show(said.rows);
      session.say(`${said.rows.length} rows`, "good");
    } else if (answer.status === 401 || answer.status === 403) {
      session.say("You may not see reports.", "bad");
    } else {
      session.say("There is no report for these days.", "bad");
    }
  } catch {
    session.say("Reports cannot be reached.", "bad");
  }
}

session.start().then(() => document.getElementById("report").addEventListener("submit", load));
