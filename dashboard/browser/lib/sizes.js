/* Sizes and habits of this screen. */

/**
 * The size of small letters in pixels, of which lines, marks and names on the map are multiples.
 * @returns {number}
 */
export function rem() {
  const style = getComputedStyle(document.documentElement);
  return parseFloat(style.fontSize) * parseFloat(style.getPropertyValue("--size-s"));
}

/** Whether the viewer wants few movements. */
export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Give a canvas the pixels of the screen, all of them empty.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2D} pen
 * @returns {{ width: number, height: number }} in the page's pixels
 */
export function cleared(canvas, pen) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { width, height };
}
