// Recomputes how well every pair of colours can be told apart, from tokens.css itself.
// @vitest-environment node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '..', 'src', 'styles', 'tokens.css'), 'utf8')

function theme(name: 'light' | 'dark'): Map<string, string> {
  const block = css.split(`/* ${name} */`)[1]?.split('}')[0] ?? ''
  const light = name === 'dark' ? [...theme('light')] : []
  const own = [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)]
  return new Map([...light, ...own.map((match) => [match[1] ?? '', match[2] ?? ''] as const)])
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0)
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05)
}

const GROUNDS = ['bg', 'sunken', 'raised', 'hover']
const TEXT: [string, string[]][] = [
  ['text', [...GROUNDS, 'selected', 'ok-bg', 'warn-bg', 'err-bg']],
  ['text-2', [...GROUNDS, 'selected', 'ok-bg']],
  ['text-3', ['bg', 'sunken', 'raised']],
  ['accent', ['bg', 'sunken', 'raised', 'selected']],
  ['on-accent', ['accent', 'accent-hover']],
  ['ok', ['bg', 'sunken', 'raised', 'ok-bg']],
  ['warn', ['bg', 'sunken', 'raised', 'warn-bg']],
  ['err', ['bg', 'sunken', 'raised', 'err-bg']],
  ['bg', ['text']],
  ['viewer-text', ['viewer', 'viewer-raised']],
  ['viewer-text-2', ['viewer', 'viewer-raised']],
]
const SHAPES: [string, string[]][] = [
  ['border-strong', ['bg', 'sunken', 'raised']],
  ['focus', ['bg', 'sunken', 'raised']],
]

describe.each(['light', 'dark'] as const)('%s', (name) => {
  const colours = theme(name)
  const pairs = (list: [string, string[]][]) =>
    list.flatMap(([ink, grounds]) => grounds.map((ground) => [ink, ground] as const))

  test.each(pairs(TEXT))('%s can be read on %s', (ink, ground) => {
    expect(contrast(colours.get(ink) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5)
  })

  test.each(pairs(SHAPES))('%s can be seen on %s', (ink, ground) => {
    expect(contrast(colours.get(ink) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(3)
  })
})

test('the ground before the first script is that of the dark theme', () => {
  const early = css.split(':not([data-theme])')[1]?.split('}')[0] ?? ''
  for (const token of ['bg', 'text']) {
    expect(early).toContain(`--${token}: ${theme('dark').get(token)};`)
  }
})
