import { afterEach, describe, expect, test } from 'vitest'
import type { FakeBackend } from '../../src/backend/fake/fake'
import { byId, click, close, findId, open, screen, type, waitFor } from './helpers'

afterEach(close)

const LONG = 'a long password'
const gone = (id: string) => waitFor(() => expect(screen.queryByTestId(id)).toBeNull())

/** Settings, of somebody who came by an identity, has bound one, or has a password alone. */
async function settings(
  who: 'came' | 'bound' | 'password' = 'password',
  locale: 'en' | 'zh-CN' = 'en',
): Promise<FakeBackend> {
  const fake = await open({ locale }, 'sync')
  if (who === 'came') fake.identity.cameByIt()
  if (who === 'bound') fake.identity.bind()
  await click('nav-settings')
  return fake
}

/** As by the keyboard, or by a mouse where that gives a button the focus. */
async function press(id: string): Promise<void> {
  ;(await findId(id)).focus()
  await click(id)
}

async function choosePassword(password: string, again = password): Promise<void> {
  await findId('ways-again-field')
  await type('ways-password-field', password)
  await type('ways-again-field', again)
  await click('ways-submit')
}

describe('the ways into one’s account', () => {
  test('are not shown where the server has no provider', async () => {
    const fake = await open({}, 'sync')
    fake.identity.ways = { ...fake.identity.ways, provider: null }
    await click('nav-settings')
    await findId('sign-out')
    await waitFor(() => expect(fake.last('identity')).toBeDefined())
    expect(screen.queryByTestId('ways-in')).toBeNull()
  })

  test('name the provider, whom it knows and since when', async () => {
    await settings('bound')
    const section = await findId('ways-in')
    expect(section.textContent).toContain('Identity at Home ID')
    expect(section.textContent).toContain('lin@id.example.cn')
    expect(section.textContent).toMatch(/Bound Oct 3, 2026/)
    await settings('bound', 'zh-CN')
    expect((await findId('ways-in')).textContent).toContain('Home ID 身份')
    expect(byId('ways-identity').textContent).toBe('解除绑定…')
  })

  test('say when the provider is another one now', async () => {
    const fake = await open({}, 'sync')
    fake.identity.bind()
    fake.identity.ways = { ...fake.identity.ways, identityOpens: false }
    await click('nav-settings')
    const section = await findId('ways-in')
    expect(section.textContent).toContain('Identity at https://id.example.cn')
    expect(section.textContent).toContain('nobody signs in by this identity any more')
  })

  test('that cannot be asked for say why, and are asked for again', async () => {
    const fake = await open({}, 'sync')
    fake.failures.set('identity', 'server_unreachable')
    await click('nav-settings')
    await findId('error-note')
    fake.failures.delete('identity')
    screen.getByRole('button', { name: 'Retry' }).click()
    await findId('ways-identity')
  })
})

describe('binding an identity', () => {
  test('asks for the password, waits for the browser and is done by itself', async () => {
    const fake = await settings()
    await press('ways-identity')
    await type('ways-password-field', LONG)
    await click('ways-submit')
    const waiting = await findId('ways-waiting')
    expect(waiting.textContent).toContain('Sign in at Home ID')
    expect(byId('openid-url').textContent).toContain('https://id.example.cn/authorize')
    await waitFor(() => expect(document.activeElement).toBe(byId('ways-cancel')))
    expect(fake.last('begin_identity')).toEqual({ password: LONG })
    fake.identity.cameBack = true
    await gone('ways-waiting')
    expect((await findId('toast')).textContent).toContain('Your identity at Home ID is bound')
    await waitFor(() => expect(byId('ways-identity').textContent).toBe('Unbind…'))
    expect(document.activeElement).toBe(byId('ways-identity'))
  })

  test('without a password goes nowhere', async () => {
    const fake = await settings()
    await press('ways-identity')
    await click('ways-submit')
    await waitFor(() => expect(document.activeElement).toBe(byId('ways-password-field')))
    expect(byId('ways-password-field').getAttribute('aria-invalid')).toBe('true')
    expect(fake.last('begin_identity')).toBeUndefined()
  })

  test('with a wrong password says so, and another try forgets that', async () => {
    await settings()
    await press('ways-identity')
    await type('ways-password-field', 'wrong')
    await click('ways-submit')
    await waitFor(() => expect(document.activeElement).toBe(byId('ways-password-field')))
    expect(await screen.findByText('This is not your account’s password.')).toBeTruthy()
    expect(byId('ways-password-field').getAttribute('aria-invalid')).toBe('true')
    await type('ways-password-field', LONG)
    await click('ways-submit')
    await findId('ways-waiting')
  })

  test('that is given up changes nothing, whatever the browser still brings', async () => {
    const fake = await settings()
    await press('ways-identity')
    await type('ways-password-field', LONG)
    await click('ways-submit')
    await findId('ways-waiting')
    await click('ways-cancel')
    await gone('ways-waiting')
    await waitFor(() => expect(fake.identity.waits).toBe(false))
    fake.identity.cameBack = true
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(fake.identity.ways.identity).toBeNull()
    expect(document.activeElement).toBe(byId('ways-identity'))
  })

  test('that is left by another screen is given up too', async () => {
    const fake = await settings()
    await press('ways-identity')
    await type('ways-password-field', LONG)
    await click('ways-submit')
    await findId('ways-waiting')
    await click('nav-sync')
    await waitFor(() => expect(fake.identity.waits).toBe(false))
  })
})

describe('unbinding', () => {
  test('takes the password, and the browser is not needed', async () => {
    const fake = await settings('bound')
    await press('ways-identity')
    await type('ways-password-field', LONG)
    await click('ways-submit')
    await gone('ways-submit')
    expect(fake.last('unbind_identity')).toEqual({ password: LONG })
    expect((await findId('toast')).textContent).toContain('Your identity is unbound')
    expect(byId('ways-identity').textContent).toBe('Bind…')
  })

  test('the only way in is refused with the reason, and the next step leads on', async () => {
    const fake = await settings('came')
    await press('ways-identity')
    const last = await findId('ways-last')
    expect(last.textContent).toContain('Home ID is the only way into it')
    expect(last.textContent).toContain('Choose a password first')
    expect(screen.queryByTestId('ways-submit')).toBeNull()
    expect(fake.last('unbind_identity')).toBeUndefined()
    await click('ways-choose')
    await waitFor(() => expect(document.activeElement).toBe(byId('ways-password-field')))
    await choosePassword(LONG)
    await findId('ways-waiting')
    fake.identity.cameBack = true
    await gone('ways-cancel')
    await findId('ways-password')
    await press('ways-identity')
    expect(await findId('ways-submit')).toHaveProperty('textContent', 'Unbind')
  })

  test('a server that knows better is believed', async () => {
    const fake = await settings('bound')
    await press('ways-identity')
    fake.identity.ways = { ...fake.identity.ways, hasPassword: false }
    await type('ways-password-field', LONG)
    await click('ways-submit')
    expect((await findId('ways-last')).textContent).toContain('the only way into it')
  })
})

describe('a first password', () => {
  test('is typed twice and set after a fresh sign-in', async () => {
    const fake = await settings('came')
    await click('ways-choose-password')
    await choosePassword(LONG, 'another')
    await waitFor(() => expect(document.activeElement).toBe(byId('ways-again-field')))
    expect(fake.last('begin_first_password')).toBeUndefined()
    await choosePassword(LONG)
    const waiting = await findId('ways-waiting')
    expect(waiting.textContent).toContain('Sign in at Home ID anew')
    fake.identity.cameBack = true
    await gone('ways-waiting')
    expect(fake.last('begin_first_password')).toEqual({ password: LONG })
    expect((await findId('ways-password')).textContent).toBe('Set')
    // The button is gone; who uses the keyboard goes on from the section's head.
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Ways to sign in'))
  })

  test('a weak one is said before the browser, an old session after it', async () => {
    const fake = await settings('came')
    await click('ways-choose-password')
    await choosePassword('short')
    expect((await findId('error-note')).dataset.code).toBe('account_unsuitable')
    fake.failures.set('await_openid', 'identity_not_fresh')
    await choosePassword(LONG)
    await waitFor(() => expect(byId('error-note').dataset.code).toBe('identity_not_fresh'))
    expect(byId('error-note').textContent).toContain('Sign out at the provider')
    expect(fake.identity.ways.hasPassword).toBe(false)
  })
})
