// What the form needs of the programme: rules, consent texts and the directory, kept on this telephone and renewed when
// there is a network. Nothing in it is about a person. The lists of codes are in the form itself, with their words.

const KEPT = "canaliza-reference-1";
const AT = "x-canaliza-fetched-at";
const PATIENCE = 8_000; // milliseconds that a slow line may take before the form goes on without
const PARTS = {
  rules: () => "/api/v1/rules",
  wordings: (language) => `/api/v1/consent-wordings?language=${language}`,
  directory: (language) => `/api/v1/directory?language=${language}`,
};

/** Whatever of it is on this telephone, at once; a part that is missing is null. It is renewed behind it. */
export async function reference(language) {
  const kept = await read(language);
  if (!navigator.onLine) return kept;
  const renewed = refreshReference(language);
  return kept.rules && kept.wordings ? kept : renewed;
}

/** Fetches every part anew; one that cannot be had stays as it was. */
export async function refreshReference(language) {
  await Promise.all(Object.values(PARTS).map((address) => renew(address(language))));
  return read(language);
}

async function read(language) {
  const found = { fetchedAt: null };
  await Promise.all(Object.entries(PARTS).map(async ([name, address]) => {
    const answer = await (await store())?.match(address(language));
    found[name] = answer ? await answer.json().catch(() => null) : null;
    const at = answer?.headers.get(AT);
    if (at && (!found.fetchedAt || at < found.fetchedAt)) found.fetchedAt = at;
  }));
  return found;
}

async function renew(address) {
  try {
    const answer = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) return;
    const headers = { "Content-Type": "application/json", [AT]: new Date().toISOString() };
    await (await store())?.put(address, new Response(await answer.text(), { headers }));
  } catch {
    // without a network, or without room: what is kept is used
  }
}

async function store() {
  try {
    return await caches.open(KEPT);
  } catch {
    return null; // a private window
  }
}
