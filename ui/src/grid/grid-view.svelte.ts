// The grid in motion: keeps the layout, the scroll position and the rows on show in step.
// Only the range on show is reactive; the page itself is reached through GridPage.
import { EMPTY_INDEX, countNew, findRow, type PhotoIndex } from './photo-index'
import { emptyLayout, layoutGrid, type GridLayout, type GridOptions } from './grid-core'
import {
  headerTopOf,
  months,
  neighbour,
  photoAt,
  rowOf,
  visibleHeaders,
  visibleRows,
  type Month,
  type Range,
  type Step,
} from './grid-find'
import { ScrollMap } from './scroll-map'

/** The parts of a page that the grid moves. */
export interface GridPage {
  setHeight(pixels: number): void
  scrollTo(pixels: number): void
}

export interface Geometry {
  width: number
  /** Height of the window under the toolbar, in pixels. */
  viewport: number
  rowHeight: number
}

/** Where the grid stands: a photo, and where its row is below the top of the window. */
export interface Anchor {
  row: number
  offset: number
}

/** What is drawn: rows and headings, and what is subtracted from their heights. */
interface Drawn {
  rows: Range
  headers: Range
  offset: number
}

export const GAP = 4
export const HEADER_HEIGHT = 48
const HEADER_WIDTH = 148
/** Rows this far outside the window are drawn too, in pixels; more costs paint time. */
const OVERSCAN = 400
/** Faster than this many windows a second, tiles show their colour only. */
const FAST_VIEWPORTS = 3
/** After this many milliseconds without scrolling the grid is at rest. */
const REST_MS = 120
/** Nearer to the top than this, in pixels, new photos simply appear. */
const AT_TOP = 24

export class GridView {
  layout = $state.raw<GridLayout>(emptyLayout(0))
  drawn = $state.raw<Drawn>({ rows: none(), headers: none(), offset: 0 })
  /** Rows whose pictures are shown; the others show their colour. */
  pictured = $state.raw<Range>(none())
  /** Photo that the keyboard is on. */
  focus = $state(0)
  /** Photos that came in above while the window was further down. */
  fresh = $state(0)
  /** Height in the library at the top of the window. */
  top = $state(0)
  index: PhotoIndex = $state.raw(EMPTY_INDEX)
  readonly months: Month[] = $derived(months(this.layout))

  private map = new ScrollMap(0, 1)
  private geometry: Geometry = { width: 0, viewport: 1, rowHeight: 1 }
  private rest: ReturnType<typeof setTimeout> | null = null
  private lastScrollAt = 0
  private fast = false

  constructor(private readonly page: GridPage) {}

  get viewport(): number {
    return this.geometry.viewport
  }

  /** Takes a new list of photos; what is on show stays where it is. */
  setIndex(next: PhotoIndex): void {
    const before = this.index
    if (next === before) return
    const anchor = this.anchor()
    const focused = before.row[this.focus]
    if (anchor && before.count > 0) this.fresh += countNew(before, next)
    this.index = next
    const at = focused === undefined ? -1 : findRow(next, focused)
    this.focus = at >= 0 ? at : Math.min(this.focus, Math.max(0, next.count - 1))
    this.relayout(anchor && survivor(before, next, anchor))
  }

  /** Takes a new size of the window or of the photos; what is on show stays where it is. */
  setGeometry(next: Geometry): void {
    const { width, viewport, rowHeight } = this.geometry
    if (next.width < 1 || next.viewport < 1) return // a hidden screen has no size
    const same = next.width === width && next.rowHeight === rowHeight
    if (same && next.viewport === viewport) return
    const anchor = next.rowHeight === rowHeight ? this.anchor() : this.focusAnchor()
    this.geometry = next
    this.relayout(anchor)
  }

  /** The photo to hold on to, or null at the very top. */
  anchor(): Anchor | null {
    if (this.map.content <= AT_TOP || this.layout.rowCount === 0) return null
    const photo = photoAt(this.layout, this.map.content)
    return this.anchorOf(photo)
  }

  /** Goes back to where the grid was left. */
  restore(place: Anchor & { focus: number }): void {
    const focus = findRow(this.index, place.focus)
    if (focus >= 0) this.focus = focus
    this.hold(place)
  }

  scrolled(scroll: number, now: number): void {
    const before = this.map.content
    const content = this.map.scrolled(Math.max(0, scroll))
    const seconds = Math.max(1, now - this.lastScrollAt) / 1000
    this.lastScrollAt = now
    this.fast = Math.abs(content - before) / seconds > FAST_VIEWPORTS * this.viewport
    if (this.map.nearEdge) this.settle()
    if (content <= AT_TOP) this.fresh = 0
    this.draw()
    if (this.rest !== null) clearTimeout(this.rest)
    this.rest = setTimeout(() => this.atRest(), REST_MS)
  }

  /** Shows this height of the library at the top of the window. */
  goTo(content: number): void {
    this.page.scrollTo(this.map.goTo(content))
    if (this.map.content <= AT_TOP) this.fresh = 0
    this.draw()
  }

  /** Moves the keyboard's photo; answers it. */
  step(step: Step): number {
    this.focus = neighbour(this.layout, this.focus, step, this.viewport)
    this.reveal(this.focus)
    return this.focus
  }

  /** Scrolls as little as it takes to show a photo whole, with its day when it begins one. */
  reveal(photo: number): void {
    const row = rowOf(this.layout, photo)
    const y = this.layout.rowY[row] ?? 0
    const heading = headerTopOf(this.layout, photo)
    const top = y - heading <= HEADER_HEIGHT ? heading : y - GAP
    const bottom = y + (this.layout.rowH[row] ?? 0) + GAP
    const { content } = this.map
    if (top < content) this.goTo(top)
    else if (bottom > content + this.viewport) this.goTo(bottom - this.viewport)
    else this.draw()
  }

  stop(): void {
    if (this.rest !== null) clearTimeout(this.rest)
  }

  private focusAnchor(): Anchor | null {
    const row = rowOf(this.layout, this.focus)
    const y = (this.layout.rowY[row] ?? 0) - this.map.content
    const visible = this.layout.rowCount > 0 && y >= 0 && y < this.viewport
    return visible && this.map.content > AT_TOP ? this.anchorOf(this.focus) : this.anchor()
  }

  private anchorOf(photo: number): Anchor | null {
    const row = this.index.row[photo]
    if (row === undefined) return null
    const y = this.layout.rowY[rowOf(this.layout, photo)] ?? 0
    return { row, offset: y - this.map.content }
  }

  private relayout(anchor: Anchor | null): void {
    const { width, viewport, rowHeight } = this.geometry
    if (width < 1) return
    const options: GridOptions = {
      width,
      rowHeight,
      gap: GAP,
      headerHeight: HEADER_HEIGHT,
      headerWidth: HEADER_WIDTH,
    }
    this.layout = layoutGrid(this.index, options)
    this.map = new ScrollMap(this.layout.height, viewport)
    this.page.setHeight(this.map.pageHeight)
    this.drawn = { rows: none(), headers: none(), offset: 0 }
    if (anchor) this.hold(anchor)
    else this.goTo(0)
    this.atRest()
  }

  private hold(anchor: Anchor): void {
    const photo = findRow(this.index, anchor.row)
    if (photo < 0) return this.draw()
    const y = this.layout.rowY[rowOf(this.layout, photo)] ?? 0
    this.goTo(y - anchor.offset)
  }

  private settle(): void {
    const scroll = this.map.settle()
    if (scroll !== null) this.page.scrollTo(scroll)
  }

  private atRest(): void {
    this.rest = null
    this.fast = false
    this.settle()
    this.draw()
  }

  /** Updates what is on show; nothing reactive is touched when that is the same as before. */
  private draw(): void {
    const { content, offset } = this.map
    const from = content - OVERSCAN
    const to = content + this.viewport + OVERSCAN
    const rows = visibleRows(this.layout, from, to)
    const headers = visibleHeaders(this.layout, from, to, HEADER_HEIGHT)
    const old = this.drawn
    if (!same(rows, old.rows) || !same(headers, old.headers) || offset !== old.offset) {
      this.drawn = { rows, headers, offset }
    }
    if (!this.fast && !same(rows, this.pictured)) this.pictured = rows
    this.top = content
  }
}

function none(): Range {
  return { first: 0, last: 0 }
}

function same(a: Range, b: Range): boolean {
  return a.first === b.first && a.last === b.last
}

/** The anchor, or, when its photo is gone, the nearest later one that is still there. */
function survivor(before: PhotoIndex, next: PhotoIndex, anchor: Anchor): Anchor | null {
  const known = new Set(next.row)
  for (let i = findRow(before, anchor.row); i >= 0 && i < before.count; i += 1) {
    const row = before.row[i]
    if (row !== undefined && known.has(row)) return { row, offset: anchor.offset }
  }
  return null
}
