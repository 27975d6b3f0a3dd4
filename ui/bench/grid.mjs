// Measures the grid of photos with 100,000 entries in the system's Chromium and prints one line
// of JSON. Times are milliseconds of script; painting is left out, because it depends on the
// graphics card and not on this program.
// Usage: node bench/grid.mjs [number of photos]
import { openDemo } from '../scripts/browser.mjs'

const photos = Number(process.argv[2] ?? 100_000)
const STEPS = 300
const JUMPS = 100

/** Runs in the page: index and layout, several times each. */
async function measureLayout() {
  const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
  const { decodeIndex, layoutGrid } = window.albumenGrid
  const options = { width: 1200, rowHeight: 176, gap: 4, headerHeight: 48, headerWidth: 148 }
  const bytes = await window.albumenDemo.callBytes('photo_index')
  const loads = []
  const layouts = []
  let index
  for (let i = 0; i < 9; i += 1) {
    let begin = performance.now()
    index = decodeIndex(bytes.slice(0))
    loads.push(performance.now() - begin)
    begin = performance.now()
    layoutGrid(index, { ...options, width: options.width - i })
    layouts.push(performance.now() - begin)
  }
  return { index_ms: median(loads), layout_ms: median(layouts), bytes: bytes.byteLength }
}

/** Runs in the page: script time of steps and jumps, and how many nodes there are. */
async function measureScroll({ steps, jumps }) {
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()))
  const share = (list, p) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * p)]
  const room = document.documentElement.scrollHeight - innerHeight
  let most = 0
  async function go(y) {
    window.scrollTo(0, y)
    const begin = performance.now()
    window.dispatchEvent(new Event('scroll'))
    await Promise.resolve()
    await Promise.resolve()
    const spent = performance.now() - begin
    await frame()
    most = Math.max(most, document.querySelectorAll('*').length)
    return spent
  }
  const walked = []
  for (let i = 0; i < steps; i += 1) walked.push(await go(i * 120))
  const jumped = []
  for (let i = 0; i < jumps; i += 1) jumped.push(await go(((i * 7919) % 997) / 997 * room))
  return {
    scroll_script_ms_p50: share(walked, 0.5),
    scroll_script_ms_p95: share(walked, 0.95),
    jump_script_ms_p95: share(jumped, 0.95),
    dom_nodes_max: most,
  }
}

const round = (value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value)

const { url, browser, close } = await openDemo()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(`${url}?scene=ready&plain=1&photos=${photos}#/photos`)
  await page.waitForSelector('[data-testid="photo-tile"] img')
  const layout = await page.evaluate(measureLayout)
  const scroll = await page.evaluate(measureScroll, { steps: STEPS, jumps: JUMPS })
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.waitForTimeout(300)
  await page.locator('[data-testid="photo-tile"]').first().focus()
  await page.keyboard.press('Control+End')
  const last = page.locator('[data-testid="photo-tile"][data-row="1"]')
  await last.waitFor({ timeout: 5_000 })
  const box = await last.boundingBox()
  const reached = box !== null && box.y >= 0 && box.y + box.height <= 800
  const figures = { name: 'grid', photos, ...layout, ...scroll, last_photo_reached: reached }
  const rounded = Object.entries(figures).map(([key, value]) => [key, round(value)])
  console.log(JSON.stringify(Object.fromEntries(rounded)))
  if (!reached) process.exitCode = 1
} finally {
  await close()
}
