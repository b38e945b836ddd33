// What somebody is filling in, sealed twice after every step: for whoever has this telephone's PIN, and for the server
// alone, in case that PIN is never found. Without enrolment nothing is kept.

import { toBytes, toText } from "./base64url.js";
import { whole } from "./device.js";
import { open, seal } from "./hpke.js";
import { unlocked } from "./lock.js";
import { sealed } from "./outbox.js";
import { giveUpDraft } from "./pin.js";
import { padded, utf8 } from "./sealing.js";
import { done, setting, transaction } from "./store.js";

// What this telephone has no room for, sealed as it would lie there: it outlives the lock, though not the page.
let unkept = null;

const INFO = (device) => utf8(JSON.stringify(["canaliza draft v1", device]));

// `draft` is whatever opens the form again; `draft.document` is the submission as far as it is filled in, with its
// `submission_id`. Returns whether it was kept.
export async function saveDraft(draft) {
  const [of, pin] = [await whole(), await setting("pin")];
  if (!of || !pin) return false;
  const { record, sequence } = await sealed(draft.document ?? unread(draft), null, of);
  const own = toText(await seal(pin.public, INFO(of.id), padded({ draft })));
  const now = new Date().toISOString();
  unkept = { own, device: of.id };
  const stored = await transaction(["drafts", "records", "receipts"], "readwrite", async (store) => {
    const before = await done(store("drafts").get("open"));
    const same = before?.record.id === record.id;
    const kept = await Promise.all(["records", "receipts"].map((name) => done(store(name).get(record.id))));
    if (kept.some(Boolean)) return true; // it was kept for good meanwhile, by another tab
    if (before && !same) await giveUpDraft(store);
    await done(store("drafts").put({ id: "open", own, record, sequence, savedAt: same ? before.savedAt : now, device: of.id }));
    return true;
  });
  unkept = null;
  return stored;
}

// Of a form that says nothing of its submission: the server keeps it sealed, and whoever corrects it reads the fields.
const unread = ({ fields = {} }) => ({ ...fields, submission_id: fields.orden });

export const hasDraft = async () => Boolean(await setting("pin")) && Boolean(await kept());

// The draft, once somebody has typed the PIN; `null`: there is none, or it is no longer to be opened here.
export async function openDraft() {
  if (!unkept && !(await kept())) return null;
  const pair = await unlocked();
  if (!pair) unkept = null;
  const now = pair && (unkept ?? (await kept()));
  if (!now) return null;
  const opened = await open(pair, INFO(now.device), toBytes(now.own));
  return JSON.parse(new TextDecoder().decode(opened)).draft;
}

// Begins anew: what was begun goes to the outbox as it is, sealed, and is finished at the server.
export function leaveDraft() {
  unkept = null;
  return transaction(["drafts", "records"], "readwrite", giveUpDraft);
}

export function dropDraft() {
  unkept = null;
  return transaction(["drafts"], "readwrite", (store) => done(store("drafts").delete("open")));
}

const kept = () => transaction(["drafts"], "readonly", (store) => done(store("drafts").get("open")));
