// Takes a picture of every screen of the demo: both languages, both themes, two window sizes.
// Usage: node scripts/screens.mjs FOLDER [part of a name]
// It fails when a page reports an error or breaks the content rules.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDemo } from './browser.mjs'

const folder = process.argv[2] ?? 'screens'
const only = process.argv[3] ?? ''

const testid = (id) => `[data-testid="${id}"]`

/** Name of each screen, its scene, its address, and what is done before the picture. */
const SCREENS = [
  ['onboarding-1', 'onboarding', '', async () => {}],
  ['onboarding-1-server', 'onboarding', '', async (page) => {
    await page.click(testid('onboarding-server'))
    await page.fill(testid('server-url'), 'photos.example.cn')
    await page.waitForSelector(`${testid('server-probe')} svg`)
    await page.click(testid('onboarding-continue'))
  }],
  ['onboarding-2', 'onboarding', '', toFolder],
  ['onboarding-3', 'onboarding', '', async (page) => {
    await toFolder(page)
    await page.click(testid('onboarding-continue'))
    await page.click(testid('target-per-folder'))
    await page.waitForSelector('[data-clash="true"]')
  }],
  ['sync', 'ready', '#/sync', async (page) => page.waitForSelector(testid('mapping-card'))],
  ['sync-empty', 'empty', '#/sync', async (page) => page.waitForSelector(testid('empty-state'))],
  ['sync-problems', 'ready', '#/sync', async (page) => {
    await page.click(testid('problems-open'))
    await page.waitForSelector(testid('problem-row'))
  }],
  ['sync-add', 'ready', '#/sync', async (page) => {
    await page.click(testid('add-folder'))
    await page.waitForSelector(testid('folder-preview'))
  }],
  ['sync-undo', 'ready', '#/sync', async (page) => {
    await page.click(testid('mapping-remove'))
    await page.waitForSelector(testid('toast'))
  }],
  ['photos', 'ready', '#/photos', async (page) => page.waitForSelector('img')],
  ['photos-empty', 'empty', '#/photos', async (page) => {
    await page.waitForSelector(testid('empty-state'))
  }],
  ['lightbox', 'ready', '#/photos', async (page) => {
    await page.click(testid('photo-tile'))
    await page.waitForSelector(`${testid('photo-info')} dd`)
  }],
  ['devices', 'ready', '#/devices', async (page) => {
    await page.waitForSelector(testid('device-row'))
  }],
  ['devices-confirm', 'ready', '#/devices', async (page) => {
    await page.click(testid('device-revoke'))
    await page.waitForSelector(testid('confirm-revoke'))
  }],
  ['devices-revoked', 'ready', '#/devices', async (page) => {
    await page.click(testid('device-revoke'))
    await page.click(testid('confirm-revoke'))
    await page.waitForSelector(`${testid('device-revoked')} [role="status"]`)
  }],
  ['settings', 'ready', '#/settings', async () => {}],
  ['revoked', 'revoked', '', async () => {}],
]

async function toFolder(page) {
  await page.click(testid('onboarding-continue'))
  await page.waitForSelector(testid('folder-preview'))
}

const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 620 },
]

await mkdir(folder, { recursive: true })
const { url, browser, close } = await openDemo()
const complaints = []
let taken = 0
try {
  for (const [name, scene, hash, act] of SCREENS) {
    for (const locale of ['en', 'zh-CN']) {
      for (const colorScheme of ['light', 'dark']) {
        for (const viewport of SIZES) {
          const file = `${name}-${locale}-${colorScheme}-${viewport.width}.png`
          if (!file.includes(only)) continue
          const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' })
          page.on('pageerror', (error) => complaints.push(`${file}: ${error.message}`))
          page.on('console', (said) => {
            if (said.type() === 'error') complaints.push(`${file}: ${said.text()}`)
          })
          await page.goto(`${url}?scene=${scene}&locale=${locale}${hash}`)
          await page.waitForSelector('h1')
          await act(page)
          await page.waitForTimeout(250)
          await page.screenshot({ path: join(folder, file) })
          await page.close()
          taken += 1
        }
      }
    }
  }
} finally {
  await close()
}
for (const complaint of complaints) console.error(complaint)
console.log(JSON.stringify({ folder, pictures: taken, complaints: complaints.length }))
process.exitCode = complaints.length === 0 ? 0 : 1
