// Hands in what waits: each record for itself and without an end. It needs no page, so that the service worker can do it.
//
// A record leaves this telephone when the server's receipt for its id is here, and at no other time. Nothing that is
// written down says "sending": a page that is killed meanwhile leaves its records waiting, and the server takes one
// record any number of times for the same receipt.

import { signed, utf8 } from "./sealing.js";
import { done, keepSetting, transaction } from "./store.js";

const LOCK = "canaliza-sin-enviar";
const PATH = "/api/v1/device-records";
const TIMEOUT = 45_000;
const FIRST_WAIT = 4_000;
const LONGEST_WAIT = 300_000;
const HOUR = 3_600_000;
const RECEIPTS = 50;
const FRUITLESS = 3; // answers that did not come, one after the other, after which the network is taken to be gone
// What does not change by itself within minutes. It is tried all the same: a revoked telephone's records are for the
// coordinator's file, but nothing is thrown away because of an answer.
const PATIENT = new Set(["device_revoked", "unknown_device", "reception_key_gone", "record_unreadable", "too_large"]);
const REFUSED = { invalid_submission: "refused", submission_conflict: "conflict" };

const changes = new EventTarget();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("canaliza-sin-enviar") : null;
if (channel) channel.onmessage = () => changes.dispatchEvent(new Event("change"));

// Tells every tab that what waits has changed.
export function changed() {
  channel?.postMessage("changed");
  changes.dispatchEvent(new Event("change"));
}

export function onChange(callback) {
  changes.addEventListener("change", callback);
  return () => changes.removeEventListener("change", callback);
}

// One round. `eager`: something speaks for the network, so nothing waits for its time; `everything`: somebody asked, so
// that what was refused is tried, too. Another tab may be at it already: then this one leaves it alone, or, asked by
// somebody, has its turn afterwards.
export async function send({ eager = false, everything = false } = {}) {
  if (!navigator.locks) return round(eager, everything);
  return navigator.locks.request(LOCK, { ifAvailable: !everything }, (lock) => lock && round(eager, everything));
}

async function round(eager, everything) {
  const now = Date.now();
  const due = (await all("records"))
    .filter((one) => isDue(one, now, eager, everything))
    .sort((a, b) => a.attempts - b.attempts || Number(b.urgent) - Number(a.urgent) || a.savedAt.localeCompare(b.savedAt));
  let fruitless = 0;
  for (const { id } of due) {
    const answered = await handIn(id).catch(() => true); // a full telephone cannot note the answer: the others go on
    fruitless = answered ? 0 : fruitless + 1;
    changed();
    if (fruitless === FRUITLESS) break; // those that were tried less often come first next time
  }
  if (fruitless < FRUITLESS) await askAbout((await all("records")).filter((one) => one.state === "refused" || one.state === "conflict"));
}

function isDue(one, now, eager, everything) {
  if (everything) return one.state !== "set_aside";
  if (one.state !== "waiting" && one.state !== "held") return false;
  return one.notBefore <= now || (eager && !one.patient);
}

// When the next record is due, in milliseconds from now; `null`: none waits.
export async function nextDue() {
  const times = (await all("records")).filter((one) => one.state === "waiting" || one.state === "held").map((one) => one.notBefore);
  return times.length ? Math.max(0, Math.min(...times) - Date.now()) : null;
}

export const all = (name) => transaction([name], "readonly", (store) => done(store(name).getAll()));

// Whether an answer came, whatever it said.
async function handIn(id) {
  const entry = await transaction(["records"], "readonly", (store) => done(store("records").get(id)));
  if (!entry) return true;
  const answer = await posted(PATH, { record: entry.record, sent_at: new Date().toISOString() });
  const { status, said } = answer;
  if ((status === 200 || status === 201) && said.submission_id === id && said.receipt) {
    await received(id, said, entry.record);
    return true;
  }
  const state = REFUSED[said.code] ?? (PATIENT.has(said.code) ? "held" : "waiting");
  const patient = state === "held" || (status === 429 && answer.retryAfter > 0);
  const wait = state === "held" ? HOUR : Math.max(answer.retryAfter, backOff(entry.attempts));
  const code = said.code ?? (status ? "no_answer_of_ours" : "not_reached"); // e.g. the page of a hotel's network
  const reason = { code, status, refusal: said.refusal_id ?? null, faults: faultsOf(said), at: new Date().toISOString() };
  await transaction(["records"], "readwrite", async (store) => {
    const now = await done(store("records").get(id));
    if (isOf(now, entry.record)) await done(store("records").put({ ...now, state, reason, patient, attempts: now.attempts + 1, notBefore: Date.now() + wait }));
  });
  return status !== 0;
}

const faultsOf = (said) => (said.faults ?? []).map(({ field, code, es, en }) => ({ field, code, es, en }));

// At most five minutes apart, and no two telephones of a shelter at the same moment.
export const backOff = (attempts) => Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempts, 10)) * (0.5 + Math.random() / 2);

// Whether an answer to this record is about the one that waits: an unfinished one may have been finished meanwhile.
const isOf = (entry, sent) => entry?.record.signature === sent.signature;

async function received(id, said, sent = null) {
  await transaction(["records", "receipts"], "readwrite", async (store) => {
    const entry = await done(store("records").get(id));
    if (entry && sent && !isOf(entry, sent)) return;
    await done(store("records").delete(id));
    const receipt = { id, receipt: said.receipt, recordedAt: said.recorded_at ?? null, savedAt: entry?.savedAt ?? null, unfinished: entry?.unfinished ?? false, at: new Date().toISOString() };
    await done(store("receipts").put(receipt));
    const kept = await done(store("receipts").getAll());
    kept.sort((a, b) => b.at.localeCompare(a.at));
    for (const old of kept.slice(RECEIPTS)) await done(store("receipts").delete(old.id));
  });
}

// What became of refused records: corrected at the server, they have a receipt.
async function askAbout(refused) {
  if (!refused.length) return;
  const own = await transaction(["settings"], "readonly", (store) => done(store("settings").get("device")));
  if (!own) return;
  const ids = refused.map((one) => one.id).slice(0, 200);
  const at = new Date().toISOString();
  const signature = await signed(own.pair, statusBytes(own.id, at, ids));
  const { status, said } = await posted(`${PATH}/status`, { device: own.id, ids, at, signature });
  if (status !== 200) return;
  for (const one of said.records ?? []) {
    if (one.receipt) await received(one.id, one);
    else await note(one);
  }
  changed();
}

export const statusBytes = (device, at, ids) => utf8(JSON.stringify(["canaliza status v1", device, at, ids]));

async function note(one) {
  await transaction(["records"], "readwrite", async (store) => {
    const now = await done(store("records").get(one.id));
    if (!now) return;
    if (one.state === "set_aside") await done(store("records").put({ ...now, state: "set_aside" }));
    // A server that was restored from a copy may not know it any more.
    if (one.state === "unknown") await done(store("records").put({ ...now, state: "waiting", notBefore: 0, patient: false }));
  });
}

// `status` 0: no answer came. An answer that is no JSON of ours says nothing.
async function posted(path, body) {
  const asked = Date.now();
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      credentials: "omit", // whoever is signed in has nothing to do with it
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const said = await answer.json().catch(() => ({}));
    const noted = [compareClocks(answer.headers.get("Date"), (asked + Date.now()) / 2)];
    if (said.reception_key) noted.push(renew(said.reception_key));
    await Promise.allSettled(noted); // an answer counts, whether there is room for what it says besides or not
    return { status: answer.status, said, retryAfter: 1_000 * (Number(answer.headers.get("Retry-After")) || 0) };
  } catch {
    return { status: 0, said: {}, retryAfter: 0 };
  }
}

// The key for the records of from now on; what is sealed already keeps the key that it names.
async function renew(key) {
  await transaction(["settings"], "readwrite", async (store) => {
    const now = await done(store("settings").get("reception_key"));
    if (now && (now.id === key.id || now.madeAt > key.made_at)) return;
    await done(store("settings").put({ name: "reception_key", id: key.id, publicKey: key.public_key, madeAt: key.made_at }));
  });
}

async function compareClocks(date, between) {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return;
  await keepSetting({ name: "clock", ahead: Math.round((between - theirs) / 1_000) }); // seconds
}
