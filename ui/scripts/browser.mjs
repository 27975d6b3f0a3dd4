// Serves a demo build under the window's own rules and opens it in the system's Chromium.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { preview } from 'vite'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Flags without which a headless Chromium talks to the network or needs a graphics card. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** In a process of its own: inside a test run, Vite would build what tests need instead. */
function buildDemo(outDir) {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const { VITEST: _, ...inherited } = process.env
  const options = ['--mode', 'demo', '--outDir', outDir, '--emptyOutDir']
  execFileSync(process.execPath, [vite, 'build', ...options], {
    cwd: root,
    env: { ...inherited, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Builds the demo and answers its address, a browser, and a way to end both. */
export async function openDemo() {
  const outDir = mkdtempSync(join(tmpdir(), 'albumen-demo-'))
  buildDemo(outDir)
  const server = await preview({
    root,
    logLevel: 'warn',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0 },
  })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  })
  const { port } = server.httpServer.address()
  return {
    url: `http://127.0.0.1:${port}/`,
    browser,
    async close() {
      await browser.close()
      await server.close()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}
