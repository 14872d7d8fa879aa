// Does each rule see what it is there for? A page that keeps to all of them must pass, and for each rule there are pages
// with one thing spoiled that it must fault. A rule that no page here breaks is a failure too.
//
//   node self-test.mjs

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { inspect, launch, OUTSIDE_RULES, windows } from "./report.mjs";

const DOT = '<svg xmlns="http://www.w3.org/2000/svg"/>';

const GOOD = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A report</title>
<style>
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --faint: #5c5c66; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --paper: #131316; --faint: #a6a6b3; } }
body { margin: 1rem; color: var(--ink); background: var(--paper); font: 16px/1.5 sans-serif; }
figure { margin: 0; }
svg { width: 100%; max-width: 40rem; height: auto; display: block; }
svg text { fill: var(--ink); font: 15px sans-serif; }
.halo { stroke: var(--paper); stroke-width: 3px; paint-order: stroke; }
.scroller { overflow-x: auto; }
.scroller table { width: 90rem; }
.bar { background: linear-gradient(90deg, color-mix(in srgb, var(--ink) 15%, var(--paper)) 40%, transparent 40%); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; color: var(--paper); }
.veiled { opacity: 0.9; }
</style>
</head>
<body>
<h1 id="top">A report</h1>
<p class="veiled">Information is inferred; nullable things are undefinedly infinite.</p>
<p id="faint" style="color: var(--faint)">Said in passing.</p>
<p class="bar">A bar behind its figure.</p>
<span class="unseen">For screen readers.</span>
<img alt="" width="8" height="8" src='data:image/svg+xml,${encodeURIComponent(DOT)}'>
<figure id="effects">
<svg role="img" aria-labelledby="effects-name" viewBox="0 0 420 240">
<title id="effects-name">Effects of two columns</title>
<rect width="420" height="240" fill="none" stroke="currentColor"/>
<g fill="#0b3d91"><rect x="100" y="20" width="200" height="40"/></g>
<text x="110" y="45" style="fill: #ffffff">on its bar</text>
<path d="M20 150 L400 150" stroke="#888" stroke-width="6"/>
<text class="halo" x="150" y="155">beside a line</text>
<text x="10" y="100">first</text><text x="10" y="118">second</text>
<text transform="translate(320 120) rotate(-45)">turned one</text>
<text transform="translate(345 120) rotate(-45)">turned two</text>
<text transform="translate(20 230) rotate(-90)">upright</text>
</svg>
<figcaption>Effects</figcaption>
<details><summary>As a table</summary><div class="scroller"><table id="figures"><tr><th>column</th><th>effect</th></tr>
<tr><td>first</td><td>0.25</td></tr></table></div></details>
</figure>
</body>
</html>
`;

/** What is spoiled: the rule that must see it, what is replaced by what, and rules that may see it besides. */
const BAD = [
  ["title", "<title>A report</title>", "<title> </title>"],
  ["language", '<html lang="en">', "<html>"],
  ["viewport", '<meta name="viewport" content="width=device-width, initial-scale=1">', "", ["noSidewaysScroll"]],
  ["uniqueIds", '<p id="faint"', '<p id="top"'],
  ["selfContained", "</body>", '<a href="https://report.invalid/">fine</a><img alt="" loading="lazy" src="beside.svg"></body>', ["requests"]],
  ["selfContained", "</style>", ".never { background: url('https://report.invalid/a.png') }</style>"],
  ["requests", "</body>", '<img alt="" src="beside.svg"></body>', ["selfContained"]],
  ["requests", "</head>", '<link rel="stylesheet" href="https://report.invalid/a.css"></head>', ["selfContained", "failedRequests", "console"]],
  ["failedRequests", "</body>", '<img alt="" src="absent.svg"></body>', ["selfContained", "requests", "console"]],
  ["console", "</body>", "<script>console.warn('hm')</script></body>"],
  ["console", 'd="M20 150 L400 150"', 'd="M20 NaN L400 150"'],
  ["pageErrors", "</body>", "<script>nobody()</script></body>"],
  ["darkMode", "--paper: #131316;", "--paper: #ffffff;", ["contrast"]],
  ["darkMode", /@media.*/, "", ["contrast"]],
  ["namedDrawings", 'role="img" ', ""],
  ["namedDrawings", ">Effects of two columns<", "><"],
  ["namedDrawings", 'aria-labelledby="effects-name"', 'aria-labelledby="absent"', [], "<title id", "<desc id"],
  ["tableBesideDrawing", /<details>.*<\/details>/s, ""],
  ["tableBesideDrawing", /<tr><td>.*<\/tr>/s, ""],
  ["noPlaceholders", ">0.25<", ">NaN<"],
  ["noPlaceholders", ">0.25<", ">-inf<"],
  ["noPlaceholders", ">0.25<", ">Some(undefined)<"],
  ["noPlaceholders", ">first</text>", ">None</text>"],
  ["noPlaceholders", "Said in passing", "Said: null"],
  ["noPlaceholders", "Effects of two columns", "Effects of NaN columns"],
  ["contrast", "--faint: #5c5c66", "--faint: #8a8a90"],
  ["contrast", "--faint: #a6a6b3", "--faint: #55555c"],
  ["contrast", ".veiled { opacity: 0.9; }", ".veiled { opacity: 0.4; }"],
  ["contrast", "var(--ink) 15%", "var(--ink) 70%"],
  ["contrast", "fill: #ffffff", "fill: #0b0b91"],
  ["contrast", 'class="halo" x="150" y="155"', 'x="110" y="36"', ["textsApart"]],
  ["contrast", "svg text { fill: var(--ink);", "svg text {"],
  ["contrast", 'table id="figures"', 'table id="figures" style="color: color-mix(in oklch, var(--ink) 30%, var(--paper))"'],
  ["readableSize", 'viewBox="0 0 420 240"', 'viewBox="-200 0 820 240"'],
  ["readableSize", '<p id="faint" style="', '<p id="faint" style="font-size: 9px; '],
  ["noSidewaysScroll", ".scroller { overflow-x: auto; }", ""],
  ["noSidewaysScroll", "max-width: 40rem", "min-width: 40rem"],
  ["textInsideDrawing", 'x="10" y="118"', 'x="390" y="200"'],
  ["textInsideDrawing", 'translate(20 230)', 'translate(20 20)', ["textsApart"]],
  ["textsApart", 'y="118"', 'y="108"'],
  ["textsApart", "translate(345 120)", "translate(330 120)"],
];

function spoil(page, from, to) {
  const spoiled = page.replace(from, () => to);
  if (spoiled === page) throw new Error(`the good page has no ${from}`);
  return spoiled;
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "assist-browser-"));
  const browser = await launch();
  const wrong = [];
  try {
    const opened = await windows(browser);
    await writeFile(join(folder, "beside.svg"), DOT);
    const inspected = async (name, page) => {
      const file = join(folder, `${name}.html`);
      await writeFile(file, page);
      return inspect(opened, file);
    };
    const good = await inspected("good", GOOD);
    for (const { line, settings } of good.faults) wrong.push(`the good page is faulted (${settings.join(", ")}): ${line}`);
    const unbroken = new Set([...OUTSIDE_RULES, ...good.seen[0].rules]);
    for (const [index, [rule, from, to, also = [], ...more]] of BAD.entries()) {
      const page = more.length > 0 ? spoil(spoil(GOOD, from, to), ...more) : spoil(GOOD, from, to);
      const { faults } = await inspected(`${index}-${rule}`, page);
      const found = new Set(faults.map((fault) => fault.rule));
      if (found.has(rule)) unbroken.delete(rule);
      else wrong.push(`\`${rule}\` does not see ${from} -> ${to || "nothing"}`);
      for (const { line } of faults.filter((fault) => fault.rule !== rule && !also.includes(fault.rule))) {
        wrong.push(`${from} -> ${to || "nothing"}, which is for \`${rule}\`, is faulted besides: ${line}`);
      }
    }
    for (const rule of unbroken) wrong.push(`no page breaks \`${rule}\``);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
  for (const line of wrong) console.error(line);
  console.log(`self-test: ${BAD.length + 1} pages, ${wrong.length === 0 ? "every rule sees what it is for" : `${wrong.length} wrong`}`);
  return wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(error.message);
  return 2;
});
