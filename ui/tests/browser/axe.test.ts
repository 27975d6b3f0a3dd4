// What a screen reader or a person with weak sight would stumble over, in every screen and state,
// in both languages and both themes: rules of axe-core in a real browser, with real colours.
// @vitest-environment node
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FakeBackend } from '../../src/backend/fake/fake'
import { openDemo } from '../../scripts/browser.mjs'
import { openScene, SCENES } from '../../scripts/scenes.mjs'

/** Photos behind the scenes: a few screens of them, so that the scrubber is there. */
const PHOTOS = 300
/** The rules about colours. */
const COLOURS = ['color-contrast', 'link-in-text-block']
/** How long a part of a page may take to appear, in milliseconds. */
const PATIENCE_MS = 8_000

let demo: Awaited<ReturnType<typeof openDemo>>

beforeAll(async () => {
  demo = await openDemo()
}, 60_000)

afterAll(() => demo.close())

async function withPage(look: (page: Page) => Promise<void>): Promise<void> {
  const page = await demo.browser.newPage({ reducedMotion: 'reduce' })
  page.setDefaultTimeout(PATIENCE_MS)
  try {
    await look(page)
  } finally {
    await page.close()
  }
}

/** Changes the language as the program does, whatever is on the page. */
async function speak(page: Page, locale: 'en' | 'zh-CN'): Promise<void> {
  await page.evaluate((locale) => {
    const { albumenDemo: fake } = window as unknown as { albumenDemo: FakeBackend }
    fake.state = { ...fake.state, locale }
    fake.emit({ type: 'state', state: fake.state })
  }, locale)
  await page.waitForSelector(`html[lang="${locale}"]`)
}

/** Every violation on the page, one line each; of the rules named, or of all. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const results = await page.evaluate(
    (rules) =>
      (window as unknown as { axe: typeof axe }).axe.run({
        resultTypes: ['violations'],
        preload: false,
        ...(rules && { runOnly: { type: 'rule', values: rules } }),
      }),
    rules,
  )
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html} (${node.failureSummary})`),
  )
}

test.concurrent.each(SCENES)('$name', { timeout: 60_000 }, async (scene) => {
  await withPage(async (page) => {
    await openScene(page, demo.url, scene, 'en', PHOTOS)
    await page.evaluate(axe.source)
    const found: string[] = []
    for (const locale of ['en', 'zh-CN'] as const) {
      await speak(page, locale)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.waitForSelector(`[data-theme="${colorScheme}"]`)
        // The theme changes colours alone: what else there is to find was found in the light.
        const wrong = await violations(page, colorScheme === 'dark' ? COLOURS : undefined)
        found.push(...wrong.map((violation) => `${locale}, ${colorScheme}: ${violation}`))
      }
    }
    expect(found).toEqual([])
  })
})

test('what is wrong is found', async () => {
  await withPage(async (page) => {
    const [scene] = SCENES.filter(({ name }) => name === 'settings')
    await openScene(page, demo.url, scene, 'en', PHOTOS)
    await page.evaluate(axe.source)
    await page.evaluate(() => {
      document.querySelector('[data-testid="theme-select"]')?.removeAttribute('aria-label')
      document.querySelector('h1')?.style.setProperty('color', 'var(--border)')
    })
    const found = (await violations(page)).map((line) => line.split(':')[0])
    expect(found.sort()).toEqual(['color-contrast', 'select-name'])
  })
}, 60_000)
