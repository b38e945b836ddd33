// The telephone's PIN. It guards one thing: the private key that opens the draft. Drafts are sealed to the public half,
// so that saving one never waits for the PIN.
//
// The private key lies wrapped under HMAC(telephone, PBKDF2(PIN)): who copies the store to another machine lacks the
// telephone's key, which no script can read; who holds the telephone has ten tries, which are counted before each.

import { changed } from "./sender.js";
import { done, setting, transaction } from "./store.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const ROUNDS = 310_000;
const TRIES = 10;
export const SHAPE = /^[0-9]{6}$/;

export class WrongPinError extends Error {
  constructor(left) {
    super("wrong PIN");
    this.left = left; // none: the draft went to the outbox, sealed, and the PIN is over
  }
}

// What is kept of a new PIN. A new key comes with it, unless `key` is the one to wrap again.
export async function pinEntry(pin, key = null) {
  if (!SHAPE.test(pin)) throw new RangeError("a PIN has six digits");
  const pair = key ?? (await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]));
  const telephone = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const wrapping = await wrappingKey(pin, salt, telephone);
  const wrapped = await crypto.subtle.wrapKey("pkcs8", pair.privateKey, wrapping, { name: "AES-GCM", iv });
  return { name: "pin", telephone, salt, iv, wrapped, public: await crypto.subtle.exportKey("jwk", pair.publicKey), tries: 0 };
}

export const hasPin = async () => Boolean(await setting("pin"));

// The key pair that opens the draft. `extractable`: to wrap it again.
export async function openedBy(pin, extractable = false) {
  const entry = await transaction(["settings"], "readwrite", async (store) => {
    const found = await done(store("settings").get("pin"));
    if (found) await done(store("settings").put({ ...found, tries: found.tries + 1 })); // first: a killed page is a try
    return found;
  });
  if (!entry) throw new WrongPinError(0);
  try {
    if (entry.tries >= TRIES) throw new RangeError("too many");
    const wrapping = await wrappingKey(pin, entry.salt, entry.telephone);
    const unwrapping = { name: "AES-GCM", iv: entry.iv };
    const privateKey = await crypto.subtle.unwrapKey("pkcs8", entry.wrapped, wrapping, unwrapping, CURVE, extractable, ["deriveBits"]);
    const publicKey = await crypto.subtle.importKey("jwk", entry.public, CURVE, true, []);
    await transaction(["settings"], "readwrite", (store) => done(store("settings").put({ ...entry, tries: 0 })));
    return { privateKey, publicKey };
  } catch (error) {
    if (error.name !== "OperationError" && !(error instanceof RangeError)) throw error;
    if (entry.tries + 1 >= TRIES) await surrender();
    throw new WrongPinError(Math.max(0, TRIES - entry.tries - 1));
  }
}

export async function changePin(old, fresh) {
  const entry = await pinEntry(fresh, await openedBy(old, true));
  await transaction(["settings"], "readwrite", (store) => done(store("settings").put(entry)));
}

// A PIN where none is left: with a new key, since nothing that the old one opened is left either.
export async function newPin(pin) {
  const entry = await pinEntry(pin);
  await transaction(["settings"], "readwrite", async (store) => {
    if (await done(store("settings").get("pin"))) throw new RangeError("there is a PIN");
    await done(store("settings").put(entry));
  });
}

// Takes the draft off this telephone: its copy that only the server can open goes to the outbox, as it is.
export async function surrender() {
  await transaction(["settings", "drafts", "records"], "readwrite", async (store) => {
    await giveUpDraft(store);
    await done(store("settings").delete("pin"));
  });
  changed(); // one more record waits
}

export async function giveUpDraft(store) {
  const draft = await done(store("drafts").get("open"));
  if (draft && !(await done(store("records").get(draft.record.id)))) {
    await done(store("records").put({ ...fresh(draft.record), savedAt: draft.savedAt, unfinished: true }));
  }
  await done(store("drafts").delete("open"));
}

// A sealed record as it waits to be sent.
export const fresh = (record) => ({
  id: record.id,
  record,
  savedAt: new Date().toISOString(),
  urgent: false,
  unfinished: false,
  state: "waiting",
  reason: null,
  attempts: 0,
  notBefore: 0,
  patient: false,
});

async function wrappingKey(pin, salt, telephone) {
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const stretched = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, typed, 256);
  const bytes = await crypto.subtle.sign("HMAC", telephone, stretched);
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["wrapKey", "unwrapKey"]);
}
