// Where every photo of the grid lies: justified rows under day headings, for the whole library
// at once, in typed arrays. Pure arithmetic: no page, no scrolling, no pictures.
import type { PhotoIndex } from './photo-index'

export interface GridOptions {
  /** Width of the grid in pixels; nothing is laid out below 1. */
  width: number
  /** Height that rows aim for, in pixels. */
  rowHeight: number
  /** Pixels between neighbouring photos. */
  gap: number
  /** Height of a day heading, in pixels. */
  headerHeight: number
  /** Least width that a day heading needs, in pixels. */
  headerWidth: number
}

export interface GridLayout {
  readonly width: number
  /** Height of everything, in pixels. */
  readonly height: number
  readonly photoCount: number
  /** Left edge and width of each photo, in whole pixels. */
  readonly x: Uint16Array
  readonly w: Uint16Array
  readonly rowCount: number
  /** First photo of each row; one more entry closes the last row. */
  readonly rowFirst: Uint32Array
  readonly rowY: Float64Array
  readonly rowH: Uint16Array
  readonly headerCount: number
  /** Position of each day heading, the photo it begins with, and its day. */
  readonly headerX: Uint16Array
  readonly headerY: Float64Array
  readonly headerFirst: Uint32Array
  readonly headerDay: Int32Array
}

/** Narrower or wider photos are cropped to these, so that one panorama cannot flatten a row. */
const MIN_RATIO = 0.45
const MAX_RATIO = 3.2
/** A last row that is filled to this part is stretched to the edge. */
const FULL_ENOUGH = 0.86
/** Days side by side are set apart by this many gaps. */
const DAY_GAPS = 5
/** A row grows to at most this many times the aimed height. */
const MAX_ROW_GROWTH = 1.6

/** Lays out the whole library. Time is linear in the number of photos. */
export function layoutGrid(index: PhotoIndex, options: GridOptions): GridLayout {
  const width = Math.floor(options.width)
  if (!(width >= 1) || index.count === 0) return emptyLayout(Math.max(0, width || 0))
  return new Builder(index, { ...options, width }).build()
}

export function emptyLayout(width: number): GridLayout {
  return {
    width,
    height: 0,
    photoCount: 0,
    x: new Uint16Array(0),
    w: new Uint16Array(0),
    rowCount: 0,
    rowFirst: new Uint32Array(1),
    rowY: new Float64Array(0),
    rowH: new Uint16Array(0),
    headerCount: 0,
    headerX: new Uint16Array(0),
    headerY: new Float64Array(0),
    headerFirst: new Uint32Array(0),
    headerDay: new Int32Array(0),
  }
}

class Builder {
  private readonly x: Uint16Array
  private readonly w: Uint16Array
  private readonly rowFirst: Uint32Array
  private readonly rowY: Float64Array
  private readonly rowH: Uint16Array
  private readonly headerX: Uint16Array
  private readonly headerY: Float64Array
  private readonly headerFirst: Uint32Array
  private readonly headerDay: Int32Array
  private rows = 0
  private headers = 0
  private y = 0

  constructor(
    private readonly index: PhotoIndex,
    private readonly options: GridOptions,
  ) {
    const n = index.count
    this.x = new Uint16Array(n)
    this.w = new Uint16Array(n)
    this.rowFirst = new Uint32Array(n + 1)
    this.rowY = new Float64Array(n)
    this.rowH = new Uint16Array(n)
    const days = countDays(index)
    this.headerX = new Uint16Array(days)
    this.headerY = new Float64Array(days)
    this.headerFirst = new Uint32Array(days)
    this.headerDay = new Int32Array(days)
  }

  build(): GridLayout {
    const { count } = this.index
    const { width, headerHeight, gap } = this.options
    let first = 0
    while (first < count) {
      const end = this.dayEnd(first)
      const natural = this.naturalWidth(first, end, width)
      if (natural > width) {
        this.header(first, 0, this.y)
        this.y += headerHeight
        this.justify(first, end)
        first = end
      } else {
        first = this.band(first, end, natural)
      }
    }
    this.rowFirst[this.rows] = count
    return {
      width,
      height: Math.max(0, this.y - gap),
      photoCount: count,
      x: this.x,
      w: this.w,
      rowCount: this.rows,
      rowFirst: this.rowFirst.subarray(0, this.rows + 1),
      rowY: this.rowY.subarray(0, this.rows),
      rowH: this.rowH.subarray(0, this.rows),
      headerCount: this.headers,
      headerX: this.headerX,
      headerY: this.headerY,
      headerFirst: this.headerFirst,
      headerDay: this.headerDay,
    }
  }

  private dayEnd(first: number): number {
    const { day, count } = this.index
    let end = first + 1
    while (end < count && day[end] === day[first]) end += 1
    return end
  }

  private ratio(photo: number): number {
    const ratio = (this.index.ratio[photo] ?? 1000) / 1000
    return Math.min(MAX_RATIO, Math.max(MIN_RATIO, ratio))
  }

  /** Width of these photos in one row of the aimed height; stops counting past `limit`. */
  private naturalWidth(first: number, end: number, limit: number): number {
    const { rowHeight, gap } = this.options
    let sum = -gap
    for (let photo = first; photo < end && sum <= limit; photo += 1) {
      sum += Math.round(this.ratio(photo) * rowHeight) + gap
    }
    return sum
  }

  /** Puts this day and as many of the following as fit side by side; answers the next photo. */
  private band(first: number, end: number, natural: number): number {
    const { width, gap, headerHeight, headerWidth, rowHeight } = this.options
    const headerY = this.y
    const dayGap = gap * DAY_GAPS
    let left = 0
    let from = first
    let to = end
    let dayWidth = natural
    for (;;) {
      this.header(from, left, headerY)
      this.place(from, to, left, rowHeight)
      left += Math.max(dayWidth, headerWidth) + dayGap
      from = to
      if (from >= this.index.count) break
      to = this.dayEnd(from)
      dayWidth = this.naturalWidth(from, to, width)
      if (left + Math.max(dayWidth, headerWidth) > width) break
    }
    this.y += headerHeight
    this.row(first, rowHeight)
    return from
  }

  /** Fills rows from edge to edge; the last keeps the aimed height unless it is nearly full. */
  private justify(first: number, end: number): void {
    const { width, gap, rowHeight } = this.options
    let from = first
    while (from < end) {
      let to = from
      let sum = 0
      while (to < end) {
        const ratio = this.ratio(to)
        const room = width - gap * (to - from)
        if (to > from && (sum + ratio) * rowHeight > room) {
          // One more photo overfills the row: take it when that bends the height less.
          const without = (width - gap * (to - from - 1)) / sum
          const including = room / (sum + ratio)
          if (without - rowHeight > rowHeight - including) {
            sum += ratio
            to += 1
          }
          break
        }
        sum += ratio
        to += 1
      }
      const room = width - gap * (to - from - 1)
      const unfinished = to === end && sum * rowHeight < room * FULL_ENOUGH
      const stretched = room / sum
      const loose = unfinished || stretched > rowHeight * MAX_ROW_GROWTH
      const height = loose ? Math.min(stretched, rowHeight) : stretched
      if (loose) this.place(from, to, 0, height)
      else this.spread(from, to, height)
      this.row(from, Math.max(1, Math.round(height)))
      from = to
    }
  }

  /** Places photos from `left` on at one height, without stretching. */
  private place(from: number, to: number, left: number, height: number): void {
    let x = left
    for (let photo = from; photo < to; photo += 1) {
      const limit = this.options.width - x
      const w = Math.max(1, Math.min(limit, Math.round(this.ratio(photo) * height)))
      this.x[photo] = x
      this.w[photo] = w
      x += w + this.options.gap
    }
  }

  /** Places photos so that the last ends exactly at the right edge. */
  private spread(from: number, to: number, height: number): void {
    const { width, gap } = this.options
    let exact = 0
    for (let photo = from; photo < to; photo += 1) {
      const x = Math.round(exact)
      exact += this.ratio(photo) * height + gap
      const right = photo === to - 1 ? width : Math.round(exact) - gap
      this.x[photo] = x
      this.w[photo] = Math.max(1, right - x)
    }
  }

  private header(first: number, x: number, y: number): void {
    this.headerX[this.headers] = x
    this.headerY[this.headers] = y
    this.headerFirst[this.headers] = first
    this.headerDay[this.headers] = this.index.day[first] ?? 0
    this.headers += 1
  }

  private row(first: number, height: number): void {
    this.rowFirst[this.rows] = first
    this.rowY[this.rows] = this.y
    this.rowH[this.rows] = height
    this.rows += 1
    this.y += height + this.options.gap
  }
}

function countDays(index: PhotoIndex): number {
  let days = 0
  for (let i = 0; i < index.count; i += 1) {
    if (i === 0 || index.day[i] !== index.day[i - 1]) days += 1
  }
  return days
}
