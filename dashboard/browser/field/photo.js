/* Photos, made small on the phone: what is drawn anew carries neither place nor camera of the first. */

/** @import { Photo } from "./types" */

const LONGEST_SIDE_PX = 1600;
const QUALITY = 0.82;

export const MAX_PHOTOS = 4;

/**
 * Null where the browser cannot read the file as a picture.
 * @param {Blob} file
 * @returns {Promise<Photo | null>}
 */
export async function smallPhoto(file) {
  const picture = await decoded(file);
  if (picture === null) return null;
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // What was transparent would turn black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if ("close" in picture) picture.close();
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return blob === null ? null : { content: await blob.arrayBuffer(), type: "image/jpeg" };
}

/** @param {Blob} file */
async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return throughImage(file);
  }
}

/**
 * Some phones' browsers know the picture, but not the quicker way.
 * @param {Blob} file
 * @returns {Promise<HTMLImageElement | null>}
 */
function throughImage(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  /** @type {Promise<HTMLImageElement | null>} */
  const read = new Promise((resolve) => {
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = url;
  });
  return read.finally(() => URL.revokeObjectURL(url));
}

/**
 * An address under which an <img> shows the photo; the caller gives it back when the image has it.
 * @param {Photo} photo
 */
export const photoUrl = (photo) => URL.createObjectURL(new Blob([photo.content], { type: photo.type }));
