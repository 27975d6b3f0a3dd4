// Numbers, sizes, dates and spans of time as people of the chosen language write them.
import { locale, t, tn } from './text.svelte'

type Options = Intl.NumberFormatOptions | Intl.DateTimeFormatOptions

const numbers = new Map<string, Intl.NumberFormat>()
const dates = new Map<string, Intl.DateTimeFormat>()
const spans = new Map<string, Intl.RelativeTimeFormat>()

/** Making a formatter is slow, so each is made once. */
function cached<F>(store: Map<string, F>, options: Options, make: () => F): F {
  const key = `${locale()} ${JSON.stringify(options)}`
  let found = store.get(key)
  if (!found) {
    found = make()
    store.set(key, found)
  }
  return found
}

function number(value: number, options: Intl.NumberFormatOptions): string {
  return cached(numbers, options, () => new Intl.NumberFormat(locale(), options)).format(value)
}

function date(value: Date | number, options: Intl.DateTimeFormatOptions): string {
  return cached(dates, options, () => new Intl.DateTimeFormat(locale(), options)).format(value)
}

export function formatCount(value: number): string {
  return number(value, {})
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const

/** A size in bytes; units step by 1000, as disks and systems count today. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${number(value, { maximumFractionDigits: digits })} ${UNITS[unit]}`
}

export function formatSpeed(bytesPerSecond: number): string {
  return t('unit.speed', { size: formatBytes(bytesPerSecond) })
}

/** A share between 0 and 1. It says 100 % only when nothing is missing. */
export function formatPercent(share: number): string {
  const whole = Math.floor(Math.min(1, Math.max(0, share)) * 100)
  return number(whole / 100, { style: 'percent' })
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A rounded guess of what is left, from seconds. */
export function formatEta(seconds: number): string {
  if (seconds < MINUTE) return t('time.eta.soon')
  if (seconds < 1.5 * HOUR) return t('time.eta.minutes', { count: Math.round(seconds / MINUTE) })
  if (seconds < DAY) return t('time.eta.hours', { count: Math.round(seconds / HOUR) })
  return t('time.eta.days')
}

/** How long ago, or how soon, a moment is. `now` is in milliseconds since 1970. */
export function formatRelative(moment: string, now: number): string {
  const seconds = (Date.parse(moment) - now) / 1000
  if (!Number.isFinite(seconds)) return moment
  const span = Math.abs(seconds)
  if (span < 45) return t('time.now')
  const relative = cached(spans, {}, () => {
    return new Intl.RelativeTimeFormat(locale(), { numeric: 'always', style: 'short' })
  })
  if (span < 1.5 * HOUR) return relative.format(Math.round(seconds / MINUTE), 'minute')
  if (span < DAY) return relative.format(Math.round(seconds / HOUR), 'hour')
  if (span < 45 * DAY) return relative.format(Math.round(seconds / DAY), 'day')
  return date(Date.parse(moment), { dateStyle: 'medium' })
}

/** Date and time of a moment where this computer is. */
export function formatMoment(moment: string): string {
  const value = Date.parse(moment)
  if (!Number.isFinite(value)) return moment
  return date(value, { dateStyle: 'medium', timeStyle: 'short' })
}

/** Time of a moment to the second, with the date when it is not of the day of `now`. */
export function formatExact(moment: string, now: number): string {
  const value = Date.parse(moment)
  if (!Number.isFinite(value)) return moment
  const today = new Date(now).toDateString() === new Date(value).toDateString()
  return date(value, today ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' })
}

/** Date and time of capture as the camera's clock showed it, whatever zone this computer is in. */
export function formatCapture(moment: string): string {
  const wall = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)/.exec(moment)
  if (!wall) return formatMoment(moment)
  return date(Date.parse(`${wall[1]}Z`), {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
}

const DAY_MS = 86_400_000

/** Heading of a day, given in days since 1970; the year is left out in the current one. */
export function formatDay(day: number, thisYear: number): string {
  const when = new Date(day * DAY_MS)
  const base = { month: 'long', day: 'numeric', weekday: 'short', timeZone: 'UTC' } as const
  const sameYear = when.getUTCFullYear() === thisYear
  return date(when, sameYear ? base : { ...base, year: 'numeric' })
}

/** A day in full, for screen readers. */
export function formatDayFull(day: number): string {
  return date(new Date(day * DAY_MS), { dateStyle: 'long', timeZone: 'UTC' })
}

export function formatMonth(year: number, month: number): string {
  return date(Date.UTC(year, month - 1, 1), { year: 'numeric', month: 'long', timeZone: 'UTC' })
}

export function formatFiles(count: number): string {
  return tn('unit.files', count)
}

/** Splits a path for cutting in the middle: the end, with the name, is never cut. */
export function splitPath(path: string): { head: string; tail: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  if (at <= 0) return { head: '', tail: path }
  return { head: path.slice(0, at), tail: path.slice(at) }
}

/** Last part of a path. */
export function baseName(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '')
  return parts.at(-1) ?? path
}
