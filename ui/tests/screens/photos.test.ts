import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakePhotos } from '../../src/backend/fake/photos'
import { close, byId, click, findId, fireEvent, open, screen, waitFor } from './helpers'

/** The test page has no layout of its own: every element is this wide. */
const WIDTH = 1000

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(WIDTH)
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(56)
})

afterEach(() => {
  close()
  vi.restoreAllMocks()
})

const tiles = () => screen.getAllByTestId('photo-tile')
const rowOf = (element: Element | null | undefined) => (element as HTMLElement)?.dataset.row

async function press(key: string, more: KeyboardEventInit = {}): Promise<void> {
  await fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more })
  await new Promise((done) => setTimeout(done, 20))
}

test('a large library shows a few tiles, one of them for the keyboard', async () => {
  await open({ photos: 50_000 }, 'photos')
  await screen.findAllByTestId('photo-tile')
  expect(byId('photo-grid').dataset.count).toBe('50000')
  expect(tiles().length).toBeLessThan(120)
  expect(document.querySelectorAll('*').length).toBeLessThan(700)
  expect(tiles().filter((tile) => tile.tabIndex === 0)).toHaveLength(1)
  expect(tiles()[0]?.getAttribute('aria-label')).toMatch(/^Photo, October 6, 2026/)
})

test('arrows lead from photo to photo, and the last is a key away', async () => {
  await open({ photos: 3_000 }, 'photos')
  await screen.findAllByTestId('photo-tile')
  tiles()[0]?.focus()
  await press('ArrowRight')
  expect(rowOf(document.activeElement)).toBe('2999')
  await press('End', { ctrlKey: true })
  await waitFor(() => expect(rowOf(document.activeElement)).toBe('1'))
  await press('Home', { ctrlKey: true })
  await waitFor(() => expect(rowOf(document.activeElement)).toBe('3000'))
})

test('a photo opens with what is known of it, and closing returns to the same tile', async () => {
  const fake = await open({ photos: 3_000 }, 'photos')
  await screen.findAllByTestId('photo-tile')
  const third = tiles()[2]
  if (third) await fireEvent.click(third)
  const box = await findId('lightbox')
  expect(box.dataset.row).toBe('2998')
  await waitFor(() => expect(byId('photo-info').textContent).toContain('Canon EOS R6'))
  expect(fake.last('photo_detail')).toEqual({ row: 2_998 })
  await fireEvent.keyDown(box, { key: 'ArrowRight' })
  await waitFor(() => expect(byId('lightbox').dataset.row).toBe('2997'))
  await fireEvent.keyDown(box, { key: 'i' })
  expect(screen.queryByTestId('photo-info')).toBeNull()
  await click('lightbox-close')
  expect(screen.queryByTestId('lightbox')).toBeNull()
  await waitFor(() => expect(rowOf(document.activeElement)).toBe('2997'))
})

test('photos that arrive are shown without asking', async () => {
  const fake = await open({ photos: 100 }, 'photos')
  await screen.findAllByTestId('photo-tile')
  fake.photos = fakePhotos(101)
  fake.emit({ type: 'photos_changed', total: 101 })
  await waitFor(() => expect(byId('photo-grid').dataset.count).toBe('101'), { timeout: 3_000 })
})

test('a thumbnail that cannot be read leaves its colour and says so', async () => {
  await open({ photos: 50 }, 'photos')
  const image = (await screen.findAllByTestId('photo-tile'))[0]?.querySelector('img')
  if (image) await fireEvent.error(image)
  await waitFor(() =>
    expect(tiles()[0]?.getAttribute('aria-label')).toContain('preview not available'),
  )
  expect(tiles()[0]?.querySelector('img')).toBeNull()
})

test('an empty library leads to a folder without a detour', async () => {
  await open({ empty: true }, 'photos')
  expect((await findId('empty-state')).textContent).toContain('No photos yet')
  await click('photos-add-folder')
  expect(await findId('folder-preview')).toBeTruthy()
  expect(location.hash).toBe('#/photos')
})

test('an index that cannot be read says so and can be tried again', async () => {
  const fake = await open({ photos: 50 })
  fake.failures.set('photo_index', 'internal')
  await click('nav-photos')
  location.hash = '#/photos'
  window.dispatchEvent(new HashChangeEvent('hashchange'))
  expect((await findId('error-note')).dataset.code).toBe('internal')
  fake.failures.clear()
  await fireEvent.click(screen.getByText('Retry'))
  expect(await screen.findAllByTestId('photo-tile')).not.toHaveLength(0)
})
