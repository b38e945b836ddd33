"""HPKE by WebCrypto: the RFC's own vectors, and what a browser sealed opens with another implementation."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from services.chassis.web.pages.assets import asset
from tests.support.browser.visiting import Visiting
from tests.support.fakes.reception import jwk_of, to_text

SEALS_AS = """async ([address, ephemeral, reader, info, plaintext, aad]) => {
  const { sealedBy, open, FOR_VECTORS } = await import(address);
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16));
  const hex = (made) => [...made].map((one) => one.toString(16).padStart(2, "0")).join("");
  const own = (jwk, use) => crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, true, use);
  const pairOf = async ({ d, ...point }) => ({
    privateKey: await own({ d, ...point }, ["deriveBits"]),
    publicKey: await own(point, []),
  });
  const [sender, receiver] = [await pairOf(ephemeral), await pairOf(reader)];
  const by = (aead, more) => sealedBy(sender, receiver.publicKey, bytes(info), bytes(plaintext), more, aead);
  const sealed = await by(FOR_VECTORS.AES_128_GCM, bytes(aad));
  const ours = await by(FOR_VECTORS.AES_256_GCM, new Uint8Array());
  const whole = new Uint8Array([...ours[0], ...ours[1]]);
  const opened = await open(receiver, bytes(info), whole);
  whole[80] ^= 1;
  const changed = await open(receiver, bytes(info), whole).catch((error) => error.name);
  return [...sealed.map(hex), hex(opened), changed];
}"""
# RFC 9180, appendix A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence number 0.
EPHEMERAL = 0x4995788EF4B9D6132B249CE59A77281493EB39AF373D236A1FE415CB0C2D7BEB
READER = 0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2
INFO = "4f6465206f6e2061204772656369616e2055726e"
PLAINTEXT, AAD = "4265617574792069732074727574682c20747275746820626561757479", "436f756e742d30"
ENCAPSULATED = (
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
CIPHERTEXT = "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"


def private_jwk(scalar: int) -> dict[str, str]:
    return {**jwk_of(derive_private_key(scalar, SECP256R1()).public_key()), "d": to_text(scalar.to_bytes(32))}


async def test_a_browser_seals_as_the_rfc_says_and_opens_nothing_that_was_changed(visiting: Visiting) -> None:
    visitor = await visiting.nobody(bypass_csp=True)
    await visitor.goes_to("/entrar")
    given = [asset("hpke.js"), private_jwk(EPHEMERAL), private_jwk(READER), INFO, PLAINTEXT, AAD]
    made = await visitor.page.evaluate(SEALS_AS, given)
    assert made == [ENCAPSULATED, CIPHERTEXT, PLAINTEXT, "OperationError"]
