import { afterEach, describe, expect, test } from 'vitest'
import { app } from '../../src/state/app.svelte'
import { byId, click, close, findId, fireEvent, open, screen, type, waitFor } from './helpers'

afterEach(close)

const step = () => byId('onboarding').dataset.step

describe('first start, on this computer', () => {
  test('three steps and three clicks lead to a folder that is being backed up', async () => {
    const fake = await open({ phase: 'onboarding' })
    expect(await findId('onboarding-local')).toHaveProperty('checked', true)
    expect(byId('onboarding-device-name')).toHaveProperty('value', 'Lin’s ThinkPad')
    await click('onboarding-continue')

    expect((await findId('folder-preview')).textContent).toContain('3,384 photos')
    expect(step()).toBe('folder')
    await click('onboarding-continue')

    await findId('mapping-preview')
    expect(step()).toBe('target')
    expect(byId('album-name')).toHaveProperty('value', 'Pictures')
    await click('onboarding-start')

    const card = await findId('mapping-card')
    expect(card.dataset.state).toBe('scanning')
    expect(fake.last('onboard_local')).toEqual({ deviceName: 'Lin’s ThinkPad' })
    expect(fake.last('add_mapping')).toEqual({
      folder: '/home/lin/Pictures',
      libraryId: 'smh1',
      spaceId: 's1',
      target: { kind: 'album', name: 'Pictures' },
    })
  })

  test('it says that deletes are not carried over, and what happens to edited photos', async () => {
    await open({ phase: 'onboarding' })
    await click('onboarding-continue')
    await findId('folder-preview')
    await click('onboarding-continue')
    await findId('mapping-preview')
    expect(document.body.textContent).toContain('does not delete it from the media library')
    expect(document.body.textContent).toContain('uploads the new version')
  })

  test('one album for each sub-folder shows the names that clash and what they become', async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-continue')
    await findId('folder-preview')
    await click('onboarding-continue')
    await click('target-per-folder')
    await waitFor(() => expect(screen.getAllByTestId('album-preview')).toHaveLength(6))
    const clashes = screen.getAllByTestId('album-preview').filter((e) => e.dataset.clash === 'true')
    expect(clashes.map((e) => e.textContent)).toEqual([
      expect.stringContaining('2024 – Trip'),
      expect.stringContaining('2025 – Trip'),
    ])
    await click('onboarding-start')
    await findId('mapping-card')
    expect(fake.last('add_mapping')?.target).toEqual({ kind: 'per_folder' })
  })

  test('a space without albums asks for none', async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-continue')
    await findId('folder-preview')
    await click('onboarding-continue')
    await fireEvent.change(await findId('space-select'), { target: { value: 's2' } })
    await findId('target-root')
    expect(screen.queryByTestId('album-name')).toBeNull()
    await click('onboarding-start')
    await findId('mapping-card')
    expect(fake.last('add_mapping')?.target).toEqual({ kind: 'root' })
  })

  test('a space that may not be uploaded to is not offered', async () => {
    await open({ phase: 'onboarding' })
    await click('onboarding-continue')
    await findId('folder-preview')
    await click('onboarding-continue')
    const options = [...(await findId('space-select')).querySelectorAll('option')]
    expect(options.map((option) => option.textContent)).toEqual(['家庭', 'Travel'])
  })

  test('a wrong folder says why and goes no further; a right one goes on', async () => {
    await open({ phase: 'onboarding' })
    await click('onboarding-continue')
    await findId('folder-preview')
    await type('folder-path', 'Pictures')
    await click('onboarding-continue')
    expect((await findId('error-note')).dataset.code).toBe('folder_not_absolute')
    expect(step()).toBe('folder')
    await click('folder-choose')
    expect(await findId('folder-path')).toHaveProperty('value', '/home/lin/Pictures/相机')
    await findId('folder-preview')
    await click('onboarding-continue')
    await waitFor(() => expect(step()).toBe('target'))
  })
})

describe('first start, on a server', () => {
  test('the address is tried while typing, and the sign-in uses what it found', async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-server')
    await type('server-url', 'photos.example.cn')
    await waitFor(() => expect(byId('server-probe').textContent).toContain('家庭媒体库'))
    expect(fake.log.filter((call) => call.name === 'probe_server')).toHaveLength(1)
    await type('server-account', ' lin ')
    await type('server-password', 'secret')
    await click('onboarding-continue')
    await findId('folder-path')
    expect(fake.last('onboard_server')).toEqual({
      url: 'https://photos.example.cn',
      account: 'lin',
      password: 'secret',
      deviceName: 'Lin’s ThinkPad',
    })
  })

  test('an authority that nobody knows is shown, asked about once, and trusted there', async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-server')
    await type('server-url', 'own-ca.example')
    const shown = (await findId('ca-sha256')).textContent?.replace(/\s/g, '')
    expect(shown).toBe('3fa94c02d1be7790'.repeat(4))
    expect(fake.last('probe_server')).toEqual({ url: 'own-ca.example' })
    await click('trust-ca')
    await waitFor(() => expect(byId('server-probe').textContent).toContain('家庭媒体库'))
    await type('server-account', 'lin')
    await type('server-password', 'secret')
    await click('onboarding-continue')
    await findId('folder-path')
    expect(fake.last('onboard_server')?.caSha256).toBe(shown)
  })

  test('what was trusted at one address is not trusted at another', async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-server')
    await type('server-url', 'own-ca.example')
    await findId('ca-sha256')
    await click('trust-ca')
    await waitFor(() => expect(byId('server-probe').textContent).toContain('家庭媒体库'))
    await type('server-url', 'own-ca.elsewhere')
    await findId('ca-sha256')
    expect(fake.last('probe_server')).toEqual({ url: 'own-ca.elsewhere' })
  })

  test('what is missing is named and gets the focus', async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-server')
    await type('server-url', 'photos.example.cn')
    await click('onboarding-continue')
    await waitFor(() => expect(document.activeElement).toBe(byId('server-account')))
    expect(byId('server-account').getAttribute('aria-invalid')).toBe('true')
    expect(fake.last('onboard_server')).toBeUndefined()
  })

  test('a wrong password is said, and what was typed stays', async () => {
    await open({ phase: 'onboarding' })
    await click('onboarding-server')
    await type('server-url', 'photos.example.cn')
    await type('server-account', 'lin')
    await type('server-password', 'wrong')
    await click('onboarding-continue')
    expect((await findId('error-note')).dataset.code).toBe('wrong_password')
    expect(byId('server-password')).toHaveProperty('value', 'wrong')
    expect(step()).toBe('connect')
  })
})

test('the language changes at once, and the program is told', async () => {
  const fake = await open({ phase: 'onboarding' })
  await fireEvent.change(byId('language-select'), { target: { value: 'zh-CN' } })
  await screen.findByRole('heading', { name: '照片要保存在哪里？' })
  expect(document.documentElement.lang).toBe('zh-CN')
  expect(fake.last('set_locale')).toEqual({ locale: 'zh-CN' })
  await waitFor(() => expect(app.state?.locale).toBe('zh-CN'))
})

test('the Enter that ends a Chinese word does not send the form', async () => {
  await open({ phase: 'onboarding' })
  const field = byId('onboarding-device-name')
  const enter = (code: number) => {
    const key = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
    Object.defineProperty(key, 'keyCode', { value: code })
    field.dispatchEvent(key)
    return key.defaultPrevented
  }
  expect(enter(229)).toBe(true)
  expect(enter(13)).toBe(false)
})

test('a revoked device is told calmly, and comes back to its folders by signing in', async () => {
  await open({ phase: 'revoked' })
  expect((await findId('revoked')).textContent).toContain('untouched')
  await click('reconnect')
  expect(await findId('server-url')).toHaveProperty('value', 'https://photos.example.cn')
  await type('server-password', 'secret')
  await click('onboarding-continue')
  expect(await screen.findAllByTestId('mapping-card')).toHaveLength(4)
})

test('a revoked device says when it was, and what became of its copies', async () => {
  const fake = await open({ phase: 'revoked' })
  const text = await findId('revoked-text')
  expect(text.textContent).toContain('signed this device out')
  expect(byId('revoked-when').textContent).toContain('Access ended')
  const copies = { files: 12, bytes: 1200, kept: 3, trash: ['/home/lin/Pictures/.albumen/trash/a'] }
  const requestedAt = new Date().toISOString()
  const revocation = { kind: 'remove_copies' as const, requestedAt, copies }
  fake.emit({ type: 'state', state: { ...fake.state, revocation } })
  await waitFor(() => expect(byId('revoked-copies').textContent).toContain('12 files'))
  expect(byId('revoked-copies').textContent).toContain('/home/lin/Pictures/.albumen/trash/a')
  expect(byId('revoked-copies').textContent).toContain('Nothing was deleted')
  const blocked = { kind: 'block' as const, requestedAt, copies: null }
  fake.emit({ type: 'state', state: { ...fake.state, revocation: blocked } })
  await waitFor(() => expect(byId('revoked-text').textContent).toContain('administrator'))
})
