// How the pages are built, served while developing, and tested.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { defineConfig } from 'vitest/config'

/** What the desktop window allows a page to do; preview serves under the same rules. */
const policy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
].join('; ')

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  clearScreen: false,
  server: {
    port: 5173,
    strictPort: true,
    watch: { ignored: ['**/src-tauri/**', '**/target/**'] },
  },
  preview: { headers: { 'Content-Security-Policy': policy } },
  // The oldest engines the installers accept: WebKitGTK 2.40, macOS 12, WebView2.
  build: { target: ['safari15.4', 'chrome105'], sourcemap: false, modulePreload: false },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 20_000,
    // Pages side by side in the one browser of a test file.
    maxConcurrency: 3,
  },
})
