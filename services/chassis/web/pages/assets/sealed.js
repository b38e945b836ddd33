// What is sealed and was opened: opened in its place, so that "Back" never asks to send a form again; and taken off the
// screen when nobody uses it, or when the page is left.

const LOOKS = 5_000; // milliseconds between two looks at the time

// Opens without leaving the page. Each opening is a request of its own, recorded at the server as without a script.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-opens] form") || event.defaultPrevented) return;
  event.preventDefault();
  const section = form.closest("[data-opens]");
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), cache: "no-store" });
  } catch {
    delete form.dataset.sent;
    form.querySelector("button").removeAttribute("aria-disabled");
    return tell(form, section.dataset.opens);
  }
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = answer.ok && drawn.getElementById(section.id);
  if (!fresh) {
    document.querySelector("main").replaceWith(drawn.querySelector("main")); // refused, or the session has ended
    document.getElementById("fault")?.focus();
    return;
  }
  section.replaceWith(fresh);
  watch(fresh);
  fresh.querySelector("[data-closes-after]")?.focus();
});

function tell(beside, words) {
  const said = document.createElement("p");
  said.className = "notice bad";
  said.setAttribute("role", "alert");
  said.textContent = words;
  if (beside.nextElementSibling?.matches(".notice")) beside.nextElementSibling.remove();
  beside.after(said);
}

// Takes opened content off the screen after so many seconds without a touch, a key or a scroll, and when it is left.
function watch(root) {
  for (const opened of root.querySelectorAll("[data-closes-after]")) {
    let used = Date.now();
    const stop = new AbortController();
    const close = () => {
      clearInterval(timer);
      stop.abort();
      const said = document.createElement("p");
      said.className = "notice over";
      said.setAttribute("role", "status");
      said.textContent = opened.dataset.words;
      opened.replaceWith(said);
    };
    const timer = setInterval(() => {
      if (!opened.isConnected) {
        clearInterval(timer); // closed by somebody else
        stop.abort();
      } else if (Date.now() - used > opened.dataset.closesAfter * 1_000) close();
    }, LOOKS);
    for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
      addEventListener(kind, () => { used = Date.now(); }, { passive: true, signal: stop.signal });
    }
    addEventListener("pagehide", close, { signal: stop.signal });
  }
}

watch(document);
