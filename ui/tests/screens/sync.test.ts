import { afterEach, expect, test } from 'vitest'
import { toasts } from '../../src/state/toasts.svelte'
import { byId, click, close, findId, fireEvent, open, screen, waitFor } from './helpers'

afterEach(close)

const cards = () => screen.getAllByTestId('mapping-card')

test('each folder shows its state in words, and the pill the one of the program', async () => {
  await open({})
  await screen.findAllByTestId('mapping-card')
  expect(cards().map((card) => card.dataset.state)).toEqual([
    'transferring',
    'up_to_date',
    'blocked_folder_missing',
    'attention',
  ])
  expect(byId('status-pill').dataset.state).toBe('transferring')
  expect(byId('status-pill').textContent).toContain('991 left')
  expect(cards()[2]?.textContent).toContain('Nothing was deleted in the media library')
  const bar = byId('mapping-progress')
  expect(bar.getAttribute('aria-valuetext')).toBe('71%, about 18 min left')
})

test('while looking for changes there is no share, only a growing count', async () => {
  const fake = await open({})
  await screen.findAllByTestId('mapping-card')
  const [first] = fake.overview.mappings
  if (!first) throw new Error('no folder')
  const scanning = { ...first, state: 'scanning' as const, filesTotal: null, bytesTotal: null }
  const mappings = [{ ...scanning, filesPending: 40_000, current: [] }]
  fake.emit({ type: 'sync', overview: { ...fake.overview, state: 'scanning', mappings } })
  await waitFor(() => expect(cards()).toHaveLength(1))
  expect(cards()[0]?.textContent).toContain('Looking for changes… 42,421 files so far')
  expect(screen.queryByTestId('mapping-progress')).toBeNull()
})

test('when all is done nothing says "0 files", however fast the last seconds were', async () => {
  const fake = await open({})
  await screen.findAllByTestId('mapping-card')
  const done = { ...fake.overview, state: 'up_to_date' as const, filesLeft: 0, bytesLeft: 0 }
  fake.emit({ type: 'sync', overview: { ...done, bytesPerSecond: 3_000_000 } })
  const line = byId('throughput')
  await waitFor(() => expect(line.textContent).toContain('Everything is in the media library'))
  expect(line.textContent).not.toMatch(/\b0\b|MB/)
})

test('pause and resume', async () => {
  const fake = await open({})
  const [pause] = await screen.findAllByTestId('mapping-pause')
  if (pause) await fireEvent.click(pause)
  await waitFor(() => expect(cards()[0]?.dataset.state).toBe('paused'))
  expect(fake.last('pause_mapping')).toEqual({ id: 'm1' })
  await click('mapping-resume')
  await waitFor(() => expect(cards()[0]?.dataset.state).toBe('scanning'))
})

test('stopping a folder can be undone, and is done only when nobody undoes it', async () => {
  const fake = await open({})
  const [remove] = await screen.findAllByTestId('mapping-remove')
  if (remove) await fireEvent.click(remove)
  await waitFor(() => expect(cards()).toHaveLength(3))
  expect(fake.last('pause_mapping')).toEqual({ id: 'm1' })
  expect(fake.last('remove_mapping')).toBeUndefined()
  await click('toast-action')
  await waitFor(() => expect(cards()).toHaveLength(4))
  await waitFor(() => expect(fake.last('resume_mapping')).toEqual({ id: 'm1' }))

  expect(document.activeElement?.tagName, 'the keyboard is not lost').toBe('MAIN')
  const [again] = screen.getAllByTestId('mapping-remove')
  if (again) await fireEvent.click(again)
  toasts.flush()
  await waitFor(() => expect(fake.last('remove_mapping')).toEqual({ id: 'm1' }))
  await waitFor(() => expect(fake.overview.mappings).toHaveLength(3))
})

test('problems are listed by cause with a next step, and a retry clears them', async () => {
  const fake = await open({})
  await click('problems-open')
  expect(await screen.findAllByTestId('problem-row')).toHaveLength(3)
  const groups = screen.getAllByTestId('problem-group')
  expect(groups.map((group) => group.dataset.code)).toEqual(['file_name_invalid', 'file_busy'])
  expect(groups[1]?.textContent).toContain('Another program has it open')
  const [retry] = screen.getAllByTestId('problem-retry')
  if (retry) await fireEvent.click(retry)
  await waitFor(() => expect(screen.getAllByTestId('problem-row')).toHaveLength(2))
  expect(fake.last('retry_problem')).toEqual({ id: 'x1' })
})

test('without folders there is one thing to do, and it leads to a folder', async () => {
  const fake = await open({ empty: true })
  expect((await findId('empty-state')).textContent).toContain('No folders yet')
  await click('add-folder')
  await findId('folder-preview')
  await click('add-folder-continue')
  await findId('mapping-preview')
  await click('add-folder-start')
  expect((await findId('mapping-card')).dataset.state).toBe('scanning')
  expect(fake.last('add_mapping')?.folder).toBe('/home/lin/Pictures')
  expect(screen.queryByTestId('add-folder-form')).toBeNull()
})

test('a folder that cannot be added says why and keeps the answers', async () => {
  const fake = await open({ empty: true })
  await click('add-folder')
  await findId('folder-preview')
  await click('add-folder-continue')
  await findId('mapping-preview')
  fake.failures.set('add_mapping', 'folder_overlaps')
  await click('add-folder-start')
  expect((await findId('error-note')).dataset.code).toBe('folder_overlaps')
  expect(byId('album-name')).toHaveProperty('value', 'Pictures')
})

test('a program that does not start says so and can be tried again', async () => {
  const fake = await open({})
  fake.failures.set('app_state', 'profile_in_use')
  const { app } = await import('../../src/state/app.svelte')
  await app.load()
  expect((await findId('start-failed')).textContent).toContain('already running')
  fake.failures.clear()
  await fireEvent.click(screen.getByText('Retry'))
  await screen.findAllByTestId('mapping-card')
})
