import { describe, expect, test } from 'vitest'
import { random } from '../backend/fake/photos'
import { MAX_PAGE_HEIGHT, ScrollMap } from './scroll-map'

const VIEWPORT = 700
const HUGE = 4 * MAX_PAGE_HEIGHT

describe('a library that fits the page', () => {
  test('is as tall as the page and scrolls one to one', () => {
    const map = new ScrollMap(50_000, VIEWPORT)
    expect(map.pageHeight).toBe(50_000)
    expect(map.scrolled(1_234)).toBe(1_234)
    expect(map.goTo(49_999)).toBe(50_000 - VIEWPORT)
    expect(map.settle()).toBeNull()
    expect(map.nearEdge).toBe(false)
  })
})

describe('a library far taller than a page can be', () => {
  test('is shown through a page of a height that every engine takes', () => {
    expect(new ScrollMap(HUGE, VIEWPORT).pageHeight).toBe(15_000_000)
  })

  test('the bottom of the page shows the last photo', () => {
    const map = new ScrollMap(HUGE, VIEWPORT)
    expect(map.scrolled(map.pageHeight - VIEWPORT)).toBe(HUGE - VIEWPORT)
    expect(map.scrolled(0)).toBe(0)
  })

  test('every height can be gone to, and the page is then where it belongs', () => {
    const map = new ScrollMap(HUGE, VIEWPORT)
    const next = random(3)
    for (let i = 0; i < 100; i += 1) {
      const content = next() * (HUGE - VIEWPORT)
      const scroll = map.goTo(content)
      expect(map.content).toBeCloseTo(content, 6)
      expect(scroll).toBeGreaterThanOrEqual(0)
      expect(scroll).toBeLessThanOrEqual(map.pageHeight - VIEWPORT)
    }
  })

  test('small steps move one to one; a pause moves the page, not the photos', () => {
    const map = new ScrollMap(HUGE, VIEWPORT)
    let scroll = map.goTo(10_000_000)
    for (let i = 0; i < 50; i += 1) {
      const before = map.content
      scroll += 100
      expect(map.scrolled(scroll) - before).toBeCloseTo(100, 6)
    }
    const shown = map.content
    const settled = map.settle()
    expect(settled).not.toBeNull()
    expect(map.content).toBeCloseTo(shown, 6)
    expect(map.settle()).toBeNull()
  })

  test.each([1, -1])('the wheel alone reaches the end (direction %i)', (way) => {
    const map = new ScrollMap(HUGE, VIEWPORT)
    const room = map.pageHeight - VIEWPORT
    const end = way > 0 ? HUGE - VIEWPORT : 0
    let scroll = map.goTo(way > 0 ? HUGE - 60_000 : 60_000)
    let before = map.content
    for (let i = 0; i < 2_000 && map.content !== end; i += 1) {
      scroll = Math.min(room, Math.max(0, scroll + way * 100))
      const content = map.scrolled(scroll)
      expect(Math.abs(content - before)).toBeLessThan(600) // never a leap
      before = content
      if (map.nearEdge) scroll = map.settle() ?? scroll
    }
    expect(map.content).toBe(end)
  })
})
