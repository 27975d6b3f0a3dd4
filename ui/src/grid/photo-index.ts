// Every photo of the library as columns of numbers, newest capture first.
// It reads the bytes that the program sends and knows nothing of layout or pages.

/** Columns of equal length; the n-th number of each belongs to the n-th photo. */
export interface PhotoIndex {
  readonly count: number
  /** The program's number of the photo, by which thumbnails and details are asked for. */
  readonly row: Uint32Array
  /** Day of capture, in days since 1970-01-01, in the offset the camera recorded. */
  readonly day: Int32Array
  /** Width over height, times 1000, after orientation. */
  readonly ratio: Uint16Array
  /** Bits: see FLAG_VIDEO, FLAG_PENDING, FLAG_FAILED. */
  readonly flags: Uint8Array
  /** Average colour, three bytes a photo. */
  readonly rgb: Uint8Array
}

export const FLAG_VIDEO = 1
export const FLAG_PENDING = 2
export const FLAG_FAILED = 4

const MAGIC = 0x49424c41 // "ALBI", little-endian
const VERSION = 1
const HEADER_BYTES = 16
/** Bytes a photo takes over all columns. */
const ROW_BYTES = 4 + 4 + 2 + 1 + 3

export const EMPTY_INDEX: PhotoIndex = {
  count: 0,
  row: new Uint32Array(0),
  day: new Int32Array(0),
  ratio: new Uint16Array(0),
  flags: new Uint8Array(0),
  rgb: new Uint8Array(0),
}

/** Bytes of an index of `count` photos. */
export function indexByteLength(count: number): number {
  return HEADER_BYTES + count * ROW_BYTES
}

/** Reads an index in place, without copying. Throws when the bytes are not one. */
export function decodeIndex(bytes: ArrayBuffer): PhotoIndex {
  if (bytes.byteLength < HEADER_BYTES) throw new Error('The photo index is cut short')
  const header = new Uint32Array(bytes, 0, 4)
  if (header[0] !== MAGIC) throw new Error('The photo index does not begin as one')
  if (header[1] !== VERSION) throw new Error(`The photo index has version ${header[1]}`)
  const count = header[2] ?? 0
  if (bytes.byteLength !== indexByteLength(count)) {
    throw new Error('The photo index has the wrong length')
  }
  const afterDay = HEADER_BYTES + 8 * count
  return {
    count,
    row: new Uint32Array(bytes, HEADER_BYTES, count),
    day: new Int32Array(bytes, HEADER_BYTES + 4 * count, count),
    ratio: new Uint16Array(bytes, afterDay, count),
    flags: new Uint8Array(bytes, afterDay + 2 * count, count),
    rgb: new Uint8Array(bytes, afterDay + 3 * count, 3 * count),
  }
}

/** Writes the bytes that `decodeIndex` reads; used by tests and benches. */
export function encodeIndex(index: PhotoIndex): ArrayBuffer {
  const bytes = new ArrayBuffer(indexByteLength(index.count))
  new Uint32Array(bytes, 0, 4).set([MAGIC, VERSION, index.count, 0])
  const copy = decodeIndex(bytes)
  copy.row.set(index.row)
  copy.day.set(index.day)
  copy.ratio.set(index.ratio)
  copy.flags.set(index.flags)
  copy.rgb.set(index.rgb)
  return bytes
}

/** Average colour of a photo as CSS. */
export function averageColour(index: PhotoIndex, photo: number): string {
  const at = photo * 3
  return `rgb(${index.rgb[at]} ${index.rgb[at + 1]} ${index.rgb[at + 2]})`
}

/** Position of the photo with this row number, or -1. */
export function findRow(index: PhotoIndex, row: number): number {
  return index.row.indexOf(row)
}

/** How many photos of `next` were not in `before`. */
export function countNew(before: PhotoIndex, next: PhotoIndex): number {
  const known = new Set(before.row)
  let fresh = 0
  for (const row of next.row) if (!known.has(row)) fresh += 1
  return fresh
}
