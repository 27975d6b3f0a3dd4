import { afterEach, expect, test } from 'vitest'
import type { FakeBackend } from '../../src/backend/fake/fake'
import { click, close, findId, open, screen, waitFor } from './helpers'

afterEach(close)

/** The program tells a state with these warnings. */
function warn(fake: FakeBackend, ...warnings: string[]): void {
  fake.state = { ...fake.state, warnings }
  fake.emit({ type: 'state', state: fake.state })
}

test.each([
  ['en', 'clock_ahead', 'is ahead of the server’s', 'turn on automatic date and time'],
  ['en', 'clock_behind', 'is behind the server’s', 'turn on automatic date and time'],
  ['zh-CN', 'clock_ahead', '快', '自动设置日期和时间'],
  ['zh-CN', 'clock_behind', '慢', '自动设置日期和时间'],
] as const)('%s, %s: which way the clock is off, and what to do', async (locale, code, way, step) => {
  const fake = await open({ locale }, 'sync')
  expect(screen.queryByTestId('notice')).toBeNull()
  warn(fake, code)
  const notice = await findId('notice')
  expect(notice.dataset.code).toBe(code)
  expect(notice.textContent).toContain(way)
  expect(notice.textContent).toContain(step)
  // It is said where settings are looked for too.
  await click('nav-settings')
  expect((await findId('notice')).textContent).toContain(way)
})

test('a clock that is right again is not spoken of any more', async () => {
  const fake = await open({}, 'sync')
  warn(fake, 'clock_ahead')
  await findId('notice')
  warn(fake)
  await waitFor(() => expect(screen.queryByTestId('notice')).toBeNull())
})

test('a wrong clock hides nothing of what goes on', async () => {
  const fake = await open({}, 'sync')
  const cards = () => screen.getAllByTestId('mapping-card').map((card) => card.textContent)
  await screen.findAllByTestId('mapping-card')
  const before = cards()
  warn(fake, 'clock_behind')
  await findId('notice')
  expect(cards()).toEqual(before)
})
