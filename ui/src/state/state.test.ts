import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ANNOUNCE_PAUSE_MS, announcer } from './announce.svelte'
import { toasts, TOAST_MS, UNDO_MS } from './toasts.svelte'
import { hashOf, parseHash, router, SCREENS } from './router.svelte'
import { composing, globalKey, keyLabel } from './keys'
import { sparkline } from '../components/sparkline'
import { yearMarks } from '../screens/photos/scrubber'
import { gridStep } from '../screens/photos/grid-keys'
import { leftText, moving, pillText } from '../components/status'
import { emptyOverview, overview } from '../backend/fake/data'

describe('the router', () => {
  test('every screen has an address and every address a screen', () => {
    for (const screen of SCREENS) expect(parseHash(hashOf(screen))).toBe(screen)
    for (const odd of ['', '#', '#/', '#/nowhere', '#/sync/more?x=1', '#sync']) {
      expect(parseHash(odd)).toBe('sync')
    }
  })

  test('follows the address until it is stopped', () => {
    location.hash = '#/devices'
    const stop = router.start()
    expect(router.screen).toBe('devices')
    location.hash = '#/photos'
    window.dispatchEvent(new HashChangeEvent('hashchange'))
    expect(router.screen).toBe('photos')
    stop()
    location.hash = '#/sync'
    window.dispatchEvent(new HashChangeEvent('hashchange'))
    expect(router.screen).toBe('photos')
  })
})

describe('keys', () => {
  const key = (name: string, more: KeyboardEventInit = {}) =>
    new KeyboardEvent('keydown', { key: name, ...more })

  test('numbers with the control key go to the screens', () => {
    expect(globalKey(key('2', { ctrlKey: true }))).toBe('photos')
    expect(globalKey(key('4', { metaKey: true }))).toBe('settings')
    expect(globalKey(key('5', { ctrlKey: true }))).toBeNull()
    expect(globalKey(key('2'))).toBeNull()
    expect(globalKey(key('?'))).toBe('help')
    expect(globalKey(key('z', { ctrlKey: true }))).toBe('undo')
  })

  test('nothing of it happens while an input method is composing', () => {
    expect(composing(key('Enter', { isComposing: true }))).toBe(true)
    const late = key('2', { ctrlKey: true })
    Object.defineProperty(late, 'keyCode', { value: 229 })
    expect(globalKey(late)).toBeNull()
    expect(gridStep(late)).toBeNull()
  })

  test('the grid leaves alone what is not its own', () => {
    expect(gridStep(key('ArrowUp'))).toBe('up')
    expect(gridStep(key('Home', { ctrlKey: true }))).toBe('first')
    expect(gridStep(key('End', { metaKey: true }))).toBe('last')
    expect(gridStep(key('ArrowLeft', { altKey: true }))).toBeNull()
    expect(gridStep(key('a'))).toBeNull()
    expect(gridStep(key('ArrowUp', { ctrlKey: true }))).toBeNull()
  })

  test('are written as on the system’s keyboards', () => {
    expect(keyLabel('Mod 1', true)).toBe('⌘1')
    expect(keyLabel('Mod 1', false)).toBe('Ctrl + 1')
  })
})

describe('short messages', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    toasts.flush()
    vi.useRealTimers()
  })

  test('go by themselves, but not while somebody reads', () => {
    toasts.say('Hello')
    vi.advanceTimersByTime(TOAST_MS - 1_000)
    toasts.hold()
    vi.advanceTimersByTime(60_000)
    expect(toasts.list).toHaveLength(1)
    toasts.release()
    vi.advanceTimersByTime(1_000)
    expect(toasts.list).toHaveLength(0)
  })

  test('an undo prevents what was to be done; time or a closing window does it once', () => {
    const undo = vi.fn()
    const commit = vi.fn()
    toasts.undo('Gone', 'Undo', undo, commit)
    toasts.list[0]?.action?.run()
    vi.advanceTimersByTime(UNDO_MS * 2)
    expect(undo).toHaveBeenCalledOnce()
    expect(commit).not.toHaveBeenCalled()
    toasts.undo('Gone', 'Undo', undo, commit)
    vi.advanceTimersByTime(UNDO_MS)
    toasts.undo('Gone', 'Undo', undo, commit)
    toasts.flush()
    toasts.flush()
    expect(commit).toHaveBeenCalledTimes(2)
  })

  test('the latest that can be undone is, by a key', () => {
    const undo = vi.fn()
    expect(toasts.undoLatest()).toBe(false)
    toasts.undo('Gone', 'Undo', undo, () => {})
    toasts.say('Hello')
    expect(toasts.undoLatest()).toBe(true)
    expect(undo).toHaveBeenCalledOnce()
    expect(toasts.undoLatest()).toBe(false)
  })

  test('never more than a few, and the oldest is done, not lost', () => {
    const commit = vi.fn()
    toasts.undo('First', 'Undo', () => {}, commit)
    for (let i = 0; i < 5; i += 1) toasts.say(String(i))
    expect(toasts.list).toHaveLength(4)
    expect(commit).toHaveBeenCalledOnce()
  })
})

test('the pill says what the program says, and never "backed up" without folders', () => {
  const now = overview()
  expect(pillText(now)).toBe('991 left')
  expect(pillText({ ...now, state: 'attention' })).toBe('3 problems')
  expect(pillText({ ...now, state: 'attention', problems: 0 })).toBe('Needs a look')
  expect(pillText({ ...now, state: 'up_to_date' })).toBe('All backed up')
  expect(pillText(emptyOverview())).toBe('No folders yet')
})

describe('what is left', () => {
  const now = overview()

  test('a speed that is still fading does not read as files to go', () => {
    expect(moving(now)).toBe(true)
    expect(moving({ ...now, filesLeft: 0, bytesLeft: 0, bytesPerSecond: 9_000 })).toBe(false)
    expect(moving({ ...now, state: 'paused' })).toBe(false)
  })

  test('is told in files, and in bytes where there are some', () => {
    expect(leftText(now)).toBe('991 files to go, 8.2 GB')
    expect(leftText({ ...now, filesLeft: 1, bytesLeft: 0 })).toBe('1 file to go')
  })
})

describe('announcements', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    announcer.forget()
    vi.useRealTimers()
  })

  test('tell changes of the state, the last one of a while, and nothing twice', () => {
    announcer.take('scanning')
    expect(announcer.state).toBe('scanning')
    announcer.take('hashing')
    announcer.take('transferring')
    expect(announcer.state).toBe('scanning')
    vi.advanceTimersByTime(ANNOUNCE_PAUSE_MS)
    expect(announcer.state).toBe('transferring')
    announcer.take('transferring')
    vi.advanceTimersByTime(ANNOUNCE_PAUSE_MS)
    announcer.take('up_to_date')
    expect(announcer.state).toBe('up_to_date')
  })
})

test('the drawing of speeds stays inside its field', () => {
  expect(sparkline([], 100, 20)).toEqual({ line: '', area: '' })
  const { line } = sparkline([0, 5, -3, 10], 100, 20)
  const ys = [...line.matchAll(/ (-?[\d.]+)/g)].map((match) => Number(match[1]))
  expect(ys).toHaveLength(4)
  for (const y of ys) {
    expect(y).toBeGreaterThanOrEqual(0)
    expect(y).toBeLessThanOrEqual(20)
  }
})

test('years on the scrubber never overlap', () => {
  const list = Array.from({ length: 40 }, (_, i) => {
    return { year: 2026 - i, month: 6, y: i * i, photo: i }
  })
  const marks = yearMarks(list, 1_600, 300)
  expect(marks[0]?.year).toBe(2026)
  marks.reduce((a, b) => {
    expect(b.y - a.y).toBeGreaterThanOrEqual(24)
    return b
  })
})
