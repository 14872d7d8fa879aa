// What a report must keep to, judged inside the page, as it is laid out and painted there.
//
// `look` is carried into the page as text, so all that it needs stands within it. A rule is a function that calls
// `fault` with one line for each place that breaks it; its name is the rule's name. `self-test.mjs` has a page for each.

/** Judges the page as it now is: `{ rules, faults: [{ rule, what }], facts }`. `width` is that of the window in CSS pixels. */
export function look({ width }) {
  const LEAST_CONTRAST = 4.5; // WCAG 2.2, 1.4.3
  const LEAST_CONTRAST_OF_LARGE = 3;
  const LARGE = 24;
  const LARGE_IF_BOLD = 18.66;
  const LEAST_SIZE = 10;
  const OVERLAP = 2;
  const OUTSIDE = 1;

  const faults = [];
  const facts = { drawings: 0, texts: 0, contrast: Infinity, size: Infinity, background: null };
  const root = document.documentElement;
  let rule = null;
  const fault = (what) => faults.push({ rule, what });

  // Places and texts.

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** Where an element stands, from the nearest ancestor with an id, for people. */
  function where(element) {
    const words = [];
    for (let at = element; at && at !== document.body && at !== root && words.length < 4; at = at.parentElement) {
      if (at.id) {
        words.unshift(`${at.localName}#${at.id}`);
        break;
      }
      const same = at.parentElement ? [...at.parentElement.children].filter((other) => other.localName === at.localName) : [];
      const place = same.length > 1 ? `:nth-of-type(${same.indexOf(at) + 1})` : "";
      words.unshift([at.localName, ...at.classList].join(".") + place);
    }
    return `\`${words.join(" > ") || element.localName}\``;
  }

  const quoted = (text) => {
    const words = text.trim().replace(/\s+/g, " ");
    return `"${words.length > 50 ? `${words.slice(0, 50)}…` : words}"`;
  };

  const outermostSvg = (element) => {
    let found = null;
    for (let at = element; at; at = at.parentElement) if (at.localName === "svg") found = at;
    return found;
  };

  const drawings = all("svg").filter((svg) => outermostSvg(svg) === svg);

  const isVisible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  /** Is this for screen readers alone: cut down to a pixel? */
  function isCutAway(element) {
    for (let at = element; at && at !== root; at = at.parentElement) {
      if (at.namespaceURI === root.namespaceURI && getComputedStyle(at).overflow !== "visible") {
        const box = at.getBoundingClientRect();
        if (box.width <= 1.5 && box.height <= 1.5) return true;
      }
    }
    return false;
  }

  /** How much larger than its own units an element of a drawing is painted. */
  function scaleOf(element) {
    const matrix = element.getScreenCTM();
    return matrix ? Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c)) : 1;
  }

  /** Every piece of text that can be seen. */
  function visibleTexts() {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const element = node.parentElement;
      if (!node.data.trim() || element.closest("script, style, template, noscript, title, desc, metadata")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width === 0 || box.height === 0 || !isVisible(element) || isCutAway(element)) continue;
      const style = getComputedStyle(element);
      const drawn = element instanceof SVGElement;
      const size = parseFloat(style.fontSize) * (drawn ? scaleOf(element) : 1);
      texts.push({ words: node.data, element, style, drawn, size, box });
    }
    return texts;
  }

  // Colours: [red, green, blue, opacity], the first three from 0 to 255.

  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  function colour(css) {
    if (!known.has(css)) {
      const plain = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(css);
      if (plain) {
        known.set(css, [+plain[1], +plain[2], +plain[3], plain[4] === undefined ? 1 : +plain[4]]);
      } else {
        brush.clearRect(0, 0, 1, 1);
        brush.fillStyle = css;
        brush.fillRect(0, 0, 1, 1);
        const [red, green, blue, opacity] = brush.getImageData(0, 0, 1, 1).data;
        known.set(css, [red, green, blue, opacity / 255]);
      }
    }
    return known.get(css);
  }

  const TRANSPARENT = [0, 0, 0, 0];
  const faded = ([red, green, blue, opacity], by) => [red, green, blue, opacity * by];

  function over(above, below) {
    const opacity = above[3] + below[3] * (1 - above[3]);
    if (opacity === 0) return TRANSPARENT;
    const mixed = [0, 1, 2].map((i) => (above[i] * above[3] + below[i] * below[3] * (1 - above[3])) / opacity);
    return [...mixed, opacity];
  }

  function luminance(paint) {
    const [red, green, blue] = paint.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrastOf(one, other) {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  }

  const shown = (paint) => `#${paint.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

  /** What lies under everything: white or nearly black, as the page's `color-scheme` has it. */
  function canvas() {
    const probe = document.createElement("i");
    probe.style.cssText = "display: none !important; background-color: Canvas !important";
    root.append(probe);
    const paint = colour(getComputedStyle(probe).backgroundColor);
    probe.remove();
    return paint;
  }

  const paper = canvas();

  /** A text's colour and that behind it, both opaque; several where a gradient lies behind it. */
  function paints(text) {
    const { element, style, drawn } = text;
    if (!drawn) return climb(element, [[colour(style.color), TRANSPARENT]]);
    const svg = outermostSvg(element);
    const opacity = opacityWithin(element, svg);
    const fill = faded(colour(style.fill), opacity * parseFloat(style.fillOpacity));
    // A halo: the outline is painted first, and the letters on it.
    const halo =
      style.stroke !== "none" && style.paintOrder.startsWith("stroke")
        ? faded(colour(style.stroke), opacity * parseFloat(style.strokeOpacity))
        : TRANSPARENT;
    const { left, right, top, bottom } = text.box;
    const middle = (top + bottom) / 2;
    const points = [left + 1, (left + right) / 2, right - 1].map((x) => new DOMPoint(x, middle));
    const start = points.map((point) => {
      const behind = shapesUnder(element, svg, point).reduce(over, halo);
      return [over(fill, behind), behind];
    });
    return climb(svg, start);
  }

  /** Puts the backgrounds of an element and its ancestors under pairs of colours. */
  function climb(element, pairs) {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const stops = style.backgroundImage.match(/(?:rgba?|color|oklch|oklab|lab|lch|hsla?)\([^()]*\)/g) ?? [];
      const layers = stops.length > 0 ? [...new Set(stops)].map(colour) : [TRANSPARENT];
      const ground = colour(style.backgroundColor);
      const opacity = parseFloat(style.opacity);
      pairs = pairs.flatMap(([above, behind]) =>
        (behind[3] === 1 ? [TRANSPARENT] : layers).map((layer) => {
          const here = over(layer, ground);
          return [faded(over(above, here), opacity), faded(over(behind, here), opacity)];
        }),
      );
    }
    return pairs.map((pair) => pair.map((paint) => over(paint, paper)));
  }

  function opacityWithin(element, svg) {
    let opacity = 1;
    for (let at = element; at && at !== svg; at = at.parentElement) opacity *= parseFloat(getComputedStyle(at).opacity);
    return opacity;
  }

  /** The filled shapes of each drawing in the order they are painted. */
  const shapesOf = new Map(
    drawings.map((svg) => [
      svg,
      all("rect, circle, ellipse, path, polygon, polyline", svg)
        .filter((shape) => !shape.closest("defs, clipPath, mask, pattern, marker, symbol"))
        .map((shape) => ({ shape, style: getComputedStyle(shape), box: shape.getBoundingClientRect() }))
        .filter(({ shape, style }) => style.fill !== "none" && !style.fill.startsWith("url") && isVisible(shape)),
    ]),
  );

  /** The paints under a point of a text, the uppermost first. */
  function shapesUnder(text, svg, point) {
    return shapesOf
      .get(svg)
      .filter(({ shape, box }) => {
        if (point.x < box.left || point.x > box.right || point.y < box.top || point.y > box.bottom) return false;
        if (!(text.compareDocumentPosition(shape) & Node.DOCUMENT_POSITION_PRECEDING)) return false;
        const matrix = shape.getScreenCTM();
        return matrix !== null && shape.isPointInFill(point.matrixTransform(matrix.inverse()));
      })
      .map(({ shape, style }) => faded(colour(style.fill), parseFloat(style.fillOpacity) * opacityWithin(shape, svg)))
      .reverse();
  }

  // The page as a document.

  function title() {
    if (!document.title.trim()) fault("the page has no <title>");
  }

  function language() {
    if (!root.lang.trim()) fault("<html> has no `lang`");
  }

  function viewport() {
    const content = document.querySelector('meta[name="viewport"]')?.content ?? "";
    if (!/width\s*=\s*device-width/.test(content)) fault('no <meta name="viewport" content="width=device-width, …">');
  }

  function uniqueIds() {
    const count = new Map();
    for (const { id } of all("[id]")) count.set(id, (count.get(id) ?? 0) + 1);
    for (const [id, times] of count) if (times > 1) fault(`id \`${id}\` is given ${times} times`);
  }

  function selfContained() {
    const foreign = (address) => address !== null && !/^\s*(data:|#|$)/.test(address);
    for (const element of all("[src], [srcset], [poster], object[data], link[href], svg use, svg image")) {
      const names = ["src", "srcset", "poster", "data", "href", "xlink:href"];
      const name = names.find((name) => foreign(element.getAttribute(name)));
      if (name) fault(`${where(element)} refers to \`${element.getAttribute(name)}\``);
    }
    const css = [...all("style").map((style) => style.textContent), ...all("[style]").map((at) => at.getAttribute("style"))];
    for (const found of css.join("\n").matchAll(/@import[^;]*|url\(\s*["']?(?!\s*["']?(?:data:|#))[^)]*\)/g)) {
      fault(`a style refers to \`${found[0]}\``);
    }
  }

  // Drawings for people who do not see them.

  function namedDrawings() {
    for (const svg of drawings) {
      if (svg.getAttribute("role") !== "img") fault(`${where(svg)} is without role="img"`);
      const labels = (svg.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
      const names = [
        svg.getAttribute("aria-label"),
        ...labels.map((id) => document.getElementById(id)?.textContent),
        ...[...svg.children].filter((child) => child.localName === "title").map((child) => child.textContent),
      ];
      if (!names.some((name) => name?.trim())) fault(`${where(svg)} has no name: aria-label, aria-labelledby or <title>`);
    }
  }

  function tableBesideDrawing() {
    for (const figure of all("figure")) {
      const told = all("table td", figure).some((cell) => cell.textContent.trim());
      if (figure.querySelector("svg") && !told) fault(`${where(figure)} has a drawing and no table of its figures`);
    }
  }

  // What is read.

  function noPlaceholders() {
    const names = all("[aria-label]").map((element) => [element, element.getAttribute("aria-label")]);
    const titles = all("svg title, svg desc").map((element) => [element, element.textContent]);
    for (const [element, words] of [...texts.map(({ element, words }) => [element, words]), ...names, ...titles]) {
      const word = /(?<![\p{L}\p{N}_])(NaN|undefined|inf|None|null)(?![\p{L}\p{N}_])/u.exec(words);
      if (word) fault(`\`${word[0]}\` in ${quoted(words)} in ${where(element)}`);
    }
  }

  function contrast() {
    for (const text of texts) {
      const bold = parseInt(text.style.fontWeight, 10) >= 700;
      const large = text.size >= LARGE || (bold && text.size >= LARGE_IF_BOLD);
      const least = large ? LEAST_CONTRAST_OF_LARGE : LEAST_CONTRAST;
      const judged = paints(text).map(([above, behind]) => ({ above, behind, ratio: contrastOf(above, behind) }));
      const worst = judged.reduce((one, other) => (other.ratio < one.ratio ? other : one));
      facts.contrast = Math.min(facts.contrast, worst.ratio);
      if (worst.ratio < least) {
        const colours = `${shown(worst.above)} on ${shown(worst.behind)}`;
        fault(`${worst.ratio.toFixed(2)}:1 (${colours}, at least ${least}:1) of ${quoted(text.words)} in ${where(text.element)}`);
      }
    }
  }

  function readableSize() {
    for (const { size, words, element } of texts) {
      facts.size = Math.min(facts.size, size);
      if (size < LEAST_SIZE - 0.05) fault(`${size.toFixed(1)} px of ${quoted(words)} in ${where(element)}`);
    }
  }

  // Where things lie.

  function noSidewaysScroll() {
    // Not `innerWidth`: a phone's window grows with what is too wide for it.
    if (root.scrollWidth <= width) return;
    const scrolls = (element) => getComputedStyle(element).overflowX !== "visible";
    const reaches = (element) => {
      if (element.getBoundingClientRect().right + scrollX <= width + 0.5 || !isVisible(element)) return false;
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) if (scrolls(at)) return false;
      return true;
    };
    const wide = all("body *").filter((element) => !(element instanceof SVGElement && element.localName !== "svg")).filter(reaches);
    const inner = wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)));
    const names = [...new Set(inner.map(where))].slice(0, 3).join(", ") || "something";
    fault(`the page is ${root.scrollWidth} px wide in a window of ${width} px: ${names}`);
  }

  const textsOf = (svg) => all("text", svg).filter((text) => text.textContent.trim() && isVisible(text));

  function textInsideDrawing() {
    for (const svg of drawings) {
      const sheet = svg.getBoundingClientRect();
      for (const text of textsOf(svg)) {
        const box = text.getBoundingClientRect();
        const by = Math.max(sheet.left - box.left, sheet.top - box.top, box.right - sheet.right, box.bottom - sheet.bottom);
        if (by > OUTSIDE) fault(`${quoted(text.textContent)} reaches ${by.toFixed(1)} px out of ${where(svg)}`);
      }
    }
  }

  /** The corners of a text's box, turned as the text is. */
  function corners(text) {
    const { x, y, width, height } = text.getBBox();
    const matrix = text.getScreenCTM();
    const at = (dx, dy) => new DOMPoint(x + dx, y + dy).matrixTransform(matrix);
    return [at(0, 0), at(width, 0), at(width, height), at(0, height)];
  }

  /** How far two boxes would have to be pushed to part, along any side of either. */
  function overlap(one, other) {
    let least = Infinity;
    for (const box of [one, other]) {
      for (const [from, to] of [[box[0], box[1]], [box[1], box[2]]]) {
        const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
        const along = (point) => (point.x * (to.x - from.x) + point.y * (to.y - from.y)) / length;
        const [a, b] = [one.map(along), other.map(along)];
        least = Math.min(least, Math.max(...a) - Math.min(...b), Math.max(...b) - Math.min(...a));
      }
    }
    return least;
  }

  function textsApart() {
    for (const svg of drawings) {
      const boxes = textsOf(svg).map((text) => ({ text, box: corners(text) }));
      boxes.forEach((one, index) => {
        for (const other of boxes.slice(index + 1)) {
          const by = overlap(one.box, other.box);
          if (by <= OVERLAP) continue;
          const pair = `${quoted(one.text.textContent)} and ${quoted(other.text.textContent)}`;
          fault(`${pair} overlap by ${by.toFixed(1)} px in ${where(svg)}`);
        }
      });
    }
  }

  const texts = visibleTexts();
  facts.drawings = drawings.length;
  facts.texts = texts.length;
  facts.background = shown(climb(document.body, [[TRANSPARENT, TRANSPARENT]])[0][1]);
  const rules = [
    title,
    language,
    viewport,
    uniqueIds,
    selfContained,
    namedDrawings,
    tableBesideDrawing,
    noPlaceholders,
    contrast,
    readableSize,
    noSidewaysScroll,
    textInsideDrawing,
    textsApart,
  ];
  for (const judge of rules) {
    rule = judge.name;
    judge();
  }
  return { rules: rules.map(({ name }) => name), faults, facts };
}
