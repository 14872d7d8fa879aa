// The page without this script asks the server; with it the figures move while values do. They are scored here by the model's own
// export, whose numbers are the server's to the last bit, and the rest of the result is asked for once the values stay.

const form = document.getElementById("form");
const result = document.getElementById("result");
const fields = [...form.querySelectorAll("[data-column]")];
const WAIT = 200;
let scorer = null;
let waiting = 0;
let asked = 0;

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

/** A share in percent with one decimal, never rounded to certainty, as the server writes it. */
export function percent(share) {
  const p = share * 100;
  if (p > 0 && p < 0.05) return "< 0.1 %";
  if (p < 100 && p > 99.95) return "> 99.9 %";
  return `${p.toFixed(1)} %`;
}

function show() {
  if (!scorer) return;
  const scored = scorer.score(row());
  const probability = document.getElementById("probability");
  if (scored.outcome !== "scored" || !probability) return;
  probability.textContent = percent(scored.probability);
  document.getElementById("fill").setAttribute("width", (600 * scored.probability).toFixed(1));
  document.getElementById("fill").classList.toggle("positive", scored.prediction === 1);
  const label = scored.prediction === 1 ? form.dataset.positive : form.dataset.negative;
  document.getElementById("answer").textContent = `Predicted: ${form.dataset.target} = ${label}`;
  const raw = document.getElementById("raw");
  if (raw) raw.textContent = percent(scored.raw_probability);
  // Explanations of other values would be wrong.
  for (const old of result.querySelectorAll("#why, .warning")) old.hidden = true;
}

async function ask() {
  const mine = ++asked;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Fragment": "result" },
    });
    const html = await answer.text();
    if (mine === asked && (answer.ok || answer.status === 422)) result.innerHTML = html;
  } catch {
    // Without the server the figures still move.
  }
}

function changed() {
  show();
  clearTimeout(waiting);
  waiting = setTimeout(ask, WAIT);
}

for (const field of fields) {
  const { low, high } = field.dataset;
  if (field.dataset.kind === "number" && low !== high) {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = low;
    slider.max = high;
    slider.step = field.step === "any" ? (high - low) / 200 : field.step;
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
  field.addEventListener("input", changed);
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
ask();
