// One event stream for all tabs of a browser, for one person: the tab that holds the lock listens and tells the others.
// Read with fetch and not with EventSource, which hides why it was refused and for whom a page was drawn.

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
const SILENCE = 45_000; // the server says something every 15 seconds
const FROZEN = 60_000; // a tab that listens for the others and says nothing so long was put to sleep by the browser

export function connection(base, viewer, page) {
  const name = `canaliza${base}:${viewer}`;
  const channel = "BroadcastChannel" in self ? new BroadcastChannel(name) : null;
  let leading = null; // stops this tab's listening
  let heard = Date.now();
  let state = null; // what was last said of the connection

  function say(message) {
    channel?.postMessage(message);
    receive(message);
  }

  function receive(message) {
    if (message.kind === "hello") {
      if (leading && state) channel.postMessage(state);
      return;
    }
    heard = Date.now();
    if (message.kind === "beat") return;
    if (message.kind === "changed") page.changed(message.referral, message.at);
    else if (message.kind === "again") page.again();
    else {
      const same = state && state.kind === message.kind;
      state = message;
      if (message.kind === "lost") page.lost(message.since);
      else if (!same) page[message.kind]();
    }
  }

  async function lead(stop) {
    if (state?.kind === "ended") return;
    leading = stop;
    let wait = FIRST_WAIT;
    while (!stop.signal.aborted) {
      const opened = await listen(base, viewer, stop.signal, say);
      if (stop.signal.aborted) return;
      if (opened === null) {
        say({ kind: "ended" });
        leading = null;
        return; // the lock is free for pages of another session
      }
      say({ kind: "lost", since: (state && state.kind === "lost" && state.since) || Date.now() });
      wait = opened ? FIRST_WAIT : Math.min(wait * 2, LONGEST_WAIT);
      await pause(wait * (0.75 + Math.random() / 2), stop.signal);
    }
  }

  async function queue(options) {
    const stop = new AbortController();
    try {
      await navigator.locks.request(name, options, () => lead(stop));
    } catch {
      stop.abort(); // another tab took the lock: this one was asleep
      leading = null;
      queue({});
    }
  }

  if (channel) channel.onmessage = (event) => receive(event.data);
  if (!channel || !navigator.locks) {
    lead(new AbortController());
    return;
  }
  channel.postMessage({ kind: "hello" });
  queue({});
  setInterval(() => {
    if (leading || state?.kind === "ended" || document.hidden || Date.now() - heard < FROZEN) return;
    heard = Date.now();
    queue({ steal: true });
  }, 10_000);
}

// Whether it was open before it ended; `null`: the session is over, or another person's.
async function listen(base, viewer, stopped, say) {
  const silence = new AbortController();
  const stop = () => silence.abort();
  stopped.addEventListener("abort", stop);
  let timer = setTimeout(stop, SILENCE);
  let opened = false;
  try {
    const answer = await fetch(`${base}/cambios`, {
      headers: { Accept: "text/event-stream", "X-Canaliza-Viewer": viewer },
      cache: "no-store",
      redirect: "error",
      signal: silence.signal,
    });
    if ([401, 403, 409].includes(answer.status)) return null;
    if (!answer.ok) return false;
    opened = true;
    say({ kind: "open" });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return true;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE);
      say({ kind: "beat" });
      const events = (text + value.replaceAll("\r", "")).split("\n\n");
      text = events.pop();
      for (const event of events) tell(event, say);
    }
  } catch {
    return opened;
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", stop);
    silence.abort();
  }
}

function tell(event, say) {
  const fields = {};
  for (const line of event.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  if (fields.event === "changed") say({ kind: "changed", referral: JSON.parse(fields.data).referral, at: fields.id });
  if (fields.event === "again") say({ kind: "again" });
}

// Waits, but not longer than until the network is back or somebody looks at the page.
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end, { signal: over.signal });
    document.addEventListener("visibilitychange", () => document.hidden || end(), { signal: over.signal });
    signal.addEventListener("abort", end, { signal: over.signal });
  });
}
