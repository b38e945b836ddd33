// The slider over a case's moments. It moves the list of moments that the form has anyway, and draws anew only what was
// so then. Where a request fails the form is sent as it would be without this script.

const WAIT = 250; // milliseconds: a thumb that is still moving asks for nothing

const form = document.querySelector("form[data-moments]");
const list = form?.querySelector("select[name=hasta]");
const slider = form?.querySelector("[data-slider]");
const range = slider?.querySelector("input[type=range]");
const here = slider?.querySelector("[data-here]");
const ahead = () => list.options.length - Number(range.max) - 1; // an entry before the first moment, or none
let waiting;
let asked;

function say() {
  here.textContent = list.options[list.selectedIndex]?.textContent ?? "";
  range.setAttribute("aria-valuetext", here.textContent);
}

function address() {
  return `${form.action}?${new URLSearchParams(new FormData(form))}`;
}

async function draw(to) {
  asked?.abort();
  asked = new AbortController();
  const then = document.querySelector("[data-then]");
  then.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(to, { signal: asked.signal, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-then]");
    if (!drawn) throw new Error("nothing to show");
    then.replaceWith(document.adoptNode(drawn));
    history.replaceState(null, "", to);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(to);
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => draw(address()), WAIT);
}

function to(place) {
  list.selectedIndex = Math.min(Math.max(place, 0), list.options.length - 1);
  range.value = String(list.selectedIndex - ahead());
  say();
  soon();
}

if (form && list && range && list.options.length > 1) {
  slider.hidden = false;
  range.value = String(list.selectedIndex - ahead());
  say();
  range.addEventListener("input", () => to(Number(range.value) + ahead()));
  list.addEventListener("change", () => to(list.selectedIndex));
  document.addEventListener("click", (event) => {
    const step = event.target.closest?.("[data-then] [data-step]");
    if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    to(list.selectedIndex + Number(step.dataset.step));
  });
}
