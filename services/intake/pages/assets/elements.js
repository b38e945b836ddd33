// Makes elements out of parts; what comes from data is only ever text.

/** An element. `properties`: attributes by name, and listeners as functions; `children`: elements and texts. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

/** One of a few answers, as the form's own questions are drawn. `options`: pairs of code and words. */
export function choice(name, legend, options, chosen = "", type = "radio") {
  return element("fieldset", { class: "choice", id: name }, element("legend", {}, legend),
    options.map(([code, words], at) => {
      const id = `${name}-${at + 1}`;
      const checked = type === "radio" ? code === chosen : chosen.includes(code);
      return element("div", {}, element("input", { type, id, name, value: code, checked }), element("label", { for: id }, words));
    }));
}

/** A text of the catalogue with its places filled in. */
export function filled(text, parts) {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
}
