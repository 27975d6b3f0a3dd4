// The screens without a mouse, in a real browser: all of it can be reached, one sees where one is,
// and dialogs keep the keyboard until they give it back.
// @vitest-environment node
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDemo } from '../../scripts/browser.mjs'
import { openScene, SCENES } from '../../scripts/scenes.mjs'

/** Photos behind the scenes: more than one screen of them. */
const PHOTOS = 300
/** How long a part of a page may take to appear, in milliseconds. */
const PATIENCE_MS = 8_000
/** No screen has as many stops as this. */
const MOST_STOPS = 120

let demo: Awaited<ReturnType<typeof openDemo>>

beforeAll(async () => {
  demo = await openDemo()
}, 60_000)

afterAll(() => demo.close())

async function at(name: string, look: (page: Page) => Promise<void>): Promise<void> {
  const page = await demo.browser.newPage({ reducedMotion: 'reduce' })
  page.setDefaultTimeout(PATIENCE_MS)
  try {
    const scene = SCENES.find((scene) => scene.name === name)
    if (!scene) throw new Error(`No such scene: ${name}`)
    await openScene(page, demo.url, scene, 'en', PHOTOS)
    await look(page)
  } finally {
    await page.close()
  }
}

interface Stop {
  name: string
  /** Whether one sees that the keyboard is there. */
  seen: boolean
  inDialog: boolean
}

/** What the keyboard is on; null when on nothing. */
function stop(page: Page): Promise<Stop | null> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body) return null
    const ringed = (of: Element) => {
      const style = getComputedStyle(of)
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
    }
    const box = element.getBoundingClientRect()
    const inWindow = box.bottom > 0 && box.top < innerHeight && box.right > 0
    // A radio button's card wears the ring for it.
    const wearer = element.closest('label') ?? element
    const order = [...document.querySelectorAll('*')].indexOf(element)
    const known = element.dataset.testid ?? element.getAttribute('aria-label') ?? element.tagName
    return {
      name: `${known} #${order}`,
      seen: inWindow && (ringed(element) || ringed(wearer)),
      inDialog: element.closest('dialog') !== null,
    }
  })
}

/** Presses Tab until the round is over. */
async function round(page: Page): Promise<Stop[]> {
  const stops: Stop[] = []
  for (let pressed = 0; pressed < MOST_STOPS; pressed += 1) {
    await page.keyboard.press('Tab')
    const now = await stop(page)
    if (now === null) continue // the browser's own bar
    if (stops.some(({ name }) => name === now.name)) return stops
    stops.push(now)
  }
  throw new Error('The round does not end')
}

/** How many things on the page are for pressing or typing, those behind a dialog left out. */
function controls(page: Page): Promise<number> {
  return page.evaluate(() => {
    const within = document.querySelector('dialog[open]') ?? document
    const all = within.querySelectorAll<HTMLElement>('a[href], button, input, select, summary')
    const seen = [...all].filter((one) => {
      const disabled = 'disabled' in one && one.disabled === true
      const otherRadio = one instanceof HTMLInputElement && one.type === 'radio' && !one.checked
      // Photos are one stop together: arrows lead from one to the next.
      return !disabled && !otherRadio && one.tabIndex >= 0 && one.getClientRects().length > 0
    })
    return seen.length
  })
}

const SCREENS = [
  'onboarding-connect',
  'onboarding-server',
  'onboarding-code',
  'onboarding-link',
  'onboarding-waiting',
  'onboarding-folder',
  'onboarding-albums',
  'sync',
  'sync-empty',
  'sync-undo',
  'photos',
  'photos-empty',
  'devices',
  'settings',
  'settings-only-way',
  'revoked',
]

test.concurrent.each(SCREENS)('%s: everything is reached and seen', async (name) => {
  await at(name, async (page) => {
    const wanted = await controls(page)
    const stops = await round(page)
    expect(stops.filter(({ seen }) => !seen).map(({ name }) => name)).toEqual([])
    expect(stops.length).toBeGreaterThanOrEqual(wanted)
  })
})

/** Dialogs, and what opens each. */
const DIALOGS = [
  ['sync-problems', 'problems-open'],
  ['sync-add', 'add-folder'],
  ['sync-add-target', 'add-folder'],
  ['devices-confirm', 'device-revoke'],
  ['devices-add', 'device-add'],
  ['devices-pending', 'device-add'],
  ['devices-rename', 'device-rename'],
  ['settings-sign-out', 'sign-out'],
  ['settings-bind', 'ways-identity'],
  ['settings-bind-waiting', 'ways-identity'],
  ['settings-unbind', 'ways-identity'],
  ['settings-last-way', 'ways-identity'],
  ['settings-password', 'ways-choose-password'],
  ['viewer', 'photo-tile'],
] as const

test.concurrent.each(DIALOGS)('%s keeps the keyboard and gives it back', async (name, opener) => {
  await at(name, async (page) => {
    const wanted = await controls(page)
    const stops = await round(page)
    expect(stops.filter(({ inDialog }) => !inDialog)).toEqual([])
    expect(stops.filter(({ seen }) => !seen).map(({ name }) => name)).toEqual([])
    expect(stops.length).toBeGreaterThanOrEqual(wanted)
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelector('dialog[open]') === null)
    expect((await stop(page))?.name).toContain(opener)
  })
})

test('a device that was signed out takes the keyboard along', async () => {
  await at('devices-receipt', async (page) => {
    await page.waitForFunction(
      () => (document.activeElement as HTMLElement).dataset.testid === 'device-revoked',
    )
  })
})

test('what was stopped comes back by a key', async () => {
  await at('sync-undo', async (page) => {
    const cards = page.locator('[data-testid="mapping-card"]')
    expect(await cards.count()).toBe(3)
    await page.keyboard.press('Control+z')
    await page.waitForFunction(
      () => document.querySelectorAll('[data-testid="mapping-card"]').length === 4,
    )
  })
})
