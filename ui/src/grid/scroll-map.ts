// Maps the page's scroll position to a height in the library and back.
// Engines clamp very tall pages, so a taller library is shown through a shorter page: small
// steps move one to one, long jumps are scaled, and a pause brings both into line again.

/** Tallest page used, in pixels; every engine shows it, at twice the pixel density as well. */
export const MAX_PAGE_HEIGHT = 15_000_000

/** A step longer than this many viewports counts as a jump of the scroll bar. */
const JUMP_VIEWPORTS = 3

/** Nearer than this many viewports to an end, the page is kept in line at every step. */
const EDGE_VIEWPORTS = 4

export class ScrollMap {
  /** Height in the library minus scroll position: what tiles are shifted up by. */
  offset = 0
  private scroll = 0

  constructor(
    readonly contentHeight: number,
    readonly viewport: number,
    readonly cap = MAX_PAGE_HEIGHT,
  ) {}

  /** Height to give the page. */
  get pageHeight(): number {
    return Math.min(this.contentHeight, this.cap)
  }

  private get contentRoom(): number {
    return Math.max(0, this.contentHeight - this.viewport)
  }

  private get pageRoom(): number {
    return Math.max(0, this.pageHeight - this.viewport)
  }

  get scaled(): boolean {
    return this.contentHeight > this.cap
  }

  /** Height in the library at the top of the window. */
  get content(): number {
    return this.scroll + this.offset
  }

  /** Takes over a new scroll position and answers the height in the library. */
  scrolled(scroll: number): number {
    const step = scroll - this.scroll
    this.scroll = scroll
    if (!this.scaled) return scroll
    const atEdge = scroll <= 0 || scroll >= this.pageRoom
    if (atEdge || Math.abs(step) > this.viewport * JUMP_VIEWPORTS) {
      this.offset = scroll * (this.contentRoom / this.pageRoom) - scroll
    }
    const content = Math.min(this.contentRoom, Math.max(0, this.content))
    this.offset = content - scroll
    return content
  }

  /** Scroll position that shows this height; set it on the page right after. */
  goTo(content: number): number {
    const wanted = Math.min(this.contentRoom, Math.max(0, content))
    this.scroll = this.scaled ? Math.round(wanted * (this.pageRoom / this.contentRoom)) : wanted
    this.offset = wanted - this.scroll
    return this.scroll
  }

  /** Near an end a scaled page must be in line at every step, so that the end is met exactly. */
  get nearEdge(): boolean {
    const margin = this.viewport * EDGE_VIEWPORTS
    return this.scaled && (this.scroll < margin || this.scroll > this.pageRoom - margin)
  }

  /** Scroll position to set, unseen, after a pause; null when the page is in line already. */
  settle(): number | null {
    if (!this.scaled) return null
    const before = this.scroll
    const after = this.goTo(this.content)
    return after === before ? null : after
  }
}
