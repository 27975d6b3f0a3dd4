// House rules that a reader would otherwise have to check by eye.
// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts|css)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))
const components = files.filter(({ name }) => name.endsWith('.svelte'))

/** The part of a component that draws: without script, style and comments. */
function markup(text: string): string {
  return text
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<script[\s\S]*?<\/script>/g, '')
    .replace(/<style[\s\S]*?<\/style>/g, '')
}

/** Removes {expressions}, also nested ones. */
function withoutExpressions(text: string): string {
  let depth = 0
  let kept = ''
  for (const char of text) {
    if (char === '{') depth += 1
    if (depth === 0) kept += char
    if (char === '}') depth -= 1
  }
  return kept
}

test.each(components)('$name: every visible word comes from the catalogue', ({ name, text }) => {
  const drawn = withoutExpressions(markup(text))
  const words = [...drawn.matchAll(/>([^<>]*)</g)].map((match) => (match[1] ?? '').trim())
  const allowed = name.endsWith('Sidebar.svelte') ? ['?'] : []
  const loose = words.filter((word) => /\p{L}/u.test(word) && !allowed.includes(word))
  expect(loose).toEqual([])
  const spoken = [...drawn.matchAll(/\s(?:aria-label|title|alt|placeholder)="([^"]+)"/g)]
  const literal = spoken.map((match) => match[1] ?? '').filter((word) => word !== 'https://')
  expect(literal.filter((word) => /\p{L}/u.test(word))).toEqual([])
})

test('colours and pixels are named in tokens.css only', () => {
  const wrong: string[] = []
  for (const { name, text } of files) {
    if (name.endsWith('tokens.css') || name.endsWith('.test.ts')) continue
    if (name.startsWith(join('backend', 'fake'))) continue
    const style = name.endsWith('.css') ? text : (/<style[\s\S]*<\/style>/.exec(text)?.[0] ?? '')
    for (const line of style.split('\n')) {
      if (line.trim().startsWith('@media')) continue // a condition cannot use a token
      if (/#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(|[\d.]+px/i.test(line)) {
        wrong.push(`${name}: ${line.trim()}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('every token that is used exists', () => {
  const tokens = files.find(({ name }) => name.endsWith('tokens.css'))?.text ?? ''
  for (const { name, text } of files) {
    for (const [, token] of text.matchAll(/var\((--[\w-]+)/g)) {
      expect(tokens, `${name} uses ${token}`).toContain(`${token}:`)
    }
  }
})

test('no style attribute in markup: the content rules of the window forbid it', () => {
  for (const { name, text } of components) {
    expect(markup(text), name).not.toMatch(/\sstyle=/)
    expect(text, name).not.toContain('{@html')
  }
})

test('files are short and say what they are', () => {
  for (const { name, text } of files) {
    if (name.includes('generated')) continue
    const limit = name.endsWith('.svelte') ? 250 : 400
    expect(text.split('\n').length - 1, name).toBeLessThanOrEqual(limit)
    if (!name.endsWith('.test.ts')) expect(text, name).toMatch(/^(<!--|\/\/|\/\*)/)
  }
})

test('lines fit the screen', () => {
  const ours = files.filter(({ name }) => !name.includes('generated'))
  const long = ours.flatMap(({ name, text }) =>
    text.split('\n').filter((line) => line.length > 100).map((line) => `${name}: ${line}`),
  )
  expect(long).toEqual([])
})

test('only the door knows Tauri, and only main knows the stand-in', () => {
  for (const { name, text } of files) {
    if (name.endsWith('.test.ts')) continue
    if (text.includes('@tauri-apps/')) expect(name).toBe(join('backend', 'tauri.ts'))
    const fromFake = /from '[^']*\/fake\/|import\('[^']*\/fake\//.test(text)
    if (fromFake) expect(name).toBe('main.ts')
  }
})
