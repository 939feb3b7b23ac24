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

# The smallest size of a letter that can be seen, in pixels.
SMALLEST_PX = """() => {
  const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
  let smallest = Infinity;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement.getBoundingClientRect();
    if (!node.textContent.trim() || !box.width) continue;
    smallest = Math.min(smallest, parseFloat(getComputedStyle(node.parentElement).fontSize));
  }
  return smallest;
}"""
