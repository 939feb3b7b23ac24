"""What can be seen wrong on a page: scripts that return it, for a real browser."""

# Elements with text of their own whose text is wider or higher than they are; names may end in an ellipsis,
# with the whole name as their title.
CUT = """() => [...document.querySelectorAll('.page *')].filter((element) => {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const box = element.getBoundingClientRect();
  if (!own || !box.width || element.closest('svg, .name, .detail, .menu-list') || hidden(element)) return false;
  const clips = getComputedStyle(element).overflow !== 'visible';
  return clips && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 4);
  function hidden(node) {
    const panel = node.closest('.content, .what');
    const frame = panel && panel.getBoundingClientRect();
    const clips = frame && getComputedStyle(panel).overflow === 'hidden';
    return clips && (box.left >= frame.right || box.top >= frame.bottom);
  }
}).map((element) => element.className + ': ' + element.textContent)"""

# Texts that lie on each other or leave the window.
CLASHES = """() => {
  const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
  const boxes = [];
  function add(node, { left, top, right, bottom }) {
    if (right - left < 1) return;
    let seen = true;
    for (let at = node.parentElement; at && seen; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.overflow === 'visible' || at === document.body || at === document.documentElement) continue;
      const frame = at.getBoundingClientRect();
      left = Math.max(left, frame.left); right = Math.min(right, frame.right);
      top = Math.max(top, frame.top); bottom = Math.min(bottom, frame.bottom);
      seen = right - left > 2 && bottom - top > 2;
    }
    // Line boxes are higher than the letters in them.
    const slack = (bottom - top) * 0.3;
    if (seen) boxes.push({ node, text: node.textContent, left, right, top: top + slack, bottom: bottom - slack });
  }
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.textContent.trim() || node.parentElement.closest('.menu-list, .map-tip')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    // Line by line: the box round two lines would hold what stands between them.
    [...range.getClientRects()].forEach((line) => add(node, line));
  }
  const found = boxes.filter((b) => b.left < 0 || b.top < 0 || b.right > innerWidth || b.bottom > innerHeight)
    .map((b) => 'outside: ' + b.text);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    // A text that ends in an ellipsis has a box more.
    if (a.node === b.node) return;
    if (a.left + 1 < b.right && b.left + 1 < a.right && a.top < b.bottom && b.top < a.bottom)
      found.push(a.text + ' | ' + b.text);
  }));
  return found;
}"""

# Texts of which the lower or upper part is hidden: a list must end with a whole row.
HALF_SEEN = """() => {
  const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.textContent.trim() || node.parentElement.closest('.menu-list, .map-tip, .what')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const whole = range.getBoundingClientRect();
    if (whole.width < 1) continue;
    let { left, top, right, bottom } = whole;
    for (let at = node.parentElement; at; at = at.parentElement) {
      const open = getComputedStyle(at).overflow === 'visible';
      if (open || at === document.body || at === document.documentElement) continue;
      const frame = at.getBoundingClientRect();
      left = Math.max(left, frame.left); right = Math.min(right, frame.right);
      top = Math.max(top, frame.top); bottom = Math.min(bottom, frame.bottom);
    }
    const share = (bottom - top) / whole.height;
    if (right - left > 2 && share > 0.1 && share < 0.8) found.push(node.textContent);
  }
  return found;
}"""

# Boxes that lie over the map and on each other or on a panel: the upper one hides the lower one.
COVERED = """() => {
  const boxes = [...document.querySelectorAll('.breadcrumb, .legend, .choosers, .map-credit, #remote-code, .panel')]
    .map((one) => ({ name: one.id || one.className, box: one.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && box.height > 1);
  const meet = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
  return boxes.flatMap((a, i) => boxes.slice(i + 1)
    .filter((b) => meet(a.box, b.box)).map((b) => `${a.name} | ${b.name}`));
}"""

# Texts that stand out of their panel, where something else may lie on them.
SPILT = """() => [...document.querySelectorAll('.panel')].flatMap((panel) => {
  const frame = panel.getBoundingClientRect();
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(node);
    let { left, right } = range.getBoundingClientRect();
    // What is hidden anyway stands nowhere.
    for (let at = node.parentElement; at !== panel; at = at.parentElement) {
      if (getComputedStyle(at).overflow === 'visible') continue;
      const box = at.getBoundingClientRect();
      [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
    }
    if (right - left > 2 && node.textContent.trim() && (left < frame.left - 2 || right > frame.right + 2))
      found.push(node.textContent);
  }
  return found;
})"""

# A key that is wider than what stands in it: it asks for a place that the city does not have.
LOOSE = """() => {
  const key = document.querySelector('.legend.laid');
  if (!key) return [];
  const right = (one) => one.getBoundingClientRect().right;
  const ends = [...key.querySelectorAll('*')].filter((one) => !one.childElementCount).map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return Math.max(right(range), one.matches('.class, .class *') ? right(one) : 0);
  });
  const room = right(key) - Math.max(...ends);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return room > 6 * rem ? [`${Math.round(room)} px beside the key's last letter`] : [];
}"""

# The smallest size of a letter that can be seen, in pixels, on the map too.
SMALLEST_PX = """() => {
  const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
  let smallest = Infinity;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement.getBoundingClientRect();
    if (!node.textContent.trim() || !box.width) continue;
    smallest = Math.min(smallest, parseFloat(getComputedStyle(node.parentElement).fontSize));
  }
  const { labels } = window.gridCenter.config.styles;
  return Math.min(smallest, labels.size * gridCenter.map.rem());
}"""

# Texts whose contrast against what lies behind them is below 4.5 : 1, with the contrast; names on the map have a halo.
FAINT = """() => {
  const LEAST = 4.5;
  const channels = (said) => {
    const [r, g, b, a = 1] = said.match(/[\\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const over = (front, back, a) => front.map((value, i) => a * value + (1 - a) * back[i]);
  const linear = (value) => (value <= 10.3139 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const look = (text, said, back, opacity) => {
    const { rgb, a } = channels(said);
    const ratio = contrast(over(rgb, back, a * opacity), back);
    if (ratio < LEAST) found.push(`${ratio.toFixed(2)}: ${text}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    if (!node.textContent.trim() || owner.closest('script, style') || !owner.getClientRects().length) continue;
    if (!owner.checkVisibility({ visibilityProperty: true })) continue;
    let back = [255, 255, 255];
    let opacity = 1;
    const above = [];
    for (let at = owner; at; at = at.parentElement) above.unshift(getComputedStyle(at));
    above.forEach((style) => {
      const { rgb, a } = channels(style.backgroundColor);
      back = over(rgb, back, a);
      opacity *= Number(style.opacity);
    });
    const style = getComputedStyle(owner);
    look(node.textContent, owner.closest('svg') ? style.fill : style.color, back, opacity);
  }
  const { labels } = gridCenter.config.styles;
  const hex = (said) => `rgb(${[1, 3, 5].map((at) => parseInt(said.slice(at, at + 2), 16)).join(' ')})`;
  look('names on the map', hex(labels.color), channels(hex(labels.halo)).rgb, 1);
  return found;
}"""

# Texts that take another place or another width when other digits stand in them.
JITTERS = """() => {
  const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
  const nodes = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.textContent.trim() && !node.parentElement.closest('svg')) nodes.push([node, node.textContent]);
  }
  const boxes = (digit) => {
    nodes.forEach(([node, text]) => (node.data = text.replace(/\\d/g, digit)));
    return nodes.map(([node]) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { left, top, width, height } = range.getBoundingClientRect();
      return [left, top, width, height].map((value) => Math.round(10 * value)).join();
    });
  };
  const [ones, eights] = [boxes('1'), boxes('8')];
  nodes.forEach(([node, text]) => (node.data = text));
  return nodes.filter((_, i) => ones[i] !== eights[i]).map(([, text]) => text);
}"""

# The map as it is on the screen: how many grids have in their middle the colour of their class, of how many in sight,
# and how many colours these are. The pixels of a WebGL canvas can be read only right after it was drawn.
MAP_COLOURS = """() => new Promise((resolve) => {
  const graph = document.querySelector('#map .js-plotly-plot, #map.js-plotly-plot');
  const map = graph._fullLayout.map._subplot.map;
  const { outside, no_data: noData, ramp } = gridCenter.config.palette;
  const colours = [outside, noData, ...ramp].map((said) => [1, 3, 5].map((at) => parseInt(said.slice(at, at + 2), 16)));
  map.once('render', () => {
    const pen = map.getCanvas().getContext('webgl2');
    const [wide, high] = [pen.drawingBufferWidth, pen.drawingBufferHeight];
    const ratio = wide / map.getCanvas().clientWidth;
    const pixels = new Uint8Array(4 * wide * high);
    pen.readPixels(0, 0, wide, high, pen.RGBA, pen.UNSIGNED_BYTE, pixels);
    const seen = { right: 0, of: 0, colours: 0 };
    const found = new Set();
    const { level } = gridCenter.state();
    gridCenter.grids.ofLevel(level).forEach((grid, i) => {
      const { x, y } = map.project(grid.label);
      const [column, row] = [Math.round(x * ratio), high - 1 - Math.round(y * ratio)];
      if (column < 0 || row < 0 || column >= wide || row >= high) return;
      const at = 4 * (row * wide + column);
      const step = graph.data[0].z[i] + 2;
      const right = colours[step].every((value, k) => Math.abs(value - pixels[at + k]) <= 3);
      seen.of += 1;
      seen.right += right;
      if (right && step > 1) found.add(step);
    });
    resolve({ ...seen, colours: found.size });
  });
  map.triggerRepaint();
})"""

# Names that end in an ellipsis.
SHORTENED = """() => [...document.querySelectorAll('.page .name')]
  .filter((name) => name.offsetParent !== null && name.scrollWidth > name.clientWidth + 1)
  .map((name) => name.textContent)"""

# Panels that do not lie whole in their column: what does not fit there is not seen at all.
LOST = """() => [...document.querySelectorAll('.panel')].filter((panel) => {
  if (panel.offsetParent === null) return false;
  const [box, column] = [panel, panel.parentElement].map((one) => one.getBoundingClientRect());
  return box.bottom > column.bottom + 1 || box.right > column.right + 1 || box.top < column.top - 1;
}).map((panel) => panel.className)"""
