import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fakePhotos } from '../backend/fake/photos'
import { rowOf } from './grid-find'
import { GridView } from './grid-view.svelte'
import type { PhotoIndex } from './photo-index'

let height = 0
let scroll = 0
const page = {
  setHeight: (pixels: number) => (height = pixels),
  scrollTo: (pixels: number) => (scroll = pixels),
}
const geometry = { width: 1000, viewport: 700, rowHeight: 176 }

function open(count: number): GridView {
  const view = new GridView(page)
  view.setGeometry(geometry)
  view.setIndex(fakePhotos(count).index)
  return view
}

/** Height of a photo in the window, from its row number. */
function standsAt(view: GridView, row: number): number {
  const photo = view.index.row.indexOf(row)
  return (view.layout.rowY[rowOf(view.layout, photo)] ?? NaN) - view.top
}

/** The same photos with `count` newer ones in front. */
function withNewer(old: PhotoIndex, count: number): PhotoIndex {
  const next = fakePhotos(old.count + count).index
  next.row.set(old.row, count)
  next.day.set(old.day, count)
  next.ratio.set(old.ratio, count)
  for (let i = 0; i < count; i += 1) {
    next.row[i] = 1_000_000 + i
    next.day[i] = (old.day[0] ?? 0) + 1
  }
  return next
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('what is on show stays where it is', () => {
  test('when the window gets narrower', () => {
    const view = open(3_000)
    view.goTo(40_000)
    const anchor = view.anchor()
    expect(anchor).not.toBeNull()
    view.setGeometry({ ...geometry, width: 640 })
    expect(standsAt(view, anchor?.row ?? -1)).toBeCloseTo(anchor?.offset ?? NaN, 6)
    expect(height).toBe(view.layout.height)
    expect(scroll).toBe(view.top)
  })

  test('when photos get larger, around the photo that the keyboard is on', () => {
    const view = open(3_000)
    view.focus = 1_500
    view.reveal(1_500)
    const row = view.index.row[1_500] ?? -1
    const before = standsAt(view, row)
    view.setGeometry({ ...geometry, rowHeight: 340 })
    expect(standsAt(view, row)).toBeCloseTo(before, 6)
  })

  test('when photos arrive above; they are counted until the top is shown', () => {
    const view = open(3_000)
    view.goTo(40_000)
    const anchor = view.anchor()
    view.setIndex(withNewer(view.index, 12))
    expect(standsAt(view, anchor?.row ?? -1)).toBeCloseTo(anchor?.offset ?? NaN, 6)
    expect(view.fresh).toBe(12)
    view.goTo(0)
    expect(view.fresh).toBe(0)
  })

  test('when its own photo is gone: the next one takes its place', () => {
    const view = open(3_000)
    view.goTo(40_000)
    const row = view.anchor()?.row ?? -1
    const at = view.index.row.indexOf(row)
    const follower = view.index.row[at + 1] ?? -1
    const less = fakePhotos(2_999).index
    less.row.set([...view.index.row].filter((other) => other !== row))
    less.day.set([...view.index.day].filter((_, i) => i !== at))
    less.ratio.set([...view.index.ratio].filter((_, i) => i !== at))
    view.setIndex(less)
    expect(Math.abs(standsAt(view, follower))).toBeLessThan(700)
  })
})

test('at the very top new photos simply appear', () => {
  const view = open(500)
  view.setIndex(withNewer(view.index, 3))
  expect(view.top).toBe(0)
  expect(view.fresh).toBe(0)
  expect(view.drawn.rows.first).toBe(0)
})

test('the keyboard keeps its photo when others arrive', () => {
  const view = open(500)
  view.focus = 7
  const row = view.index.row[7]
  view.setIndex(withNewer(view.index, 3))
  expect(view.index.row[view.focus]).toBe(row)
})

test('while scrolling very fast, pictures wait; at rest they come', () => {
  const view = open(20_000)
  view.scrolled(100, 1_000)
  view.scrolled(9_000, 1_016)
  expect(view.drawn.rows.first).toBeGreaterThan(view.pictured.last)
  vi.advanceTimersByTime(200)
  expect(view.pictured).toEqual(view.drawn.rows)
})

test('keys bring their photo into the window', () => {
  const view = open(2_000)
  view.step('last')
  expect(view.focus).toBe(1_999)
  expect(view.top).toBeCloseTo(view.layout.height - 700 + 4, -1)
  view.step('first')
  expect(view.top).toBe(0)
})

test('a hidden screen, which has no size, changes nothing', () => {
  const view = open(500)
  const before = view.layout
  view.setGeometry({ ...geometry, width: 0 })
  expect(view.layout).toBe(before)
})

test('only a few rows are drawn, wherever the window is', () => {
  const view = open(20_000)
  for (let y = 0; y < view.layout.height; y += 5_003) {
    view.goTo(y)
    const { first, last } = view.drawn.rows
    expect(last - first).toBeLessThan(20)
    expect(last - first).toBeGreaterThan(0)
  }
})
