import { afterEach, expect, test } from 'vitest'
import { codeText, contentLang, errorText, noticeText, pickContentLang } from './text.svelte'
import { fill, locale, setLocale, t, tn } from './text.svelte'
import {
  baseName,
  formatBytes,
  formatCapture,
  formatDay,
  formatEta,
  formatMonth,
  formatPercent,
  formatRelative,
  formatSpeed,
  splitPath,
} from './format'

afterEach(() => setLocale('en'))

test('a text follows the language, and so does the page', () => {
  expect(t('nav.sync')).toBe('Sync')
  setLocale('zh-CN')
  expect(locale()).toBe('zh-CN')
  expect(t('nav.sync')).toBe('同步')
  expect(document.documentElement.lang).toBe('zh-CN')
})

test('one and many', () => {
  expect(tn('unit.files', 1)).toBe('1 file')
  expect(tn('unit.files', 0)).toBe('0 files')
  expect(tn('unit.files', 3_412)).toBe('3,412 files')
  setLocale('zh-CN')
  expect(tn('unit.files', 1)).toBe('1 个文件')
})

test('a placeholder without a value stays, and a value is not read as one', () => {
  expect(fill('{a} and {b}', { a: '{b}' })).toBe('{b} and {b}')
  expect(fill('{a}', {})).toBe('{a}')
})

test('errors speak the language of the person; unknown ones say what came', () => {
  const error = { code: 'wrong_password', message: 'm', hint: 'h', retry: false, params: {} }
  expect(errorText(error).title).toBe('The account or password is not right')
  setLocale('zh-CN')
  expect(errorText(error).title).toBe('账号或密码不正确')
  const odd = errorText({ ...error, code: 'from_the_future' })
  expect(odd).toEqual({ title: 'm', hint: 'h' })
  expect(codeText('from_the_future').title).toBe('Albumen 内部出错')
  expect(noticeText('key_file')).toContain('密钥')
  expect(noticeText('from_the_future')).toBeNull()
})

test('names that people gave are drawn as Chinese unless the computer says otherwise', () => {
  expect(contentLang).not.toBe('')
  expect(pickContentLang(['en-US', 'en'])).toBe('zh-CN')
  expect(pickContentLang(['en', 'ja'])).toBe('ja')
  expect(pickContentLang(['zh-TW', 'ja'])).toBe('zh-TW')
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 KB'],
  [999_500, '1 MB'],
  [3_820_000, '3.8 MB'],
  [28.4e9, '28.4 GB'],
  [2e15, '2 PB'],
  [3e18, '3,000 PB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test('speed and share', () => {
  expect(formatSpeed(3_820_000)).toBe('3.8 MB/s')
  expect(formatPercent(0.999)).toBe('99%')
  expect(formatPercent(1)).toBe('100%')
  expect(formatPercent(-1)).toBe('0%')
})

test.each([
  [5, 'less than a minute left'],
  [1_080, 'about 18 min left'],
  [7_200, 'about 2 h left'],
  [900_000, 'more than a day left'],
])('%d seconds are %s', (seconds, text) => expect(formatEta(seconds)).toBe(text))

test('how long ago', () => {
  const now = Date.parse('2026-11-23T12:00:00Z')
  expect(formatRelative('2026-11-23T11:59:40Z', now)).toBe('just now')
  expect(formatRelative('2026-11-23T11:58:00Z', now)).toBe('2 min. ago')
  expect(formatRelative('2026-11-23T12:05:00Z', now)).toBe('in 5 min.')
  expect(formatRelative('2026-11-20T12:00:00Z', now)).toBe('3 days ago')
  expect(formatRelative('nonsense', now)).toBe('nonsense')
})

test('dates: the camera’s own clock counts, wherever this computer is', () => {
  expect(formatCapture('2026-10-03T23:30:00+13:00')).toMatch(/October 3, 2026.*11:30/)
  expect(formatDay(20_000, 2024)).toBe('Fri, October 4')
  expect(formatDay(20_000, 2026)).toBe('Fri, October 4, 2024')
  setLocale('zh-CN')
  expect(formatMonth(2025, 9)).toBe('2025年9月')
})

test('paths of every system', () => {
  expect(splitPath('/home/lin/a.jpg')).toEqual({ head: '/home/lin', tail: '/a.jpg' })
  expect(splitPath('D:\\相机\\b.jpg')).toEqual({ head: 'D:\\相机', tail: '\\b.jpg' })
  expect(splitPath('c.jpg')).toEqual({ head: '', tail: 'c.jpg' })
  expect(baseName('/home/lin/Pictures/')).toBe('Pictures')
  expect(baseName('D:\\相机')).toBe('相机')
})
