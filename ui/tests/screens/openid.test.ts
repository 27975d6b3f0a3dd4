import { afterEach, describe, expect, test } from 'vitest'
import { byId, click, close, findId, open, screen, type, waitFor } from './helpers'

afterEach(close)

/** The button, once the address was tried: that takes a pause in the typing, and a moment. */
const offered = () => screen.findByTestId('openid-sign-in', {}, { timeout: 5_000 })

async function atServer(url: string, locale: 'en' | 'zh-CN' = 'en') {
  const fake = await open({ phase: 'onboarding', locale })
  await click('onboarding-server')
  await type('server-url', url)
  return fake
}

describe('signing in by the server’s identity provider', () => {
  test('a server without one offers no such button', async () => {
    await atServer('photos.example.cn')
    await waitFor(() => expect(byId('server-probe').textContent).toContain('家庭媒体库'))
    expect(screen.queryByTestId('openid-sign-in')).toBeNull()
  })

  test('the button has the provider’s name, in both languages', async () => {
    await atServer('openid.example.cn')
    expect((await offered()).textContent).toBe('Sign in with Home ID')
    await atServer('openid.example.cn', 'zh-CN')
    expect((await offered()).textContent).toBe('使用 Home ID 登录')
  })

  test('the page waits for the browser and goes on by itself', async () => {
    const fake = await atServer('openid.example.cn')
    await offered()
    await click('openid-sign-in')
    const waiting = await findId('openid-waiting')
    expect(waiting.textContent).toContain('in your browser')
    expect(byId('openid-url').textContent).toContain('https://id.example.cn/authorize')
    await waitFor(() => expect(document.activeElement?.tagName).toBe('H1'))
    fake.identity.cameBack = true
    await waitFor(() => expect(screen.queryByTestId('openid-waiting')).toBeNull())
    expect(fake.last('begin_openid')).toEqual({
      url: 'https://openid.example.cn',
      deviceName: 'Lin’s ThinkPad',
    })
    expect(fake.state.phase).toBe('ready')
  })

  test('who gives up is back where they were, and nothing is waited for', async () => {
    const fake = await atServer('openid.example.cn')
    await offered()
    await click('openid-sign-in')
    await click('openid-cancel')
    expect(await offered()).toHaveProperty('disabled', false)
    await waitFor(() => expect(fake.identity.waits).toBe(false))
    fake.identity.cameBack = true
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(fake.state.phase).toBe('onboarding')
  })

  test('somebody whom nobody knows there is told what to do', async () => {
    const fake = await atServer('openid.example.cn')
    fake.failures.set('await_openid', 'identity_unknown')
    await offered()
    await click('openid-sign-in')
    const note = await findId('error-note')
    expect(note.textContent).toContain('No account here is bound to this identity')
    expect(note.textContent).toContain('invitation')
    fake.failures.delete('await_openid')
    await offered()
    await click('openid-sign-in')
    await findId('openid-waiting')
    expect(screen.queryByTestId('error-note')).toBeNull()
  })

  test('a device without a name does not go to the browser', async () => {
    const fake = await atServer('openid.example.cn')
    await offered()
    await type('onboarding-device-name', ' ')
    await click('openid-sign-in')
    await waitFor(() => expect(document.activeElement).toBe(byId('onboarding-device-name')))
    expect(fake.last('begin_openid')).toBeUndefined()
  })
})
