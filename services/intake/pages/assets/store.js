// What this telephone keeps, in IndexedDB. One transaction is one change: it is on the disk when its promise is kept.

const NAME = "canaliza-albergue";
const VERSION = 1;
const STORES = { records: "id", receipts: "id", drafts: "id", settings: "name" };
const ATTEMPTS = 3;
const CLOSED = new Set(["InvalidStateError", "AbortError", "TransactionInactiveError", "UnknownError"]);

// Why nothing can be kept: `full` (the disk), `none` (this window keeps nothing, as private ones may), `newer` (a newer
// version of these pages is open), `broken`.
export class StoreError extends Error {
  constructor(kind, cause) {
    super(kind, { cause });
    this.kind = kind;
  }
}

const KINDS = { QuotaExceededError: "full", SecurityError: "none", VersionError: "newer" };
const explained = (error) =>
  error instanceof StoreError ? error : new StoreError(KINDS[error?.name] ?? (CLOSED.has(error?.name) ? "none" : "broken"), error);

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) return reject(new StoreError("none"));
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name, { keyPath });
      }
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const found = asked.result;
      found.onclose = () => { opened = null; }; // by the system, which was short of memory or of room
      found.onversionchange = () => {
        found.close();
        opened = null;
      };
      resolve(found);
    };
  });
  opened.catch(() => { opened = null; });
  return opened;
}

// Runs `work` with a function that finds a store by its name. What it awaits are requests (`done`) and nothing else: a
// transaction ends when nothing is asked of it. After the system closed the database, it is opened and tried again.
export async function transaction(names, mode, work) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await within(await database(), names, mode, work);
    } catch (error) {
      if (attempt === ATTEMPTS || !CLOSED.has(error?.name)) throw explained(error);
      opened = null;
    }
  }
}

function within(found, names, mode, work) {
  return new Promise((resolve, reject) => {
    const asked = found.transaction(names, mode, { durability: "strict" });
    let result, refused;
    asked.oncomplete = () => resolve(result);
    asked.onabort = () => reject(refused ?? asked.error ?? new DOMException("closed", "AbortError"));
    Promise.resolve()
      .then(() => work((name) => asked.objectStore(name)))
      .then(
        (given) => { result = given; },
        (error) => {
          refused = error;
          try {
            asked.abort();
          } catch {
            reject(error); // it had ended already
          }
        },
      );
  });
}

export const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export const setting = (name) => transaction(["settings"], "readonly", (store) => done(store("settings").get(name)));

export const keepSetting = (entry) => transaction(["settings"], "readwrite", (store) => done(store("settings").put(entry)));

export const dropSetting = (name) => transaction(["settings"], "readwrite", (store) => done(store("settings").delete(name)));

// Whether the browser has promised not to throw away what is kept: `yes`, `no`, or `unknown`.
export async function promised({ ask = false } = {}) {
  try {
    if (await navigator.storage.persisted()) return "yes";
    return ask && (await navigator.storage.persist()) ? "yes" : "no";
  } catch {
    return "unknown";
  }
}
