// This telephone of the shelter: its key, which no script can read, and what the server said of it. It belongs to the
// shelter and not to a session: signing out, or a colleague signing in, changes nothing here.

import { giveUpDraft, pinEntry } from "./pin.js";
import { changed } from "./sender.js";
import { done, dropSetting, keepSetting, promised, setting, transaction } from "./store.js";

const TRACE = "canaliza_telefono"; // outlives what a browser throws away, so that it can be told that it did
const YEAR = 31_536_000;

// What pages may know of it; `null`: this browser is not enrolled.
export async function device() {
  const found = await whole();
  if (!found) return null;
  const { id, shelter, enrolledAt, worker, receptionKey } = found;
  return { id, shelter, enrolledAt, worker, receptionKey };
}

// The same with its key pair, for what seals and signs.
export const whole = () => transaction(["settings"], "readonly", deviceIn);

// The same within a transaction that reads more than the device.
export async function deviceIn(store) {
  const [own, worker, key] = await Promise.all(
    ["device", "worker", "reception_key"].map((name) => done(store("settings").get(name))),
  );
  if (!own) return null;
  const receptionKey = { id: key.id, publicKey: key.publicKey, madeAt: key.madeAt };
  return { id: own.id, shelter: own.shelter, enrolledAt: own.enrolledAt, pair: own.pair, worker: worker?.code ?? "", receptionKey };
}

// Who registers from now on: the code of an account, never a name.
export const setWorker = (code) => keepSetting({ name: "worker", code });

// Enrols this browser with the coordinator's code. An answer that was lost on the way is asked for again with the same
// command and the same key. Throws `EnrolmentError` with the server's code, or none if it was not reached.
export async function enrol(code, pin, worker = "") {
  const entry = await pinEntry(pin);
  const { pending, said } = await admitted(code.trim());
  const key = said.reception_key;
  await transaction(["settings", "drafts", "records"], "readwrite", async (store) => {
    const settings = store("settings");
    await giveUpDraft(store); // one that another enrolment began can no longer be opened
    const enrolledAt = new Date().toISOString();
    await done(settings.put({ name: "device", id: said.device_id, shelter: said.shelter, pair: pending.pair, enrolledAt }));
    await done(settings.put({ name: "reception_key", id: key.id, publicKey: key.public_key, madeAt: key.made_at }));
    await done(settings.put({ name: "sequence", last: 0 }));
    if (worker) await done(settings.put({ name: "worker", code: worker }));
    await done(settings.put(entry));
    await done(settings.delete("pending"));
    await done(settings.delete("trouble"));
  });
  leaveTrace(said.device_id, 0);
  changed();
  return { device: await device(), storage: await promised({ ask: true }) };
}

export class EnrolmentError extends Error {
  constructor(code, title) {
    super(title || code || "not reached");
    this.code = code;
    this.title = title;
  }
}

async function admitted(code, again = true) {
  const pending = await pendingEnrolment();
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pending.pair.publicKey);
  try {
    return { pending, said: await posted("/api/v1/devices", { command_id: pending.command, code, public_key: { kty, crv, x, y } }) };
  } catch (error) {
    if (error.code !== "command_id_reused" || !again) throw error;
    await dropSetting("pending"); // a colleague's, whose answer was lost: this one begins anew
    return admitted(code, false);
  }
}

async function pendingEnrolment() {
  const kept = await setting("pending");
  if (kept) return kept;
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const pending = { name: "pending", command: crypto.randomUUID(), pair };
  await keepSetting(pending);
  return pending;
}

async function posted(path, body) {
  let answer;
  try {
    const headers = { "Content-Type": "application/json", "X-Canaliza": "1", Accept: "application/json" };
    answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), cache: "no-store", redirect: "error" });
  } catch {
    throw new EnrolmentError("", "");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new EnrolmentError(said.code ?? String(answer.status), said[document.documentElement.lang === "en" ? "title_en" : "title"] ?? "");
  return said;
}

// A cookie that says which telephone this is and how many records wait: nothing else is left where a browser clears
// what it keeps for a page, and the server has no use for it.
export function leaveTrace(id, waiting) {
  if (globalThis.document) document.cookie = `${TRACE}=${id}.${waiting}; path=/albergue; max-age=${YEAR}; samesite=strict`;
}

// What the browser threw away: how many records waited, as far as is known; `null`: nothing is missing.
export async function evicted() {
  const [, id, waiting] = new RegExp(`(?:^|; )${TRACE}=([^.;]+)\\.(\\d+)`).exec(document.cookie) ?? [];
  if (!id || (await setting("device"))) return null;
  return { id, waiting: Number(waiting) };
}

export const forgetTrace = () => { document.cookie = `${TRACE}=; path=/albergue; max-age=0; samesite=strict`; };
