// What ships: how large it is, and that nothing of the stand-in is in it.
// @vitest-environment node
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

const KIB = 1024
const MAX_JS = 140 * KIB
const MAX_CSS = 20 * KIB

const ui = join(import.meta.dirname, '..')
const outDir = mkdtempSync(join(tmpdir(), 'albumen-bundle-'))
let files: { name: string; bytes: Buffer }[] = []

beforeAll(() => {
  const vite = join(ui, 'node_modules', 'vite', 'bin', 'vite.js')
  execFileSync(process.execPath, [vite, 'build', '--outDir', outDir, '--emptyOutDir'], {
    cwd: ui,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: 'pipe',
  })
  files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(js|css|html)$/.test(name))
    .map((name) => ({ name, bytes: readFileSync(join(outDir, name)) }))
}, 60_000)

afterAll(() => rmSync(outDir, { recursive: true, force: true }))

function packed(ending: string): number {
  const chosen = files.filter(({ name }) => name.endsWith(ending))
  expect(chosen.length).toBeGreaterThan(0)
  return chosen.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0)
}

test('scripts and styles stay within their budgets', () => {
  expect(packed('.js')).toBeLessThanOrEqual(MAX_JS)
  expect(packed('.css')).toBeLessThanOrEqual(MAX_CSS)
})

test('the stand-in does not ship', () => {
  for (const { name, bytes } of files) {
    const text = bytes.toString('utf8')
    for (const trace of ['albumenDemo', 'albumenGrid', 'FakeBackend', '家庭媒体库', 'ThinkPad']) {
      expect(text.includes(trace), `${name} contains ${trace}`).toBe(false)
    }
  }
})

test('the page has no inline script or style', () => {
  const html = files.find(({ name }) => name === 'index.html')?.bytes.toString('utf8') ?? ''
  expect(html).toMatch(/<script type="module"[^>]* src="/)
  expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)/)
})
