import { afterEach, describe, expect, test, vi } from 'vitest'
import { byId, click, close, findId, fireEvent, open, screen, type, waitFor } from './helpers'

afterEach(close)

const LINK = 'albumen://pair?server=https%3A%2F%2Fphotos.example.cn&code=12345678'

async function add() {
  const fake = await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  await click('device-add')
  await findId('pairing-code')
  return fake
}

describe('letting a device in', () => {
  test('a code is shown as digits, as a link and as a picture, with its time', async () => {
    const fake = await add()
    expect(byId('pairing-code').textContent?.replace(/\s/g, '')).toBe('12345678')
    expect(byId('pairing-qr').getAttribute('aria-label')).toContain('scan')
    expect(screen.getByRole('timer').textContent).toMatch(/10:00|9:5\d/)
    expect(screen.getByRole('dialog').textContent).toContain('photos.example.cn')
    expect(fake.last('begin_pairing')).toEqual({})
    const written: string[] = []
    vi.stubGlobal('navigator', {
      ...navigator,
      clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) },
    })
    await click('pairing-copy')
    await findId('toast')
    vi.unstubAllGlobals()
    expect(written).toEqual([LINK])
  })

  test('the device that brought it is shown with the digits to compare, and let in', async () => {
    const fake = await add()
    fake.stands('pending')
    const device = await findId('pending-device')
    expect(device.textContent).toContain('书房的电脑')
    expect(device.textContent).toContain('Linux')
    expect(device.textContent).toContain('192.168.1.34')
    expect(byId('pair-check').textContent?.replace(/\s/g, '')).toBe('482190375516')
    expect(screen.queryByTestId('pairing-code')).toBeNull()
    expect(byId('pairing-said').textContent).toContain('wants to be let in')
    await click('pairing-approve')
    await waitFor(() => expect(byId('add-device').dataset.state).toBe('approved'))
    expect(fake.last('approve_pairing')).toEqual({ pairingId: fake.pairing.pairingId })
    await click('pairing-close')
    await waitFor(() => expect(screen.getAllByTestId('device-row')).toHaveLength(5))
    expect(fake.last('refuse_pairing')).toBeUndefined()
  })

  test('a device that is sent away is no device', async () => {
    const fake = await add()
    fake.stands('pending')
    await click('pairing-refuse')
    await waitFor(() => expect(byId('add-device').dataset.state).toBe('refused'))
    expect(fake.last('approve_pairing')).toBeUndefined()
    await click('pairing-close')
    expect(screen.getAllByTestId('device-row')).toHaveLength(4)
  })

  test('a code that was guessed at is void, and a new one is a click away', async () => {
    const fake = await add()
    const first = fake.pairing.pairingId
    fake.stands('burnt')
    expect((await findId('pairing-ended')).textContent).toContain('somebody guessed')
    await click('pairing-again')
    await findId('pairing-code')
    expect(fake.pairing.pairingId).not.toBe(first)
  })

  test('who closes the dialog takes the code back', async () => {
    const fake = await add()
    const { pairingId } = fake.pairing
    await click('pairing-close')
    await waitFor(() => expect(fake.last('refuse_pairing')).toEqual({ pairingId }))
    expect(screen.queryByTestId('add-device')).toBeNull()
  })

  test('when no code can be made, the cause is said', async () => {
    const fake = await open({}, 'devices')
    fake.failures.set('begin_pairing', 'server_unreachable')
    await click('device-add')
    expect((await findId('error-note')).dataset.code).toBe('server_unreachable')
    fake.failures.clear()
    await fireEvent.click(screen.getByText('Retry'))
    await findId('pairing-code')
  })
})

describe('coming in', () => {
  const choose = async () => {
    const fake = await open({ phase: 'onboarding' })
    await click('onboarding-pair')
    return fake
  }

  test('a link shows where it leads before anything is sent', async () => {
    const fake = await choose()
    await type('pair-link', `${LINK}&ca=x`)
    await click('onboarding-continue')
    expect((await findId('pair-host')).textContent).toContain('photos.example.cn')
    expect(byId('pair-confirm').textContent).toContain('3fa94c02')
    expect(fake.last('join_by_code')).toBeUndefined()
    expect(byId('onboarding-continue').textContent).toContain('ask to be let in')
    await click('onboarding-continue')
    const waiting = await findId('pair-waiting')
    expect(waiting.textContent).toContain('lin')
    expect(byId('pair-check').textContent?.replace(/\s/g, '')).toBe('482190375516')
    expect(fake.last('join_by_code')).toMatchObject({
      url: 'https://photos.example.cn',
      code: '12345678',
      deviceName: 'Lin’s ThinkPad',
    })
    fake.joined = 'approved'
    expect((await findId('folder-preview')).textContent).toContain('3,384 photos')
  })

  test('another link has to be said yes to anew', async () => {
    const fake = await choose()
    await type('pair-link', LINK)
    await click('onboarding-continue')
    await findId('pair-confirm')
    await type('pair-link', LINK.replace('photos', 'evil'))
    expect(screen.queryByTestId('pair-confirm')).toBeNull()
    await click('onboarding-continue')
    expect((await findId('pair-host')).textContent).toContain('evil.example.cn')
    expect(fake.last('join_by_code')).toBeUndefined()
  })

  test('a code goes with the address of its server', async () => {
    const fake = await choose()
    await click('onboarding-continue')
    expect(byId('server-url').getAttribute('aria-invalid')).toBe('true')
    await type('server-url', 'photos.example.cn')
    await type('pair-code', '1234 567')
    await click('onboarding-continue')
    await waitFor(() => expect(byId('pair-code').getAttribute('aria-invalid')).toBe('true'))
    await type('pair-code', '1234 5678')
    await click('onboarding-continue')
    await findId('pair-waiting')
    expect(fake.last('join_by_code')).toMatchObject({ code: '1234 5678' })
  })

  test('a wrong code, a refusal and a link that is none are said in words', async () => {
    const fake = await choose()
    await type('pair-link', 'https://example.com')
    await click('onboarding-continue')
    expect((await findId('error-note')).dataset.code).toBe('pairing_link_invalid')
    await type('pair-link', '')
    await type('server-url', 'photos.example.cn')
    await type('pair-code', '00000000')
    await click('onboarding-continue')
    expect((await findId('error-note')).dataset.code).toBe('pairing_code_wrong')
    await type('pair-code', '12345678')
    fake.joined = 'refused'
    await click('onboarding-continue')
    await waitFor(() => expect(byId('error-note').dataset.code).toBe('pairing_over'))
    expect(screen.queryByTestId('pair-waiting')).toBeNull()
  })

  test('who waits can give up', async () => {
    const fake = await choose()
    await type('pair-link', LINK)
    await click('onboarding-continue')
    await findId('pair-confirm')
    await click('onboarding-continue')
    await findId('pair-waiting')
    await click('pair-cancel')
    await waitFor(() => expect(screen.queryByTestId('pair-waiting')).toBeNull())
    expect(fake.last('cancel_join')).toEqual({})
    expect(byId('onboarding').dataset.step).toBe('connect')
  })

  test('a link of the system fills in the question, and answers nothing', async () => {
    const fake = await open({ phase: 'onboarding' })
    fake.openLink(LINK)
    expect((await findId('pair-host')).textContent).toContain('photos.example.cn')
    expect(byId('onboarding-pair')).toHaveProperty('checked', true)
    expect(fake.last('join_by_code')).toBeUndefined()
  })

  test('a link replaces nobody who is signed in', async () => {
    const fake = await open({}, 'sync')
    fake.openLink(LINK)
    expect((await findId('toast')).textContent).toContain('never replaces')
    expect(screen.queryByTestId('onboarding')).toBeNull()
    expect(fake.last('read_pair_link')).toBeUndefined()
  })
})

describe('names and facts', () => {
  test('a device says what it keeps, and one that never told says nothing', async () => {
    await open({}, 'devices')
    await screen.findAllByTestId('device-row')
    const loads = screen.getAllByTestId('device-load').map((element) => element.textContent)
    expect(loads).toEqual(['2 folders · 1,204 files waiting'])
    expect(document.body.textContent).toContain('192.168.1.20')
  })

  test('a device gets another name', async () => {
    const fake = await open({}, 'devices')
    await screen.findAllByTestId('device-row')
    const [first] = screen.getAllByTestId('device-rename')
    if (first) await fireEvent.click(first)
    expect(byId('rename-name')).toHaveProperty('value', 'Lin’s ThinkPad')
    await type('rename-name', '  ')
    await click('rename-save')
    expect(byId('rename-name').getAttribute('aria-invalid')).toBe('true')
    fake.failures.set('rename_device', 'no_permission')
    await type('rename-name', ' 书房 ')
    await click('rename-save')
    expect((await findId('error-note')).dataset.code).toBe('no_permission')
    fake.failures.clear()
    await click('rename-save')
    await waitFor(() => expect(screen.queryByTestId('rename-name')).toBeNull())
    expect(fake.last('rename_device')).toEqual({ deviceId: 'd1', name: '书房' })
    expect(screen.getAllByTestId('device-row')[0]?.textContent).toContain('书房')
  })
})

test('a keychain that is locked is waited for, and nobody is asked to sign in', async () => {
  const fake = await open({ phase: 'waiting_for_keys' })
  expect((await findId('waiting-for-keys')).textContent).toContain('Nothing is lost')
  expect(screen.queryByTestId('onboarding')).toBeNull()
  fake.state = { ...fake.state, phase: 'ready' }
  fake.emit({ type: 'state', state: fake.state })
  expect((await screen.findAllByTestId('mapping-card')).length).toBeGreaterThan(0)
})

test('a pause and a wrong clock are said with their next step', async () => {
  const fake = await open({}, 'sync')
  fake.state = { ...fake.state, warnings: ['paused_away', 'clock_behind'] }
  fake.emit({ type: 'state', state: fake.state })
  await waitFor(() => expect(screen.getAllByTestId('notice')).toHaveLength(2))
  const said = screen.getAllByTestId('notice').map((notice) => notice.textContent ?? '')
  expect(said[0]).toContain('Paused, nothing lost')
  expect(said[1]).toContain('automatic date and time')
})
