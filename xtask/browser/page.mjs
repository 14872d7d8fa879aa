// Drives the page of the service in Chromium as people would: fills it in, predicts, changes values, is rejected, uploads a table;
// with JavaScript and without, on a bright and a dark screen and on a phone. axe-core judges every state. What is scored in the page
// has to be, bit for bit, what the service and the program say.
//
//   node page.mjs ADDRESS USERS.jsonl SCORED.jsonl TABLE.csv OUTPUT_DIR
//
// The browser is `ASSIST_CHROMIUM`, or else `/usr/bin/chromium`. Exit status 0: no fault; 1: faults; 2: it could not look.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { launch, SETTINGS } from "./report.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const [address, usersFile, scoredFile, tableFile, pictures] = process.argv.slice(2);
const faults = [];

/** Runs a part of the test; what it finds wrong is a fault with its name. */
async function part(name, run) {
  try {
    await run();
    console.log(`${name}: no fault`);
  } catch (error) {
    faults.push(name);
    console.error(`fault in ${name}: ${error.message}`);
  }
}

/** A window of the browser that notes whatever goes wrong in it, and whom it asks. */
async function open(browser, options) {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce", acceptDownloads: true });
  const page = await context.newPage();
  const heard = [];
  page.on("console", (message) => {
    // A rejection is an answer of status 422, which browsers call an error.
    const isRejection = message.text().includes("status of 422");
    if (["error", "warning"].includes(message.type()) && !isRejection) heard.push(message.text());
  });
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("data:")) heard.push(`it asks ${url}`);
  });
  return { context, page, heard };
}

/** What axe-core calls serious or critical. */
async function judge(page, state) {
  // The page takes no script from elsewhere, which this one is.
  const source = await readFile(AXE, "utf8");
  const { violations } = await page.evaluate(
    async (source) => {
      new Function(source)();
      return window.axe.run(document, { resultTypes: ["violations"] });
    },
    source,
  );
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = serious.map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  assert.deepEqual(told, [], `axe-core, ${state}`);
}

async function fitsTheScreen(page) {
  const [inner, whole] = await page.evaluate(() => [window.innerWidth, document.documentElement.scrollWidth]);
  assert.ok(whole <= inner, `the page is ${whole} wide on a screen of ${inner}`);
}

async function text(page, selector) {
  return (await page.locator(selector).textContent()).replace(/\s+/g, " ").trim();
}

/** Waits until the explanation belongs to the values. */
async function settled(page) {
  await page.waitForFunction(() => document.querySelector("#why:not([hidden]), .rejected"));
}

async function withScript(browser, { name, options }) {
  const { context, page, heard } = await open(browser, { ...options, bypassCSP: true });
  await page.goto(address);
  await settled(page);
  await judge(page, `${name}, as it opens`);
  await fitsTheScreen(page);
  await page.screenshot({ path: join(pictures, `page-${name}.png`), fullPage: true });
  // Values move the probability, at once and without the server.
  const before = await text(page, "#probability");
  await page.locator("#c0").fill("0");
  await page.locator("#c1").fill("12");
  const moved = await text(page, "#probability");
  assert.notEqual(moved, before, "the probability moves");
  await settled(page);
  assert.equal(await text(page, "#probability"), moved, "the server says what the page said");
  assert.match(await text(page, "#result"), /What would change it/);
  // A value that the model does not take.
  await page.locator("#c0").fill("2.5");
  // The page says at once that there is none, and the server why.
  await page.waitForFunction(() => document.getElementById("result").textContent.includes("does not guess"));
  assert.match(await text(page, "#result"), /2.5 is not a whole number.*does not guess/);
  await judge(page, `${name}, rejected`);
  await page.screenshot({ path: join(pictures, `page-${name}-rejected.png`), fullPage: true });
  assert.deepEqual(heard, []);
  await context.close();
}

async function byKeyboard(browser) {
  const { context, page, heard } = await open(browser, SETTINGS[0].options);
  await page.goto(address);
  await settled(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.locator("#c0").focus();
  const before = await text(page, "#probability");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await text(page, "#probability"), before);
  await page.keyboard.press("Enter");
  await settled(page);
  assert.deepEqual(heard, []);
  await context.close();
}

async function withoutScript(browser) {
  const { context, page, heard } = await open(browser, { ...SETTINGS[0].options, javaScriptEnabled: false });
  await page.goto(address);
  await page.locator("#c0").fill("4");
  await page.locator("#c1").fill("100");
  await page.locator("#c4").selectOption("Smartwatch");
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  const answer = await text(page, "#answer");
  assert.match(answer, /^Predicted: needs_assistance_flag = 1$/);
  assert.equal(await page.locator("#c1").inputValue(), "100", "what was entered stays");
  assert.equal(await page.locator("#c4").inputValue(), "Smartwatch");
  assert.match(await text(page, "#result"), /base rate.*result/);
  // Change: the other decision.
  await page.locator("#c0").fill("0");
  await page.locator("#c1").fill("12");
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  assert.match(await text(page, "#answer"), /= 0$/);
  // A table.
  await page.locator("#file").setInputFiles(tableFile);
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Predict for the table" }).click();
  const scored = await readFile(await (await waiting).path(), "utf8");
  const [header, ...lines] = scored.trim().split("\n");
  const place = header.split(",").indexOf("probability");
  const expected = (await readFile(scoredFile, "utf8")).trim().split("\n").slice(0, lines.length);
  assert.ok(lines.length > 10);
  lines.forEach((line, row) => assert.equal(Number(line.split(",")[place]), JSON.parse(expected[row]).probability, `row ${row}`));
  // One that is none of this model.
  await page.goto(address);
  await page.locator("#file").setInputFiles({ name: "other.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
  await page.getByRole("button", { name: "Predict for the table" }).click();
  assert.match(await text(page, "main"), /The table was not scored.*error_count/);
  // The report, where there is none yet, and the card of another model.
  await page.goto(address);
  await page.getByRole("link", { name: "Model card" }).click();
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  assert.match(await text(page, "#result"), /The card.*Total/);
  assert.deepEqual(heard, []);
  await context.close();
}

async function sameBits(browser) {
  const users = (await readFile(usersFile, "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  const scored = (await readFile(scoredFile, "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(users.length, scored.length);
  const { context, page } = await open(browser, SETTINGS[0].options);
  await page.goto(address);
  const [inPage, served] = await page.evaluate(async (users) => {
    const { score } = await import(document.getElementById("form").dataset.scorer);
    const answer = await fetch("/v1/predict", { method: "POST", body: JSON.stringify(users) });
    return [users.map((user) => score(user)), await answer.json()];
  }, users);
  const keys = ["score", "raw_probability", "probability", "prediction"];
  const differs = users.map((_, row) => row).filter((row) =>
    keys.some((key) => !Object.is(inPage[row][key], scored[row][key]) || !Object.is(served[row][key], scored[row][key])),
  );
  assert.deepEqual(differs, [], "rows whose bits differ");
  console.log(`${users.length} users: the page, the service and the program have the same bits`);
  await context.close();
}

async function main() {
  await mkdir(pictures, { recursive: true });
  const browser = await launch();
  try {
    for (const setting of SETTINGS) await part(`the page, ${setting.name}`, () => withScript(browser, setting));
    await part("the page by keyboard", () => byKeyboard(browser));
    await part("the page without JavaScript", () => withoutScript(browser));
    await part("the bits of its scores", () => sameBits(browser));
  } finally {
    await browser.close();
  }
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(error);
  return 2;
});
