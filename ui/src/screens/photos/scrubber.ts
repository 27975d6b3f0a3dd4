// Which years the scrubber names, and where.
import type { Month } from '../../grid/grid-find'

export interface YearMark {
  year: number
  /** Pixels from the top of the strip. */
  y: number
}

/** Least distance between two names, in pixels. */
const APART = 24

/** Years from the newest on, leaving out those that would overlap. */
export function yearMarks(list: readonly Month[], total: number, height: number): YearMark[] {
  const marks: YearMark[] = []
  let year = NaN
  for (const month of list) {
    if (month.year === year) continue
    year = month.year
    const y = Math.min((month.y / total) * height, Math.max(0, height - APART))
    const last = marks.at(-1)
    if (!last || y - last.y >= APART) marks.push({ year, y })
  }
  return marks
}
