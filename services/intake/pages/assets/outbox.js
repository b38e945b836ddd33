// What this telephone has registered and nobody has confirmed yet. It outlives sessions, restarts and everybody's shift.

import { deviceIn, leaveTrace, whole } from "./device.js";
import { fresh } from "./pin.js";
import { sealedRecord } from "./sealing.js";
import { all, changed, nextDue, onChange, send } from "./sender.js";
import { done, transaction } from "./store.js";

export { onChange, send };

const LONGEST_WAIT = 300_000;
const OLD = 60 * 86_400_000; // the server keeps an old reception key for 90 days
const IN_A_FILE = 50;
const SYNC = "canaliza-sin-enviar";

export class NotEnrolledError extends Error {}

// Keeps a submission before anything is sent: sealed, signed, and on the disk when this returns. The same submission
// kept again is the one that is there, unless that was a draft which another tab gave up. Throws `NotEnrolledError`; or `StoreError` with `rescue`, which gives the sealed
// record as a file where this telephone cannot keep it.
export async function keep(document, { urgent = false, decided = null } = {}) {
  const of = await whole();
  if (!of) throw new NotEnrolledError();
  const before = await known(document.submission_id);
  if (before && !before.unfinished) return { id: before.id, savedAt: before.savedAt };
  const entry = { ...fresh((await sealed(document, decided, of)).record), urgent };
  try {
    await transaction(["records", "drafts"], "readwrite", async (store) => {
      const begun = await done(store("records").get(entry.id));
      await done(begun?.unfinished ? store("records").put(entry) : store("records").add(entry));
      const draft = await done(store("drafts").get("open"));
      if (draft?.record.id === entry.id) await done(store("drafts").delete("open"));
    });
  } catch (error) {
    const twice = error.cause?.name === "ConstraintError" && (await known(entry.id)); // two taps
    if (twice) return { id: twice.id, savedAt: twice.savedAt };
    error.rescue = () => download([entry.record]);
    throw error;
  }
  changed();
  wake();
  return { id: entry.id, savedAt: entry.savedAt };
}

// The record of a document as far as it is filled in, which names this telephone and its place in what it registered.
export async function sealed(document, decided, of) {
  const sequence = await sequenceOf(document.submission_id);
  const whose = { worker: of.worker, ...document, shelter: of.shelter, device: { id: of.id, sequence } };
  return { record: await sealedRecord(whose, decided, of), sequence };
}

// A number that grows; a draft keeps the one it began with. Numbers that nothing came of are harmless.
async function sequenceOf(id) {
  const [draft, found] = await transaction(["drafts", "settings"], "readonly", async (store) => [
    await done(store("drafts").get("open")),
    await done(store("settings").get("sequence")),
  ]);
  if (draft?.record.id === id) return draft.sequence;
  const last = (found?.last ?? 0) + 1;
  try {
    await transaction(["settings"], "readwrite", async (store) => {
      const now = await done(store("settings").get("sequence"));
      await done(store("settings").put({ name: "sequence", last: Math.max(last, (now?.last ?? 0) + 1) }));
    });
  } catch {
    // The disk is full: what is registered matters more than its number.
  }
  return last;
}

async function known(id) {
  return transaction(["records", "receipts"], "readonly", async (store) => {
    const found = (await done(store("records").get(id))) ?? (await done(store("receipts").get(id)));
    return found ? { id, savedAt: found.savedAt, unfinished: Boolean(found.unfinished) } : null;
  });
}

// What waits, the oldest first. `old`: the key that opens it may soon be gone.
export const records = async () => (await standing()).records;

// The device (`null`: not enrolled) and what waits, read in one transaction: a browser that throws everything away
// between two would leave a telephone on which nothing waits, and so nothing was lost.
export async function standing() {
  const { own, found } = await transaction(["settings", "records"], "readonly", async (store) => {
    const [own, found] = await Promise.all([deviceIn(store), done(store("records").getAll())]);
    return { own, found };
  });
  return { own, records: shownOf(found) };
}

function shownOf(found) {
  found.sort((a, b) => a.savedAt.localeCompare(b.savedAt));
  return found.map(({ id, savedAt, urgent, unfinished, state, reason, attempts }) => ({
    ...{ id, savedAt, urgent, unfinished, state, reason, attempts },
    old: Date.now() - Date.parse(savedAt) > OLD,
  }));
}

// What arrived, the latest first.
export async function receipts() {
  return (await all("receipts")).sort((a, b) => b.at.localeCompare(a.at));
}

// Gives every record that waits as a file, sealed as it is; it stays here until its receipt comes. Returns the names:
// the server takes so many records of one file.
export async function exportFile() {
  const waiting = (await all("records")).map((one) => one.record);
  const names = [];
  for (let from = 0; from < waiting.length; from += IN_A_FILE) {
    names.push(download(waiting.slice(from, from + IN_A_FILE), from ? `-${from / IN_A_FILE + 1}` : ""));
  }
  return names;
}

function download(list, part = "") {
  const name = `canaliza-registros-${new Date().toISOString().slice(0, 10)}${part}.json`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ records: list })], { type: "application/json" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}

// Takes a record away that somebody at the shelter set aside on the server, where it is kept. No other ever is.
export async function putAway(id) {
  await transaction(["records"], "readwrite", async (store) => {
    const found = await done(store("records").get(id));
    if (found?.state === "set_aside") await done(store("records").delete(id));
  });
  changed();
}

let started = false;
let timer = null;
let running = false;
let again = false;

// Sends while a page is open: at once when something speaks for the network, and never more than five minutes apart.
export function keepSending() {
  if (started) return;
  started = true;
  addEventListener("online", () => go({ eager: true }));
  addEventListener("focus", () => go({ eager: true }));
  addEventListener("pageshow", () => go({ eager: true }));
  document.addEventListener("visibilitychange", () => document.hidden || go({ eager: true }));
  onChange(trace);
  go({ eager: true });
}

async function go(how) {
  clearTimeout(timer);
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    await send(how);
  } catch {
    // The store cannot be read just now: it is tried again.
  }
  running = false;
  const due = await nextDue().catch(() => LONGEST_WAIT);
  const wait = again ? 0 : Math.min(Math.max(due ?? LONGEST_WAIT, 1_000), LONGEST_WAIT);
  again = false;
  timer = setTimeout(() => go({ eager: wait === 0 }), wait);
}

// After something was kept: by this page, and by the service worker if this page is closed before.
function wake() {
  if (started) go({ eager: true });
  navigator.serviceWorker?.ready.then((registration) => registration.sync?.register(SYNC)).catch(() => {});
}

async function trace() {
  const { own, records } = await standing().catch(() => ({ own: null }));
  if (own) leaveTrace(own.id, records.length);
}
