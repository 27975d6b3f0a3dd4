// The words of the program in the chosen language. Both catalogues are part of the bundle, so a
// change of language shows at once. Dates and sizes are in format.ts.
import type { AppError, Locale } from '../backend/generated/types'
import en from './en.json'
import zhCN from './zh-CN.json'

export type Key = keyof typeof en
type PluralBase<K> = K extends `${infer Base}.one` ? Base : never
export type PluralKey = PluralBase<Key>
export type Params = Record<string, string | number>

const catalogues: Record<Locale, Record<Key, string>> = { en, 'zh-CN': zhCN }
export const LOCALES: readonly Locale[] = ['en', 'zh-CN']

let current = $state<Locale>('en')

export function locale(): Locale {
  return current
}

/** Changes the language of everything shown, and of the page itself for screen readers. */
export function setLocale(next: Locale): void {
  current = next
  if (typeof document !== 'undefined') document.documentElement.lang = next
}

/** Puts params into a text; a name without a param stays as it is. */
export function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? value.toLocaleString(current) : value
  })
}

/** The text of a key. */
export function t(key: Key, params?: Params): string {
  const text = catalogues[current][key]
  return params ? fill(text, params) : text
}

const rules: Partial<Record<Locale, Intl.PluralRules>> = {}

/** The text of a key in the form that fits the number; `{count}` is the number. */
export function tn(key: PluralKey, count: number, params?: Params): string {
  const rule = (rules[current] ??= new Intl.PluralRules(current))
  const form = rule.select(count) === 'one' ? 'one' : 'other'
  return t(`${key}.${form}` as Key, { ...params, count })
}

function lookup(key: string): string | null {
  const texts: Record<string, string> = catalogues[current]
  return texts[key] ?? null
}

export interface ErrorText {
  title: string
  hint: string
}

/** What to say about a code, in plain words; `fallback` is used for a code not in the list. */
export function codeText(code: string, params: Params = {}, fallback?: ErrorText): ErrorText {
  const title = lookup(`error.${code}.title`) ?? fallback?.title ?? lookup('error.internal.title')
  const hint = lookup(`error.${code}.hint`) ?? fallback?.hint ?? ''
  return { title: fill(title ?? code, params), hint: fill(hint, params) }
}

export function errorText(error: AppError): ErrorText {
  return codeText(error.code, error.params, { title: error.message, hint: error.hint })
}

/** What to say about a notice, or null when the list does not have it. */
export function noticeText(code: string): string | null {
  return lookup(`notice.${code}`)
}

/**
 * Language tag for what people named themselves (files, albums, spaces): without it an English
 * page would draw Chinese names with Japanese glyphs.
 */
export const contentLang: string = pickContentLang(
  typeof navigator === 'undefined' ? [] : navigator.languages,
)

export function pickContentLang(languages: readonly string[]): string {
  const cjk = languages.find((language) => /^(zh|ja|ko)\b/i.test(language))
  return cjk ?? 'zh-CN'
}
