// Seals for one reader, and opens (RFC 9180, base mode): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, no AAD.
// By WebCrypto alone, so that no private key is ever in a variable that could be read. Base mode says nothing of the
// sender: what is sealed is signed as well (outbox.js).

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const POINT = 65; // bytes of an uncompressed point, which is also the length of what comes before the ciphertext
const AES_256_GCM = { id: 2, bytes: 32 };
const AES_128_GCM = { id: 1, bytes: 16 }; // the RFC's vectors for P-256 have no other; nothing here is sealed with it
const NOTHING = new Uint8Array();

const ascii = (text) => new TextEncoder().encode(text);
const two = (number) => new Uint8Array([number >> 8, number & 255]);
const KEM = joined(ascii("KEM"), two(0x0010));
const suite = (aead) => joined(ascii("HPKE"), two(0x0010), two(0x0001), two(aead.id));

// Both as one: the encapsulated key, then the ciphertext. `reader`: a public key as a JWK.
export async function seal(reader, info, plaintext) {
  const ephemeral = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  return joined(...(await sealedBy(ephemeral, await publicKey(reader), info, plaintext, NOTHING, AES_256_GCM)));
}

// What was sealed to the key of which `pair` (`privateKey`, `publicKey`) is. It throws if anything was changed.
export async function open(pair, info, sealed) {
  const encapsulated = sealed.slice(0, POINT);
  const sender = await crypto.subtle.importKey("raw", encapsulated, CURVE, true, []);
  const own = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const shared = await secretOf(pair.privateKey, sender, encapsulated, own);
  const { key, nonce } = await schedule(shared, info, AES_256_GCM, ["decrypt"]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, sealed.slice(POINT)));
}

export const publicKey = (jwk) => crypto.subtle.importKey("jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, CURVE, true, []);

// With an ephemeral key that is given, as tests against the RFC's vectors need it: nobody else may.
export async function sealedBy(ephemeral, reader, info, plaintext, aad, aead) {
  const [encapsulated, own] = await Promise.all(
    [ephemeral.publicKey, reader].map(async (one) => new Uint8Array(await crypto.subtle.exportKey("raw", one))),
  );
  const shared = await secretOf(ephemeral.privateKey, reader, encapsulated, own);
  const { key, nonce } = await schedule(shared, info, aead, ["encrypt"]);
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad };
  return [encapsulated, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plaintext))];
}

export const FOR_VECTORS = { AES_128_GCM, AES_256_GCM };

// ExtractAndExpand of §4.1.
async function secretOf(mine, theirs, encapsulated, reader) {
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine, 256));
  const extracted = await labeledExtract(KEM, NOTHING, "eae_prk", shared);
  return labeledExpand(KEM, extracted, "shared_secret", joined(encapsulated, reader), 32);
}

// KeySchedule of §5.1 in base mode: the key, and the nonce of the first message, which is the only one.
async function schedule(shared, info, aead, uses) {
  const of = suite(aead);
  const context = joined(
    new Uint8Array([0]),
    await labeledExtract(of, NOTHING, "psk_id_hash", NOTHING),
    await labeledExtract(of, NOTHING, "info_hash", info),
  );
  const secret = await labeledExtract(of, shared, "secret", NOTHING);
  const bytes = await labeledExpand(of, secret, "key", context, aead.bytes);
  const nonce = await labeledExpand(of, secret, "base_nonce", context, 12);
  return { key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, uses), nonce };
}

const labeledExtract = (of, salt, label, material) => hmac(salt, joined(ascii("HPKE-v1"), of, ascii(label), material));

// Never more than one block of SHA-256 is asked for, so that HKDF's expansion is one step.
async function labeledExpand(of, key, label, info, length) {
  const block = await hmac(key, joined(two(length), ascii("HPKE-v1"), of, ascii(label), info, new Uint8Array([1])));
  return block.slice(0, length);
}

async function hmac(secret, data) {
  const bytes = secret.length ? secret : new Uint8Array(32); // no salt is as many zeroes as the hash is long (RFC 5869)
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
}

export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
