"use strict";
// Card entry → 202 → live status. The card leaves this page once, in one request, and is kept nowhere.

const FINAL = {
  COMPLETED: ["Your payment is complete.", "good"],
  DECLINED: ["Your bank declined this payment.", "bad"],
  REJECTED: ["This payment was not accepted.", "bad"],
  CANCELLED: ["This payment was cancelled.", "bad"],
  EXPIRED: ["This payment was not confirmed in time.", "bad"],
  REFUNDED: ["This payment was refunded.", "good"],
  RETRY_SCHEDULED: ["Your bank said: later. We will try again.", "bad"],
  PARKED: ["We are looking into this payment.", "bad"],
};
const REFUSED = {
  card_number_invalid: "Please check the card number.",
  card_expired: "This card has expired.",
};
// Longer and longer: the firewall stops who asks 300 times in five minutes.
const FIRST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 5000;
const field = (id) => document.getElementById(id).value.trim();

function request() {
  const [month, year] = field("expiry").split("/");
  return {
    merchant_id: "m-001",
    order_id: `ord-${crypto.randomUUID()}`,
    // Both currencies of this page have two digits after the point.
    amount: { value: Math.round(Number(field("amount")) * 100), currency: field("currency") },
    card: {
      number: field("number").replace(/[ -]/g, ""),
      exp_month: Number(month),
      exp_year: 2000 + Number(year),
      cvv: field("code"),
      holder: field("holder"),
    },
    billing_country: "US",
    customer: { id: session.person.subject, email: session.person.email },
  };
}

function forget() {
  for (const id of ["number", "expiry", "code", "holder"]) document.getElementById(id).value = "";
}

async function follow(path) {
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.5, LONGEST_LOOK_MS)) {
    const answer = await session.ask("GET", path);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { status, action_url: action } = await answer.json();
    if (FINAL[status]) return session.say(...FINAL[status]);
    session.say(action ? "Please confirm this payment with your bank." : `Working: ${status}`);
    await new Promise((done) => setTimeout(done, wait));
  }
}

async function pay(event) {
  event.preventDefault();
  const button = document.getElementById("pay");
  button.disabled = true;
  session.say("Sending…");
  try {
    const answer = await session.ask("POST", "/payments", {
      body: request(),
      headers: { "Idempotency-Key": crypto.randomUUID() },
    });
    const said = await answer.json();
    if (answer.status === 202 || answer.status === 200) {
      forget();
      await follow(said.status_url);
    } else {
      session.say(REFUSED[said.code] || "Please check what you entered.", "bad");
    }
  } catch {
    session.say("We cannot tell how this payment went; please look again later.", "bad");
  } finally {
    button.disabled = false;
  }
}

session.start().then(() => document.getElementById("payment").addEventListener("submit", pay));
