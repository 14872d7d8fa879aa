// Opens a report in Chromium as people would, on a bright and a dark screen and on a phone, takes pictures of it, and
// fails with a line for each fault.
//
//   node report.mjs REPORT.html OUTPUT_DIR
//
// The browser is `ASSIST_CHROMIUM`, or else `/usr/bin/chromium`. Exit status 0: no fault; 1: faults; 2: it could not look.

import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import { look } from "./rules.mjs";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const SETTINGS = [
  { name: "light", options: { ...DESKTOP, colorScheme: "light" } },
  { name: "dark", options: { ...DESKTOP, colorScheme: "dark" } },
  { name: "phone", options: { ...PHONE, colorScheme: "light" } },
];

/** Faults of one rule that are told one by one. */
const TOLD = 12;

/** The rules that are judged from outside the page; those of `rules.mjs` come on top. */
export const OUTSIDE_RULES = ["console", "pageErrors", "requests", "failedRequests", "darkMode"];

export function launch() {
  return chromium.launch({
    executablePath: process.env.ASSIST_CHROMIUM || "/usr/bin/chromium",
    headless: true,
    // As root in a container there is no sandbox to be had; and the browser is not to talk to anybody.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A window for each setting, which one page after the other may be opened in. */
export function windows(browser) {
  return Promise.all(
    SETTINGS.map(async ({ name, options }) => {
      const context = await browser.newContext({ ...options, offline: true, reducedMotion: "reduce" });
      return { name, width: options.viewport.width, page: await context.newPage() };
    }),
  );
}

/** Opens a file in every window: `{ faults: [{ rule, line, settings }], seen: [{ name, rules, facts }] }`. */
export async function inspect(windows, file, pictures = null) {
  const seen = await Promise.all(windows.map((window) => inspectIn(window, pathToFileURL(file).href, pictures)));
  const [light, dark] = ["light", "dark"].map((wanted) => seen.find(({ name }) => name === wanted));
  if (light.facts.background === dark.facts.background) {
    dark.faults.push({ rule: "darkMode", what: `the background is ${dark.facts.background}, as on a bright screen` });
  }
  const faults = new Map();
  for (const { name, faults: found } of seen) {
    for (const { rule, what } of found) {
      const line = `${rule}: ${what}`.replace(/\s+/g, " ");
      if (!faults.has(line)) faults.set(line, { rule, line, settings: new Set() });
      faults.get(line).settings.add(name);
    }
  }
  return { faults: [...faults.values()].map((fault) => ({ ...fault, settings: [...fault.settings] })), seen };
}

async function inspectIn({ name, width, page }, address, pictures) {
  const heard = [];
  listen(page, address, (rule, what) => heard.push({ rule, what }));
  await page.goto(address);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  // As it is opened, and with everything unfolded.
  const folded = await page.evaluate(look, { width });
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  const unfolded = await page.evaluate(look, { width });
  page.removeAllListeners();
  return { name, rules: folded.rules, facts: unfolded.facts, faults: [...heard, ...folded.faults, ...unfolded.faults] };
}

/** What the browser has to complain of, and whom the page asks for anything. */
function listen(page, address, note) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) note("console", `${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => note("pageErrors", error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== address && !url.startsWith("data:")) note("requests", `${request.resourceType()} ${url}`);
  });
  page.on("requestfailed", (request) => {
    note("failedRequests", `${request.url().slice(0, 200)}: ${request.failure()?.errorText}`);
  });
}

function tell({ faults, seen }, pictures) {
  for (const { name, facts } of seen) {
    const count = faults.filter(({ settings }) => settings.includes(name)).length;
    const sizes = facts.texts === 0 ? "" : `, contrast from ${facts.contrast.toFixed(1)}:1, text from ${facts.size.toFixed(1)} px`;
    const verdict = count === 0 ? "no fault" : `${count} fault${count === 1 ? "" : "s"}`;
    console.log(`${name}: ${facts.drawings} drawings, ${facts.texts} texts${sizes}: ${verdict} (${join(pictures, `${name}.png`)})`);
  }
  const told = new Map();
  for (const { rule, line, settings } of faults) {
    told.set(rule, (told.get(rule) ?? 0) + 1);
    if (told.get(rule) <= TOLD) console.error(`fault (${settings.join(", ")}): ${line}`);
  }
  for (const [rule, count] of told) if (count > TOLD) console.error(`fault: ${rule}: ${count - TOLD} more`);
}

async function main([report, pictures, ...more]) {
  if (!report || !pictures || more.length > 0) {
    console.error("usage: node report.mjs REPORT.html OUTPUT_DIR");
    return 2;
  }
  if (!(await stat(report).then((facts) => facts.isFile(), () => false))) {
    console.error(`there is no file ${report}`);
    return 2;
  }
  await mkdir(pictures, { recursive: true });
  const browser = await launch();
  try {
    const found = await inspect(await windows(browser), resolve(report), pictures);
    tell(found, pictures);
    return found.faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    return 2;
  });
}
