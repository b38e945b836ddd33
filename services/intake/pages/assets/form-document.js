// Makes a submission of what was written into the registration form, as register_document.py does on the server. Both
// read the same list of questions, and a test compares what they make.

const HARM = ["kind", "when", "where", "perpetrator"];
const MAX_HARM_ROWS = 40;

/** The fields of a form by name, as a browser would send them. */
export function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

/** What the conditions look at: the answers, and whether the person counts as a child. */
export function factsOf(fields, questions) {
  const band = fields.age_band ?? "";
  const couldBe = fields.could_be_under_18 ?? "";
  let child = "";
  if (band === "unknown") child = couldBe === "" ? "" : couldBe === "no" ? "no" : "yes";
  else if (band) child = questions.childBands.includes(band) ? "yes" : "no";
  return { ...fields, kind: fields.kind || "person", child };
}

/** Whether a question is asked. */
export function holds(when, facts) {
  if (!when) return true;
  return when.split("&").every((part) => {
    const at = part.indexOf("=");
    const negated = part[at - 1] === "!";
    const isOne = part.slice(at + 1).split("|").includes(facts[part.slice(0, negated ? at - 1 : at)] ?? "");
    return isOne !== negated;
  });
}

/** The questions that are asked of these facts. */
export function askedOf(facts, questions) {
  return questions.steps.filter((step) => holds(step.when, facts))
    .flatMap((step) => step.questions.filter((one) => holds(one.when, facts)));
}

/** The submission. `made`: {submissionId, shelter, worker, now (Date), consents?}. */
export function documentOf(fields, questions, made) {
  const facts = factsOf(fields, questions);
  const late = Boolean(fields.papel);
  const document = {
    submission_id: made.submissionId,
    kind: facts.kind,
    shelter: made.shelter,
    worker: (late && text(fields, "worker")) || made.worker,
    occurred_at: (late && moment(text(fields, "occurred_at"))) || text(fields, "iniciado") || withOffset(made.now),
    screening: {},
  };
  for (const question of askedOf(facts, questions)) {
    const answer = answerTo(question, fields, facts);
    if (answer !== null && question.name !== "kind") put(document, question.path.split("."), answer);
  }
  if (facts.kind === "person" && made.consents?.length) document.consent = made.consents;
  return document;
}

function answerTo(question, fields, facts) {
  const { name } = question;
  const written = text(fields, name);
  switch (question.type) {
    case "many": {
      const marked = Object.keys(fields).filter((key) => key.startsWith(`${name}-`) && fields[key])
        .map((key) => key.slice(name.length + 1));
      return marked.length || name === "needs" ? marked : null;
    }
    case "harm": {
      const rows = harm(fields);
      return rows.length ? rows : null;
    }
    case "bool": return { yes: true, no: false }[written] ?? null;
    case "number": return written ? (/^[0-9]{1,4}$/.test(written) ? Number(written) : written) : null;
    case "day": return fields[`${name}-unknown`] ? "unknown" : written || null;
    case "birth": return birth(written) || null;
    case "area": return (fields[name] ?? "").replaceAll("\r\n", "\n").trim() || null;
    default: return (facts[name] ?? "").trim() || null;
  }
}

function harm(fields) {
  const rows = [];
  for (let row = 1; row <= MAX_HARM_ROWS; row += 1) {
    const told = HARM.map((one) => [one, text(fields, `harm-${row}-${one}`)]).filter(([, code]) => code);
    if (told.length) rows.push(Object.fromEntries(told));
  }
  return rows;
}

// People write 30/04/1998; the submission has 1998-04-30, or the year alone.
function birth(written) {
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(written) ?? [];
  return year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : written;
}

function moment(written) {
  const at = written ? new Date(written) : null;
  return at && !Number.isNaN(at.getTime()) ? withOffset(at) : written;
}

/** A moment on this device's clock, with its offset. */
export function withOffset(at) {
  const two = (number) => String(Math.trunc(Math.abs(number))).padStart(2, "0");
  const offset = -at.getTimezoneOffset();
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day}T${time}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

function text(fields, name) {
  return (fields[name] ?? "").trim();
}

function put(document, path, answer) {
  let inside = document;
  for (const name of path.slice(0, -1)) inside = inside[name] ??= {};
  inside[path.at(-1)] = answer;
}
