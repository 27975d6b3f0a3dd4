import { describe, expect, test } from 'vitest'
import { fakePhotos, random } from '../backend/fake/photos'
import { layoutGrid, type GridLayout, type GridOptions } from './grid-core'
import { months, neighbour, photoAt, rowOf, visibleHeaders, visibleRows } from './grid-find'
import { EMPTY_INDEX, type PhotoIndex } from './photo-index'

const base: GridOptions = {
  width: 1000,
  rowHeight: 176,
  gap: 4,
  headerHeight: 48,
  headerWidth: 148,
}

function lay(index: PhotoIndex, options: Partial<GridOptions> = {}): GridLayout {
  return layoutGrid(index, { ...base, ...options })
}

/** A library of odd shapes: from slivers to panoramas, from one photo a day to hundreds. */
function odd(seed: number): PhotoIndex {
  const next = random(seed)
  const { index } = fakePhotos(1 + Math.floor(next() * 700), seed)
  for (let i = 0; i < index.count; i += 1) {
    if (next() < 0.3) index.ratio[i] = 100 + Math.floor(next() * 9_900)
    if (next() < 0.3 && i > 0) index.day[i] = index.day[i - 1] ?? 0
  }
  return index
}

const cases = Array.from({ length: 60 }, (_, seed) => {
  const next = random(seed + 1_000)
  const width = 320 + Math.floor(next() * 3_680)
  return { seed, width, rowHeight: 60 + Math.floor(next() * 340) }
})

describe.each(cases)('library $seed at $width px, rows of $rowHeight px', (given) => {
  const index = odd(given.seed)
  const layout = lay(index, given)

  test('every photo is in exactly one row', () => {
    expect(layout.rowFirst[0]).toBe(0)
    expect(layout.rowFirst[layout.rowCount]).toBe(index.count)
    for (let row = 0; row < layout.rowCount; row += 1) {
      expect(layout.rowFirst[row + 1]).toBeGreaterThan(layout.rowFirst[row] ?? 0)
    }
  })

  test('photos of a row lie side by side inside the width', () => {
    for (let row = 0; row < layout.rowCount; row += 1) {
      let edge = 0
      for (let i = layout.rowFirst[row] ?? 0; i < (layout.rowFirst[row + 1] ?? 0); i += 1) {
        expect(layout.x[i]).toBeGreaterThanOrEqual(edge)
        expect(layout.w[i]).toBeGreaterThan(0)
        edge = (layout.x[i] ?? 0) + (layout.w[i] ?? 0)
        expect(edge).toBeLessThanOrEqual(given.width)
      }
    }
  })

  test('rows and headings go down without touching', () => {
    let bottom = 0
    for (let row = 0; row < layout.rowCount; row += 1) {
      const y = layout.rowY[row] ?? NaN
      const height = layout.rowH[row] ?? NaN
      expect(y).toBeGreaterThanOrEqual(bottom)
      expect(height).toBeGreaterThan(0)
      expect(height).toBeLessThanOrEqual(given.rowHeight * 1.6 + 1)
      bottom = y + height
    }
    expect(layout.height).toBe(bottom)
    for (let header = 0; header < layout.headerCount; header += 1) {
      const first = layout.headerFirst[header] ?? 0
      const rowTop = layout.rowY[rowOf(layout, first)] ?? 0
      expect(rowTop - (layout.headerY[header] ?? 0)).toBe(base.headerHeight)
      const { y, x } = { y: layout.headerY[header + 1], x: layout.headerX[header + 1] ?? 0 }
      if (y === layout.headerY[header]) {
        expect(x - (layout.headerX[header] ?? 0)).toBeGreaterThanOrEqual(base.headerWidth)
      }
    }
  })

  test('every day has one heading, above its first photo', () => {
    const days = [...index.day].filter((day, i) => i === 0 || day !== index.day[i - 1])
    expect([...layout.headerDay]).toEqual(days)
    for (let header = 0; header < layout.headerCount; header += 1) {
      const first = layout.headerFirst[header] ?? 0
      expect(index.day[first]).toBe(layout.headerDay[header])
      expect(layout.x[first]).toBe(layout.headerX[header])
    }
  })
})

describe('what is on show', () => {
  const { index } = fakePhotos(5_000)
  const layout = lay(index)

  test('a search by height finds the same rows as looking at each', () => {
    const next = random(5)
    for (let i = 0; i < 200; i += 1) {
      const top = next() * layout.height
      const bottom = top + 800
      const found = visibleRows(layout, top, bottom)
      const slow = [...layout.rowY.keys()].filter((row) => {
        const y = layout.rowY[row] ?? 0
        return y <= bottom && y + (layout.rowH[row] ?? 0) > top
      })
      expect([found.first, found.last - 1]).toEqual([slow[0], slow.at(-1)])
      const headers = visibleHeaders(layout, top, bottom, 48)
      for (let header = 0; header < layout.headerCount; header += 1) {
        const y = layout.headerY[header] ?? 0
        const inside = header >= headers.first && header < headers.last
        if (y <= bottom && y + 48 > top) expect(inside).toBe(true)
      }
    }
  })

  test('below the end there is nothing, and the first photo is at the top', () => {
    const past = visibleRows(layout, layout.height + 10, layout.height + 800)
    expect(past.last - past.first).toBe(0)
    expect(photoAt(layout, 0)).toBe(0)
    expect(photoAt(layout, layout.height)).toBe(layout.rowFirst[layout.rowCount - 1])
  })

  test('months follow each other and each begins with a photo of it', () => {
    const list = months(layout)
    expect(list.length).toBeGreaterThan(12)
    list.reduce((before, month) => {
      expect(before.year * 12 + before.month).toBeGreaterThan(month.year * 12 + month.month)
      expect(month.y).toBeGreaterThanOrEqual(before.y)
      return month
    })
  })
})

describe('keys', () => {
  const { index } = fakePhotos(800)
  const layout = lay(index)
  const at = Math.floor(index.count / 2)

  test('down and up lead to the picture above or below, and stop at the ends', () => {
    const below = neighbour(layout, at, 'down', 700)
    expect(rowOf(layout, below)).toBe(rowOf(layout, at) + 1)
    const middle = (photo: number) => (layout.x[photo] ?? 0) + (layout.w[photo] ?? 0) / 2
    for (let i = layout.rowFirst[rowOf(layout, below)] ?? 0; i < below; i += 1) {
      expect(Math.abs(middle(i) - middle(at))).toBeGreaterThan(
        Math.abs(middle(below) - middle(at)) - 1,
      )
    }
    expect(neighbour(layout, 0, 'up', 700)).toBe(0)
    expect(neighbour(layout, 799, 'down', 700)).toBe(799)
    expect(neighbour(layout, 0, 'left', 700)).toBe(0)
    expect(neighbour(layout, 799, 'right', 700)).toBe(799)
  })

  test('home, end and pages', () => {
    const row = rowOf(layout, at)
    expect(neighbour(layout, at, 'row-start', 700)).toBe(layout.rowFirst[row])
    expect(neighbour(layout, at, 'row-end', 700)).toBe((layout.rowFirst[row + 1] ?? 0) - 1)
    expect(neighbour(layout, at, 'first', 700)).toBe(0)
    expect(neighbour(layout, at, 'last', 700)).toBe(799)
    const page = neighbour(layout, at, 'page-down', 700)
    const moved = (layout.rowY[rowOf(layout, page)] ?? 0) - (layout.rowY[row] ?? 0)
    expect(moved).toBeGreaterThan(350)
    expect(moved).toBeLessThanOrEqual(700)
  })
})

test('a width of nothing lays out nothing, and an empty library has no height', () => {
  const { index } = fakePhotos(10)
  for (const width of [0, -5, NaN]) {
    expect(lay(index, { width }).rowCount).toBe(0)
  }
  expect(lay(EMPTY_INDEX).height).toBe(0)
})

test('a library of 100,000 photos is laid out in the blink of an eye', () => {
  const { index } = fakePhotos(100_000)
  lay(index)
  const times = [1, 2, 3].map(() => {
    const begin = performance.now()
    lay(index)
    return performance.now() - begin
  })
  expect(Math.min(...times)).toBeLessThan(100)
})
