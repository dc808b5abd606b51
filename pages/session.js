"use strict";
// Who is signed in, and how the API is asked. config.json of a deployment says where people sign in (its
// stack's output PageConfig); the simulator's demonstration names its people there. Tokens stay in memory.

const RETURN_TO = location.origin + location.pathname;

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function claims(token) {
  const text = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
}

const session = {
  config: null,
  people: [],

  async start() {
    const answer = await fetch("config.json", { cache: "no-store" });
    this.config = await answer.json();
    this.people = this.config.sign_in ? await this.signedIn() : this.config.people;
    const select = document.getElementById("person");
    for (const person of this.people) select.append(new Option(person.name, person.subject));
    const nobody = this.people.length === 0;
    select.closest("label").hidden = nobody;
    document.querySelector("form").hidden = nobody;
    const button = document.getElementById("sign-in");
    button.hidden = !nobody;
    button.addEventListener("click", () => this.signIn());
  },

  // The authorisation code flow with PKCE (RFC 7636): no secret is in this page.
  async signIn() {
    const [verifier, state] = [32, 16].map((size) => base64url(crypto.getRandomValues(new Uint8Array(size))));
    sessionStorage.setItem("sign-in", JSON.stringify({ verifier, state }));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.config.sign_in.client,
      redirect_uri: RETURN_TO,
      scope: "openid email",
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
    });
    location.assign(`${this.config.sign_in.host}/oauth2/authorize?${query}`);
  },

  // One person when the browser comes back from signing in, else nobody.
  async signedIn() {
    const query = new URLSearchParams(location.search);
    const begun = JSON.parse(sessionStorage.getItem("sign-in") || "{}");
    sessionStorage.removeItem("sign-in");
    if (!query.has("state")) return [];
    history.replaceState(null, "", location.pathname);
    if (!query.has("code") || !begun.state || query.get("state") !== begun.state) {
      this.say("You are not signed in.", "bad");
      return [];
    }
    try {
      const answer = await fetch(`${this.config.sign_in.host}/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          client_id: this.config.sign_in.client,
          code: query.get("code"),
          redirect_uri: RETURN_TO,
          code_verifier: begun.verifier,
        }),
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      const { id_token: token } = await answer.json();
      const { sub: subject, email } = claims(token);
      return [{ name: email, subject, email, authorization: `Bearer ${token}` }];
    } catch {
      this.say("You are not signed in.", "bad");
      return [];
    }
  },

  get person() {
    const subject = document.getElementById("person").value;
    return this.people.find((person) => person.subject === subject);
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
