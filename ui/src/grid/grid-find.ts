// Questions to a finished layout: what is visible, what is beside, which month is where.
import type { GridLayout } from './grid-core'

/** Half-open range of positions. */
export interface Range {
  first: number
  last: number
}

/** Last position whose value is not above `value`, or -1. `values` must not fall. */
function floorOf(
  values: Float64Array | Uint32Array,
  length: number,
  value: number,
): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Rows that show anything between two heights. */
export function visibleRows(layout: GridLayout, top: number, bottom: number): Range {
  if (layout.rowCount === 0 || bottom <= top) return { first: 0, last: 0 }
  let first = Math.max(0, floorOf(layout.rowY, layout.rowCount, top))
  if (bottomOfRow(layout, first) <= top) first += 1
  const last = floorOf(layout.rowY, layout.rowCount, bottom) + 1
  return { first, last: Math.max(first, last) }
}

/** Day headings that show anything between two heights. */
export function visibleHeaders(
  layout: GridLayout,
  top: number,
  bottom: number,
  headerHeight: number,
): Range {
  let first = floorOf(layout.headerY, layout.headerCount, top - headerHeight)
  // Headings side by side share one height: go back to the first of them.
  while (first > 0 && layout.headerY[first - 1] === layout.headerY[first]) first -= 1
  const last = floorOf(layout.headerY, layout.headerCount, bottom) + 1
  return { first: Math.max(0, first), last: Math.max(0, last) }
}

/** Row that holds the photo. */
export function rowOf(layout: GridLayout, photo: number): number {
  return Math.max(0, floorOf(layout.rowFirst, layout.rowCount, photo))
}

/** First photo at or below a height, or -1 in an empty layout. */
export function photoAt(layout: GridLayout, y: number): number {
  if (layout.rowCount === 0) return -1
  const row = Math.max(0, floorOf(layout.rowY, layout.rowCount, y))
  const passed = bottomOfRow(layout, row) <= y && row + 1 < layout.rowCount
  return layout.rowFirst[passed ? row + 1 : row] ?? -1
}

function bottomOfRow(layout: GridLayout, row: number): number {
  return (layout.rowY[row] ?? 0) + (layout.rowH[row] ?? 0)
}

/** Height at which the heading above this photo begins. */
export function headerTopOf(layout: GridLayout, photo: number): number {
  const header = floorOf(layout.headerFirst, layout.headerCount, photo)
  return layout.headerY[Math.max(0, header)] ?? 0
}

export type Step =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'row-start'
  | 'row-end'
  | 'first'
  | 'last'
  | 'page-up'
  | 'page-down'

/** The photo that a key leads to from `photo`; up and down keep the middle of the picture. */
export function neighbour(
  layout: GridLayout,
  photo: number,
  step: Step,
  viewport: number,
): number {
  const last = layout.photoCount - 1
  if (last < 0) return -1
  const row = rowOf(layout, photo)
  switch (step) {
    case 'left':
      return Math.max(0, photo - 1)
    case 'right':
      return Math.min(last, photo + 1)
    case 'row-start':
      return layout.rowFirst[row] ?? 0
    case 'row-end':
      return (layout.rowFirst[row + 1] ?? layout.photoCount) - 1
    case 'first':
      return 0
    case 'last':
      return last
    case 'up':
      return row === 0 ? photo : nearestIn(layout, row - 1, photo)
    case 'down':
      return row + 1 >= layout.rowCount ? photo : nearestIn(layout, row + 1, photo)
    case 'page-up':
    case 'page-down': {
      const way = step === 'page-up' ? -1 : 1
      const target = (layout.rowY[row] ?? 0) + way * viewport
      let to = floorOf(layout.rowY, layout.rowCount, target)
      if (to === row) to += way
      return nearestIn(layout, Math.min(layout.rowCount - 1, Math.max(0, to)), photo)
    }
  }
}

function nearestIn(layout: GridLayout, row: number, photo: number): number {
  const middle = (layout.x[photo] ?? 0) + (layout.w[photo] ?? 0) / 2
  const first = layout.rowFirst[row] ?? 0
  const end = layout.rowFirst[row + 1] ?? layout.photoCount
  let best = first
  let distance = Infinity
  for (let i = first; i < end; i += 1) {
    const off = Math.abs((layout.x[i] ?? 0) + (layout.w[i] ?? 0) / 2 - middle)
    if (off < distance) {
      distance = off
      best = i
    }
  }
  return best
}

/** A month of the library and where it begins. */
export interface Month {
  year: number
  /** 1 to 12 */
  month: number
  y: number
  photo: number
}

/** Months from the newest on, one entry for each that has photos. */
export function months(layout: GridLayout): Month[] {
  const found: Month[] = []
  let key = NaN
  for (let header = 0; header < layout.headerCount; header += 1) {
    const date = new Date((layout.headerDay[header] ?? 0) * 86_400_000)
    const year = date.getUTCFullYear()
    const month = date.getUTCMonth() + 1
    if (year * 12 + month === key) continue
    key = year * 12 + month
    found.push({
      year,
      month,
      y: layout.headerY[header] ?? 0,
      photo: layout.headerFirst[header] ?? 0,
    })
  }
  return found
}

/** Position in `list` of the month shown at a height. */
export function monthAt(list: readonly Month[], y: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle]?.y ?? 0) <= y) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
