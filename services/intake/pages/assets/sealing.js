// A record: one submission, sealed to the server's reception key and signed by this telephone. Nothing here can open it.

import { toText } from "./base64url.js";
import { joined, seal } from "./hpke.js";

const BLOCK = 2_048; // the length of a record tells no more than this about what is in it
const FORMAT = 1;

// `of`: the telephone's `id`, `shelter`, `pair`, and the `receptionKey` of now.
export async function sealedRecord(document, decided, of, madeAt = new Date()) {
  const { submission_id: id } = document;
  const key = of.receptionKey.id;
  const made = madeAt.toISOString();
  const info = utf8(JSON.stringify(["canaliza record v1", of.shelter, id, of.id, key, made]));
  const sealed = await seal(of.receptionKey.publicKey, info, padded({ document, decided }));
  const signature = await signed(of.pair, joined(info, new Uint8Array([0]), sealed));
  return { format: FORMAT, id, device: of.id, shelter: of.shelter, key, made_at: made, sealed: toText(sealed), signature };
}

export async function signed(pair, bytes) {
  return toText(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytes));
}

// The JSON of a value, made as long as a whole number of blocks by its field `pad`.
export function padded(value) {
  const bare = utf8(JSON.stringify({ ...value, pad: "" })).length;
  return utf8(JSON.stringify({ ...value, pad: " ".repeat((BLOCK - (bare % BLOCK)) % BLOCK) }));
}

export const utf8 = (text) => new TextEncoder().encode(text);
