// The page without this script asks the server; with it the figures move while values do. They are scored here by the model's own
// export, whose numbers are the server's to the last bit; the rest of the result is asked for once the values stay.

const form = document.getElementById("form");
const result = document.getElementById("result");
const fields = [...form.querySelectorAll("[data-column]")];
/** So long values stay before the server is asked, and before they are said aloud. */
const WAIT = 150;
const WAIT_TO_SAY = 700;
/** A slider has about so many steps. */
const STEPS = 200;
const WIDTH = 600;

let scorer = null;
/** Counts changes: what was asked for before the last one is not shown. */
let version = 0;
let waiting = 0;
let saying = 0;
let isInView = false;

if (form.dataset.scorer) {
  try {
    scorer = await import(form.dataset.scorer);
  } catch {
    // The server answers all the same.
  }
}

/** A row as the export takes it. */
export function row() {
  const values = {};
  for (const field of fields) {
    const text = field.value;
    if (text === "") values[field.dataset.column] = null;
    else values[field.dataset.column] = field.dataset.kind === "number" ? Number(text) : text;
  }
  return values;
}

/** A number with so many decimals as the server rounds it: to the nearest, of two equally near to the even one. */
export function fixed(value, decimals) {
  const size = Math.abs(value);
  if ((size * 2 ** (decimals + 1)) % 2 !== 1) return value.toFixed(decimals);
  const below = Math.floor(size * 10 ** decimals);
  const even = below % 2 === 0 ? below : below + 1;
  return (Math.sign(value) * (even / 10 ** decimals)).toFixed(decimals);
}

/** A probability in percent with one decimal, never certain, as the server writes it. */
export function percent(share) {
  const p = share * 100;
  if (p < 0.05) return "<\u00a00.1\u00a0%";
  if (p > 99.95) return ">\u00a099.9\u00a0%";
  return `${fixed(p, 1)}\u00a0%`;
}

/** Writes a text where there is a place for it. */
function write(id, text) {
  const place = document.getElementById(id);
  if (place) place.textContent = text;
}

/** What belongs to other values is out of sight until the new one is there. */
function makeStale(parts) {
  for (const part of parts) part.classList.add("stale");
}

/** Shows what the page itself can say of the values. */
function show() {
  if (!scorer) return makeStale(result.children);
  const scored = scorer.score(row());
  if (scored.outcome === "scored") showScore(scored);
  else showRejection(scored);
}

function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = kind;
  return made;
}

function answerOf(text) {
  const answer = element("p", text, "answer");
  answer.id = "answer";
  return answer;
}

function showScore(scored) {
  const answer = scored.prediction === 1 ? form.dataset.positive : form.dataset.negative;
  // After a rejection there is no place yet for more.
  if (!document.getElementById("probability")) return result.replaceChildren(answerOf(answer));
  write("answer", answer);
  write("probability", percent(scored.probability));
  write("raw", percent(scored.raw_probability));
  write("score", fixed(scored.score, 4));
  const fill = document.getElementById("fill");
  fill.setAttribute("width", fixed(WIDTH * scored.probability, 1));
  fill.classList.toggle("positive", scored.prediction === 1);
  makeStale(result.querySelectorAll("#before, #more, #card, #why"));
}

/** In short; the server tells it in full. */
function showRejection({ column, reason }) {
  const rejected = element("div", "", "rejected");
  const fault = element("div", "", "of-column");
  fault.dataset.column = column ?? "";
  fault.append(column === null ? "" : `${column}: `, element("span", reason, "reason"));
  rejected.append(answerOf("No prediction"), fault);
  result.replaceChildren(rejected);
}

/** Marks the fields whose values are not taken, with the reasons, and says the result where it is read aloud and on a small screen. */
function tell() {
  const faults = [...result.querySelectorAll(".rejected:not(.stale) .of-column")];
  for (const field of fields) {
    const fault = faults.find((fault) => fault.dataset.column === field.dataset.column);
    if (fault) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    write(`${field.id}-fault`, fault ? fault.querySelector(".reason").textContent : "");
  }
  const answer = document.getElementById("answer");
  if (!answer || answer.closest(".stale")) return;
  const probability = document.getElementById("probability");
  const words = probability ? `${answer.textContent}, probability ${probability.textContent}` : answer.textContent;
  glance.textContent = words;
  glance.hidden = isInView;
  document.body.classList.add("has-glance");
  clearTimeout(saying);
  saying = setTimeout(() => write("said", words), WAIT_TO_SAY);
}

/** Asks the server for the whole result. */
async function ask() {
  const asked = version;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Fragment": "result" },
    });
    const html = await answer.text();
    if (asked !== version) return;
    if (!answer.ok && answer.status !== 422) throw new Error(answer.statusText);
    const isOpen = document.getElementById("details")?.open;
    result.innerHTML = html;
    document.getElementById("details")?.toggleAttribute("open", isOpen === true);
    tell();
  } catch {
    if (asked !== version) return;
    const note = "The server does not answer, so there is no explanation of these values.";
    if (!result.querySelector(":scope > .warning")) result.append(element("p", note, "warning"));
  }
}

function changed() {
  version += 1;
  show();
  tell();
  clearTimeout(waiting);
  waiting = setTimeout(ask, WAIT);
}

/** The result in one line, on screens where it lies below the form. */
const glance = document.createElement("a");
glance.className = "glance";
glance.href = "#prediction";
glance.hidden = true;
document.querySelector(".columns").after(glance);
new IntersectionObserver(([seen]) => {
  isInView = seen.isIntersecting;
  glance.hidden = isInView || glance.textContent === "";
}).observe(document.getElementById("prediction"));

/** A step of 1, 2 or 5 times a power of ten, of which the range has some two hundred. */
function stepOf(range) {
  const power = 10 ** Math.floor(Math.log10(range / STEPS));
  const times = [1, 2, 5, 10].find((times) => times * power >= range / STEPS);
  return times * power;
}

function addSlider(field) {
  const [low, high] = [Number(field.dataset.low), Number(field.dataset.high)];
  if (!(high > low)) return;
  const step = field.step === "any" ? stepOf(high - low) : Number(field.step);
  const slider = document.createElement("input");
  slider.type = "range";
  // On whole steps, so that its numbers are short.
  slider.step = step;
  slider.min = Number((Math.ceil(low / step) * step).toPrecision(12));
  slider.max = high;
  slider.value = field.value === "" ? low : field.value;
  slider.setAttribute("aria-label", `${field.dataset.column}, as a slider`);
  slider.addEventListener("input", () => {
    field.value = slider.value;
    changed();
  });
  field.addEventListener("input", () => {
    slider.value = field.value;
  });
  field.after(slider);
}

for (const field of fields) {
  if (field.dataset.kind === "number") addSlider(field);
  field.addEventListener("input", changed);
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  version += 1;
  ask();
  // On a small screen the result lies below the form.
  document.getElementById("result-heading").focus({ preventScroll: false });
});

const tableForm = document.getElementById("table-form");
const tableSaid = document.getElementById("table-said");

/** Lines about the table that was sent, in place of those before. */
function sayOfTable(lines, kind = "") {
  const paragraphs = lines.map((line) => {
    const paragraph = element("p", "", kind);
    paragraph.append(line);
    return paragraph;
  });
  tableSaid.replaceChildren(...paragraphs);
}

/** What a page or an object of the server says is wrong. */
function wrong(text, kind) {
  if (kind.startsWith("application/json")) return [JSON.parse(text).error];
  const lines = new DOMParser().parseFromString(text, "text/html").querySelectorAll("#lines p");
  return [...lines].map((line) => line.textContent);
}

async function sendTable() {
  sayOfTable(["The table is being scored."]);
  const answer = await fetch(tableForm.action, { method: "POST", body: new FormData(tableForm) });
  if (!answer.ok) {
    return sayOfTable(wrong(await answer.text(), answer.headers.get("content-type") ?? ""), "warning");
  }
  const [rows, rejected] = ["x-rows", "x-rejected"].map((name) => Number(answer.headers.get(name)));
  const link = document.createElement("a");
  link.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))?.[1] ?? "predicted";
  link.href = URL.createObjectURL(await answer.blob());
  link.textContent = `Save ${link.download}`;
  const without = rejected === 0 ? "every one has a prediction" : `${rejected} without a prediction, each with the reason`;
  sayOfTable([`${rows} ${rows === 1 ? "row" : "rows"}: ${without}.`, link]);
  link.click();
}

tableForm.addEventListener("submit", (event) => {
  event.preventDefault();
  sendTable().catch(() => sayOfTable(["The server does not answer. Send the table again."], "warning"));
});

// What the form begins with is explained, unless some of it is still to be filled in.
if (fields.every((field) => !field.required || field.value !== "")) ask();
else tell();
