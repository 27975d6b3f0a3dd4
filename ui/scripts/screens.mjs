// Takes a picture of every screen of the demo: both languages, both themes, two window sizes.
// Usage: node scripts/screens.mjs FOLDER [part of a name]
// It fails when a page reports an error or breaks the content rules.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDemo } from './browser.mjs'
import { openScene, SCENES } from './scenes.mjs'

const folder = process.argv[2] ?? 'screens'
const only = process.argv[3] ?? ''

const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 620 },
]

await mkdir(folder, { recursive: true })
const { url, browser, close } = await openDemo()
const complaints = []
let taken = 0
try {
  for (const scene of SCENES) {
    for (const locale of ['en', 'zh-CN']) {
      for (const colorScheme of ['light', 'dark']) {
        for (const viewport of SIZES) {
          const file = `${scene.name}-${locale}-${colorScheme}-${viewport.width}.png`
          if (!file.includes(only)) continue
          const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' })
          page.on('pageerror', (error) => complaints.push(`${file}: ${error.message}`))
          page.on('console', (said) => {
            if (said.type() === 'error') complaints.push(`${file}: ${said.text()}`)
          })
          await openScene(page, url, scene, locale)
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
