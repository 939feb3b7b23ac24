/* Photos, made small on the phone: what is drawn anew carries neither place nor camera of the first. */

const LONGEST_SIDE_PX = 1600;
const QUALITY = 0.82;

export const MAX_PHOTOS = 4;

/* A picture file as `{ content: ArrayBuffer, type }`; null where the browser cannot read it as a picture. */
export async function smallPhoto(file) {
  const picture = await decoded(file);
  if (picture === null) return null;
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  // What was transparent would turn black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (picture.close) picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return blob === null ? null : { content: await blob.arrayBuffer(), type: "image/jpeg" };
}

async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return throughImage(file);
  }
}

/* Some phones' browsers know the picture, but not the quicker way. */
function throughImage(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  return new Promise((resolve) => {
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}

/* An address under which an <img> shows the photo; the caller gives it back when the image has it. */
export const photoUrl = (photo) => URL.createObjectURL(new Blob([photo.content], { type: photo.type }));
