// Drives the page of the service in Chromium as people would: fills it in, predicts, changes values, is rejected, uploads a table;
// with JavaScript and without, by keyboard, on a bright and a dark screen, on a phone and on the narrowest one. axe-core judges every
// state. What is scored in the page has to be, bit for bit, what the service and the program say.
//
//   node page.mjs ADDRESS FOLDER
//
// FOLDER holds users.jsonl and scored.jsonl, what the program says of them; users.csv and scored.csv, the same of a table. Pictures go
// there. The service has the models `default`, `card`, `rule` and `odd`. The browser is `ASSIST_CHROMIUM`, or else
// `/usr/bin/chromium`. Exit status 0: no fault; 1: faults; 2: it could not look.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { launch, SETTINGS } from "./report.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [address, folder] = process.argv.slice(2);
const NARROWEST = { name: "narrowest", options: { viewport: { width: 320, height: 640 }, colorScheme: "dark" } };
/** Users whose figures are compared digit by digit. */
const SHOWN = 200;
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

/** Opens a window, and judges at its end whatever went wrong in it, and whom it asked. */
async function inWindow(browser, options, run) {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce", acceptDownloads: true });
  try {
    const page = await context.newPage();
    const heard = [];
    page.on("console", (message) => {
      // A rejection is an answer of status 422 and a report that is not there one of 404, which browsers call errors.
      const isAnswer = /status of (404|422)/.test(message.text());
      if (["error", "warning"].includes(message.type()) && !isAnswer) heard.push(message.text());
    });
    page.on("response", (response) => {
      const isPart = response.request().resourceType() !== "document";
      if (response.status() === 404 && isPart) heard.push(`${response.url()} is not there`);
    });
    page.on("pageerror", (error) => heard.push(error.message));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(address) && !url.startsWith("data:") && !url.startsWith(`blob:${address}`)) heard.push(`it asks ${url}`);
    });
    await run(page, heard);
    assert.deepEqual(heard, []);
  } finally {
    await context.close();
  }
}

/** What axe-core calls serious or critical, and whether the page is wider than its screen. */
async function judge(page, state) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = serious.map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  assert.deepEqual(told, [], `axe-core, ${state}`);
  const [inner, whole] = await page.evaluate(() => [window.innerWidth, document.documentElement.scrollWidth]);
  assert.ok(whole <= inner, `${state}: the page is ${whole} wide on a screen of ${inner}`);
  // A column as narrow as a letter is not read, and none sticks out of its section.
  const misplaced = await page.locator("th, td").evaluateAll((cells) =>
    cells
      .filter((cell) => cell.textContent.trim() !== "" && cell.checkVisibility())
      .filter((cell) => {
        const { right, width } = cell.getBoundingClientRect();
        return width < 36 || right > cell.closest("section").getBoundingClientRect().right;
      })
      .map((cell) => cell.textContent),
  );
  assert.deepEqual(misplaced, [], `${state}: cells that are too narrow, or stick out`);
}

const picture = (page, name) => page.screenshot({ path: join(folder, `page-${name}.png`), fullPage: true });

async function text(page, selector) {
  return (await page.locator(selector).textContent()).replace(/\s+/g, " ").trim();
}

/** Waits until what is shown belongs to the values. */
function settled(page) {
  return page.waitForSelector("#why:not(.stale), .rejected:not(.stale) .muted", { state: "attached" });
}

async function withScript(browser, { name, options }) {
  await inWindow(browser, options, async (page) => {
    await page.goto(address);
    await settled(page);
    await judge(page, `${name}, as it opens`);
    await picture(page, name);
    // Values move the probability, at once and without the server.
    const before = await text(page, "#probability");
    await page.locator("#c0").fill("0");
    await page.locator("#c1").fill("12");
    const moved = await text(page, "#probability");
    assert.notEqual(moved, before, "the probability moves");
    await settled(page);
    assert.equal(await text(page, "#probability"), moved, "the server says what the page said");
    assert.match(await text(page, "#result"), /What would change it The model would predict otherwise for a user with, nearest first: .*instead of/);
    // Beyond the training rows.
    await page.locator("#c1").fill("300");
    await settled(page);
    assert.match(await text(page, "#result"), /^task_completion_time_sec is outside the range of the training rows/);
    assert.doesNotMatch(await text(page, "#result"), /of 100 users/);
    // A value that the model does not take.
    await page.locator("#c0").fill("2.5");
    assert.match(await text(page, "#result"), /^No prediction ?error_count: not a whole number$/, "the page itself rejects");
    await settled(page);
    assert.match(await text(page, "#result"), /2.5 is not a whole number.*Correct the value, or decide without the model/);
    assert.equal(await page.locator("#c0").getAttribute("aria-invalid"), "true");
    assert.equal(await text(page, "#c0-fault"), "2.5 is not a whole number");
    // All faults are told, each at its field.
    await page.locator("#c2").fill("");
    await settled(page);
    assert.equal(await page.locator("[aria-invalid]").count(), 2);
    assert.equal(await text(page, "#c2-fault"), "there is no value");
    await page.locator("#c2").fill("5");
    await settled(page);
    await judge(page, `${name}, rejected`);
    await picture(page, `${name}-rejected`);
    await page.locator("#c0").fill("2");
    assert.equal(await page.locator(".rejected, [aria-invalid]").count(), 0, "a rejection ends with what was rejected");
    await settled(page);
    await page.waitForFunction(() => /^Predicted to need assistance, probability /.test(document.getElementById("said").textContent));
    for (const model of ["card", "rule"]) {
      await page.goto(`${address}models/${model}`);
      await settled(page);
      assert.match(await text(page, "#card"), /holds.*Total.*this user: /);
      await judge(page, `${name}, the ${model}`);
      await picture(page, `${name}-${model}`);
    }
  });
}

/** Everything in the order in which it stands, each with a mark that shows it has the focus, and nothing but keys. */
async function byKeyboard(browser) {
  await inWindow(browser, SETTINGS[0].options, async (page) => {
    await page.goto(address);
    await settled(page);
    const expected = await page.locator("a[href]:visible, a.skip, input, select, button").count();
    const seen = [];
    for (let place = 0; place < expected; place++) {
      await page.keyboard.press("Tab");
      seen.push(
        await page.evaluate(() => {
          const element = document.activeElement;
          const everything = [...document.querySelectorAll("*")];
          return [everything.indexOf(element), element.id || element.textContent, getComputedStyle(element).outlineStyle];
        }),
      );
    }
    assert.equal(seen[0][1], "Skip to the content");
    assert.ok(seen.every(([, , outline]) => outline !== "none"), `what has the focus is seen: ${JSON.stringify(seen)}`);
    assert.ok(seen.every(([place], index) => index === 0 || place > seen[index - 1][0]), `in order: ${JSON.stringify(seen)}`);
    await page.locator("#c0").focus();
    const before = await text(page, "#probability");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.notEqual(await text(page, "#probability"), before);
    // The slider beside it, and a choice.
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    assert.equal(await page.locator("#c0").inputValue(), "4");
    await page.locator("#c4").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#c4").inputValue(), "Smartphone");
    await page.locator("#c0").focus();
    await page.keyboard.press("Enter");
    await settled(page);
    assert.equal(await page.evaluate(() => document.activeElement.id), "result-heading");
  });
}

async function withoutScript(browser) {
  await inWindow(browser, { ...SETTINGS[0].options, javaScriptEnabled: false }, async (page) => {
    const predict = () => page.getByRole("button", { name: "Predict", exact: true }).click();
    await page.goto(address);
    await page.locator("#c0").fill("4");
    await page.locator("#c1").fill("100");
    await page.locator("#c4").selectOption("Smartwatch");
    await predict();
    assert.equal(await text(page, "#answer"), "Predicted to need assistance");
    assert.equal(page.url(), address, "values never stand in an address");
    assert.equal(await page.locator("#c1").inputValue(), "100", "what was entered stays");
    assert.equal(await page.locator("#c4").inputValue(), "Smartwatch");
    assert.match(await text(page, "#result"), /test rows have about the same probability.*base rate.*average values.*this user/);
    await picture(page, "without-script");
    // Change: the decision that the page says would follow.
    const change = /task_completion_time_sec: (\S+) s or less instead of 100/.exec(await text(page, "#why"));
    const pair = /error_count: (\d+) instead of 4, and task_completion_time_sec: (\S+) s instead of 100/.exec(await text(page, "#why"));
    assert.ok(change || pair, "a change is told");
    if (pair) await page.locator("#c0").fill(pair[1]);
    await page.locator("#c1").fill(pair ? pair[2] : change[1]);
    await predict();
    assert.equal(await text(page, "#answer"), "Predicted not to need assistance");
    // Rejected: what the browser lets through.
    await page.goto(`${address}models/odd`);
    await page.locator("#c0").fill("2025-02-03");
    await page.locator("#c1").fill("1e400");
    await page.locator("#c1").fill("");
    await page.locator("#c2").selectOption("");
    await predict();
    assert.equal(await page.locator("#answer").count(), 0, "a browser keeps back what is required");
    await page.locator("#c1").fill("2500.5");
    await predict();
    assert.match(await text(page, "#result"), /Predicted (not )?to need assistance.*signup \(days\).*Dates stay as they are/);
    await page.goto(`${address}models/card`);
    await predict();
    assert.match(await text(page, "#result"), /The card.*Total/);
    assert.equal(await page.getByRole("link", { name: "Report of the model" }).count(), 0, "no link leads to a report that is not there");
    await page.goto(`${address}models/card/report`);
    assert.match(await text(page, "main"), /There is no report of this model yet.*assist-cli report --model/);
    await page.getByRole("link", { name: "Back" }).click();
    assert.equal(page.url(), `${address}models/card`);
    await page.goto(address);
    await page.getByRole("link", { name: "Report of the model" }).click();
    assert.match(await text(page, "body"), /Verdict.*error_count/);
  });
}

/** A table comes back as the program writes it, with JavaScript and without. */
async function tables(browser, javaScriptEnabled) {
  await inWindow(browser, { ...SETTINGS[0].options, javaScriptEnabled }, async (page) => {
    const send = () => page.getByRole("button", { name: "Predict for the table" }).click();
    await page.goto(address);
    await page.locator("#file").setInputFiles(join(folder, "users.csv"));
    const waiting = page.waitForEvent("download");
    await send();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), "predicted.csv");
    const [found, expected] = await Promise.all([readFile(await download.path()), readFile(join(folder, "scored.csv"))]);
    assert.ok(expected.length > 1000 && found.equals(expected), "the table is the one that the program writes");
    if (javaScriptEnabled) {
      assert.match(await text(page, "#table-said"), /^50 rows: every one has a prediction. ?Save predicted.csv$/);
      const header = (await readFile(join(folder, "users.csv"), "utf8")).split("\n").slice(0, 2);
      const row = header[1].replace(/Smartphone|Smartwatch|Feature Phone/, "Tablet");
      assert.notEqual(row, header[1]);
      const unknown = { name: "users.csv", mimeType: "text/csv", buffer: Buffer.from(`${header[0]}\n${header[1]}\n${row}\n`) };
      await page.locator("#file").setInputFiles(unknown);
      await send();
      await page.waitForFunction(() => document.getElementById("table-said").textContent.includes("2 rows: 1 without a prediction"));
    }
    // One that is none of this model.
    const other = { name: "other.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") };
    await page.locator("#file").setInputFiles(other);
    await send();
    await page.waitForSelector(javaScriptEnabled ? "#table-said .warning" : "h1:has-text('The table was not scored')");
    assert.match(await text(page, "main"), /error_count/);
    // Without JavaScript axe-core does not run either; pages that only say something are judged below.
    if (javaScriptEnabled) await judge(page, "a table that was refused");
  });
}

/** Dates, money, odd levels: the page opens with fields to be filled in, and the server scores. */
async function oddColumns(browser) {
  await inWindow(browser, SETTINGS[1].options, async (page) => {
    await page.goto(`${address}models/odd`);
    assert.match(await text(page, "#result"), /^Fill in the values/);
    await judge(page, "fields to be filled in");
    await page.locator("#c0").fill("2025-02-03");
    await settled(page);
    const before = await text(page, "#probability");
    await page.locator("#c2").selectOption({ label: "Watch <b>" });
    await page.waitForFunction((before) => document.getElementById("probability").textContent !== before, before);
    await settled(page);
    const [probability, served] = [await text(page, "#probability"), { signup: "2025-02-03", device: "Watch <b>" }];
    served["income & more"] = Number(await page.locator("#c1").inputValue());
    const answer = await page.request.post(`${address}v1/predict?model=odd`, { data: served });
    assert.equal(probability, `${(100 * (await answer.json()).probability).toFixed(1)} %`);
    await judge(page, "dates and odd levels");
    await picture(page, "odd");
    await page.goto(`${address}models/odd/report`);
    await judge(page, "a page that says something");
  });
}

/** Answers that come late do not stand beside other values, and without a server the figures still move. */
async function lateAnswers(browser) {
  await inWindow(browser, SETTINGS[0].options, async (page, heard) => {
    await page.goto(address);
    await settled(page);
    let late = 1;
    await page.route(address, async (route) => {
      if (route.request().method() === "POST" && late-- > 0) await new Promise((resolve) => setTimeout(resolve, 900));
      await route.continue();
    });
    await page.locator("#c0").fill("4");
    await page.waitForTimeout(400);
    await page.locator("#c0").fill("0");
    const shown = await text(page, "#probability");
    await settled(page);
    await page.waitForTimeout(1000);
    assert.equal(await text(page, "#probability"), shown);
    assert.match(await text(page, "#why"), /this user/);
    await page.unroute(address);
    await page.route(address, (route) => route.abort());
    await page.locator("#c0").fill("4");
    assert.notEqual(await text(page, "#probability"), shown);
    await page.waitForSelector("#result > .warning");
    assert.match(await text(page, "#result"), /The server does not answer/);
    heard.length = 0;
  });
}

const lines = async (name) => (await readFile(join(folder, name), "utf8")).trim().split("\n").map((line) => JSON.parse(line));

async function sameBits(browser) {
  const [users, scored] = [await lines("users.jsonl"), await lines("scored.jsonl")];
  assert.equal(users.length, scored.length);
  await inWindow(browser, SETTINGS[0].options, async (page) => {
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
  });
}

/** The digits that the page shows are those that the server shows. */
async function sameDigits(browser) {
  const users = (await lines("users.jsonl")).slice(0, SHOWN);
  await inWindow(browser, SETTINGS[0].options, async (page) => {
    await page.goto(address);
    const [pairs, ties] = await page.evaluate(async (users) => {
      const { fixed, percent } = await import(document.querySelector("script[type=module]").src);
      const { score } = await import(document.getElementById("form").dataset.scorer);
      const fields = [...document.querySelectorAll("[data-column]")];
      const shown = async (user) => {
        const body = new URLSearchParams(fields.map((field) => [field.name, user[field.dataset.column]]));
        const answer = await fetch("/", { method: "POST", body, headers: { "X-Fragment": "result" } });
        const told = new DOMParser().parseFromString(await answer.text(), "text/html");
        const scored = score(user);
        const here = [percent(scored.probability), percent(scored.raw_probability), fixed(scored.score, 4)];
        const there = ["probability", "raw", "score"].map((id) => told.getElementById(id).textContent);
        return [here.join(" "), there.join(" ")];
      };
      const pairs = [];
      for (const user of users) pairs.push(await shown(user));
      return [pairs, [fixed(0.03125, 4), fixed(12.25, 1), fixed(-12.75, 1), fixed(12.35, 1), percent(0.1225), percent(0), percent(1)]];
    }, users);
    for (const [here, there] of pairs) assert.equal(here, there);
    const shown = ties.map((tie) => tie.replaceAll("\u00a0", " "));
    assert.deepEqual(shown, ["0.0312", "12.2", "-12.8", "12.3", "12.2 %", "< 0.1 %", "> 99.9 %"]);
    console.log(`${pairs.length} users: the page shows the digits of the server`);
  });
}

async function main() {
  const browser = await launch();
  try {
    for (const setting of [...SETTINGS, NARROWEST]) await part(`the page, ${setting.name}`, () => withScript(browser, setting));
    await part("the page by keyboard", () => byKeyboard(browser));
    await part("the page without JavaScript", () => withoutScript(browser));
    await part("a table", () => tables(browser, true));
    await part("a table without JavaScript", () => tables(browser, false));
    await part("dates and odd levels", () => oddColumns(browser));
    await part("late answers", () => lateAnswers(browser));
    await part("the bits of its scores", () => sameBits(browser));
    await part("the digits that it shows", () => sameDigits(browser));
  } finally {
    await browser.close();
  }
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(error);
  return 2;
});
