/* Shapes of lights, marks and rings on a canvas. */
import { config } from "../lib/config.js";
import { calm, rem } from "../lib/sizes.js";

/** @typedef {CanvasRenderingContext2D} Pen */

/**
 * @param {Pen} pen
 * @param {string} shape
 * @param {number} x
 * @param {number} y
 * @param {number} r
 * @returns {void}
 */
export function outlineOf(pen, shape, x, y, r) {
  pen.beginPath();
  if (shape === "triangle") {
    pen.moveTo(x, y - r);
    pen.lineTo(x + 0.95 * r, y + 0.75 * r);
    pen.lineTo(x - 0.95 * r, y + 0.75 * r);
    pen.closePath();
  } else if (shape === "diamond") {
    pen.moveTo(x, y - r);
    pen.lineTo(x + r, y);
    pen.lineTo(x, y + r);
    pen.lineTo(x - r, y);
    pen.closePath();
  } else if (shape === "square") {
    pen.rect(x - 0.8 * r, y - 0.8 * r, 1.6 * r, 1.6 * r);
  } else {
    pen.arc(x, y, r, 0, 2 * Math.PI);
  }
}

/**
 * A light where an incident is.
 * @param {Pen} pen
 * @param {string} light
 * @param {number} x
 * @param {number} y
 * @param {number} [unit] the size of small letters
 * @returns {void}
 */
export function drawLight(pen, light, x, y, unit = rem()) {
  const styles = config.styles.points;
  const style = styles[light] || styles.none;
  outlineOf(pen, style.shape, x, y, (style.size * unit) / 2);
  const ring = style.shape === "ring";
  pen.strokeStyle = styles.outline;
  pen.lineWidth = unit * (ring ? 0.28 : 0.16);
  pen.stroke();
  if (ring) {
    pen.strokeStyle = style.color;
    pen.lineWidth = unit * 0.12;
    pen.stroke();
  } else {
    pen.fillStyle = style.color;
    pen.fill();
  }
}

/**
 * The ring round something new.
 * @param {Pen} pen
 * @param {number} unit
 * @param {number} x
 * @param {number} y
 * @param {number} age in seconds
 * @returns {void}
 */
export function drawRing(pen, unit, x, y, age) {
  const { ring_s: ringS, none } = config.styles.points;
  if (age >= ringS) return;
  const waves = calm() ? [0.5] : [age % 2, (age + 1) % 2].map((at) => at / 2);
  waves.forEach((at) => {
    pen.globalAlpha = (1 - at) * (1 - age / ringS);
    pen.beginPath();
    pen.arc(x, y, unit * (0.5 + 2.2 * at), 0, 2 * Math.PI);
    pen.strokeStyle = none.color;
    pen.lineWidth = unit * 0.14;
    pen.stroke();
  });
  pen.globalAlpha = 1;
  pen.beginPath();
  pen.arc(x, y, unit * 0.22, 0, 2 * Math.PI);
  pen.fillStyle = none.color;
  pen.fill();
}
