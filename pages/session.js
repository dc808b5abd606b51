"use strict";
// Who is signed in, and how the API is asked. config.json of a deployment names its own people.

const session = {
  config: null,

  async start() {
    const answer = await fetch("config.json", { cache: "no-store" });
    this.config = await answer.json();
    const select = document.getElementById("person");
    for (const person of this.config.people) {
      select.append(new Option(person.name, person.subject));
    }
    return this.config;
  },

  get person() {
    const subject = document.getElementById("person").value;
    return this.config.people.find((person) => person.subject === subject);
  },

  ask(method, path, { body, headers = {} } = {}) {
    const sent = { ...headers, Authorization: this.person.authorization };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    return fetch(this.config.api + path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  },

  say(text, kind = "") {
    const status = document.getElementById("status");
    status.textContent = text;
    status.dataset.kind = kind;
  },
};
