// A made-up library: days of different weight over eight years, the same at every start.
import type { PhotoView } from '../generated/types'
import { FLAG_FAILED, FLAG_PENDING, FLAG_VIDEO, type PhotoIndex } from '../../grid/photo-index'

export interface FakePhotos {
  index: PhotoIndex
  /** Position of a photo by its row. */
  at: Map<number, number>
}

/** Numbers between 0 and 1 that are the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const RATIOS = [1500, 1500, 1333, 1333, 667, 750, 1778, 1000, 2400]
const COLOURS: [number, number, number][] = [
  [94, 122, 158],
  [122, 142, 110],
  [176, 150, 118],
  [84, 92, 104],
  [160, 120, 112],
  [132, 158, 170],
  [196, 178, 140],
  [70, 96, 92],
]

export function fakePhotos(count: number, seed = 7): FakePhotos {
  const next = random(seed)
  const index = {
    count,
    row: new Uint32Array(count),
    day: new Int32Array(count),
    ratio: new Uint16Array(count),
    flags: new Uint8Array(count),
    rgb: new Uint8Array(3 * count),
  }
  // A middle day has this many photos, so that the library spans about eight years.
  const perDay = Math.max(1.5, count / 1_400)
  let day = Math.floor(Date.UTC(2026, 9, 6) / 86_400_000)
  let left = 0
  for (let i = 0; i < count; i += 1) {
    if (left <= 0) {
      if (i > 0) day -= 1 + Math.floor(next() * next() * 5)
      left = Math.max(1, Math.round(perDay * 2 * next() * next() * (next() < 0.1 ? 6 : 1.6)))
    }
    left -= 1
    index.row[i] = count - i
    index.day[i] = day
    index.ratio[i] = RATIOS[Math.floor(next() * RATIOS.length)] ?? 1500
    index.flags[i] = flagsOf(i, next())
    const colour = COLOURS[Math.floor(next() * COLOURS.length)] ?? [128, 128, 128]
    for (let c = 0; c < 3; c += 1) {
      index.rgb[3 * i + c] = Math.round((colour[c] ?? 0) * (0.8 + 0.4 * next()))
    }
  }
  const at = new Map<number, number>()
  index.row.forEach((row, i) => at.set(row, i))
  return { index, at }
}

function flagsOf(i: number, chance: number): number {
  if (i > 2 && i < 6) return FLAG_PENDING
  if (i === 11) return FLAG_FAILED
  return chance < 0.03 ? FLAG_VIDEO : 0
}

export function fakeDetail(photos: FakePhotos, row: number): PhotoView {
  const at = photos.at.get(row) ?? 0
  const ratio = (photos.index.ratio[at] ?? 1500) / 1000
  const flags = photos.index.flags[at] ?? 0
  const long = 6000
  const day = new Date((photos.index.day[at] ?? 0) * 86_400_000).toISOString().slice(0, 10)
  const name = `IMG_${String(row).padStart(5, '0')}.${flags & FLAG_VIDEO ? 'MOV' : 'JPG'}`
  return {
    row,
    path: `/home/lin/Pictures/2026 国庆/${name}`,
    name,
    takenAt: `${day}T14:22:05+08:00`,
    takenAtSource: at % 9 === 8 ? 'file' : 'exif',
    width: ratio >= 1 ? long : Math.round(long * ratio),
    height: ratio >= 1 ? Math.round(long / ratio) : long,
    bytes: 8_200_000 + row * 13,
    camera: 'Canon EOS R6 · RF 35 mm',
    kind: flags & FLAG_VIDEO ? 'video' : 'image',
    syncState: flags & FLAG_FAILED ? 'failed' : flags & FLAG_PENDING ? 'pending' : 'verified',
    album: '2026 国庆',
    spaceName: '家庭',
    version: `v${row}`,
  }
}
