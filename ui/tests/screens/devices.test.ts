import { afterEach, expect, test } from 'vitest'
import { byId, click, close, findId, fireEvent, open, screen, waitFor } from './helpers'

afterEach(close)

const rows = () => screen.getAllByTestId('device-row')
const row = (id: string) =>
  rows().find((element) => element.dataset.deviceId === id) as HTMLTableRowElement | undefined

async function revokeFirst(): Promise<void> {
  await findId('nav-devices')
  await screen.findAllByTestId('device-row')
  const [button] = screen.getAllByTestId('device-revoke')
  if (button) await fireEvent.click(button)
  await click('confirm-revoke')
}

test('this device is named in words and cannot be signed out here', async () => {
  await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  expect(rows()).toHaveLength(4)
  expect(row('d1')?.textContent).toContain('This device')
  expect(row('d1')?.querySelector('[data-testid="device-revoke"]')).toBeNull()
  expect(screen.getAllByTestId('device-revoke')).toHaveLength(3)
  expect(byId('device-revoked').dataset.deviceId).toBe('d5')
})

test('the question says what happens, and asking is not doing', async () => {
  const fake = await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  const [button] = screen.getAllByTestId('device-revoke')
  if (button) await fireEvent.click(button)
  const dialog = screen.getByRole('alertdialog')
  expect(dialog.textContent).toContain('iMac-书房')
  expect(dialog.textContent).toContain('loses access at once')
  expect(dialog.textContent).toContain('stay on it')
  await click('cancel-revoke')
  expect(screen.queryByRole('alertdialog')).toBeNull()
  expect(fake.last('revoke_device')).toBeUndefined()
})

test('it counts as signed out only when the receipt says so', async () => {
  const fake = await open({ latency: 60 }, 'devices')
  await revokeFirst()
  expect(row('d2')?.textContent).toContain('Signing out…')
  expect(screen.getAllByTestId('device-revoked')).toHaveLength(1)
  await waitFor(() => expect(screen.getAllByTestId('device-revoked')).toHaveLength(2))
  expect(fake.last('revoke_device')).toEqual({ deviceId: 'd2', kind: 'sign_out' })
  expect(row('d2')).toBeUndefined()
  const [ended] = screen.getAllByTestId('device-revoked-at')
  expect(ended?.textContent).toMatch(/Access ended \d+:\d\d:\d\d/)
  expect(Date.parse(ended?.dataset.at ?? '')).toBeGreaterThan(Date.now() - 10_000)
  expect(screen.getAllByTestId('device-revoked')[0]?.textContent).toContain('2 access tokens')
})

test('a system is written as its maker does, and a new device was seen when it came', async () => {
  const fake = await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  const enrolledAt = new Date(Date.now() - 5 * 60_000).toISOString()
  fake.devices = fake.devices.map((device) =>
    device.deviceId === 'd2' ? { ...device, os: 'linux', enrolledAt, lastSeenAt: null } : device,
  )
  fake.emit({ type: 'devices_changed' })
  await waitFor(() => expect(row('d2')?.textContent).toContain('Linux'))
  expect(row('d2')?.cells[3]?.textContent).toBe('5 min. ago')
})

test('when it fails, the device is back with the cause, and can be tried again', async () => {
  const fake = await open({}, 'devices')
  fake.failures.set('revoke_device', 'server_unreachable')
  await revokeFirst()
  const failed = await findId('device-revoke-failed')
  expect(failed.textContent).toContain('still signed in')
  expect(failed.textContent).toContain('The server cannot be reached')
  expect(row('d2')?.querySelector('[data-testid="device-revoke"]')).not.toBeNull()
  fake.failures.clear()
  await revokeFirst()
  await waitFor(() => expect(row('d2')).toBeUndefined())
})

test('a list that cannot be read says so and offers to try again', async () => {
  const fake = await open({}, 'sync')
  fake.failures.set('list_devices', 'service_failed')
  location.hash = '#/devices'
  window.dispatchEvent(new HashChangeEvent('hashchange'))
  expect((await findId('error-note')).dataset.code).toBe('service_failed')
  fake.failures.clear()
  await fireEvent.click(screen.getByText('Retry'))
  expect(await screen.findAllByTestId('device-row')).toHaveLength(4)
})

test('a device that comes or goes elsewhere shows without asking', async () => {
  const fake = await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  fake.devices = fake.devices.filter((device) => device.deviceId !== 'd4')
  fake.emit({ type: 'devices_changed' })
  await waitFor(() => expect(rows()).toHaveLength(3))
})

test('there are three ways, each with words of its own', async () => {
  const fake = await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  const [button] = screen.getAllByTestId('device-revoke')
  if (button) await fireEvent.click(button)
  const dialog = screen.getByRole('alertdialog')
  expect(dialog.textContent).toContain('can sign in again at once')
  expect(dialog.textContent).toContain('administrator’s approval')
  expect(dialog.textContent).toContain('verified in the media library')
  await fireEvent.click(byId('revoke-block'))
  await click('confirm-revoke')
  await waitFor(() => expect(row('d2')).toBeUndefined())
  expect(fake.last('revoke_device')).toEqual({ deviceId: 'd2', kind: 'block' })
  expect(byId('receipt-means').textContent).toContain('until an administrator allows it')
  await click('device-allow')
  expect(fake.last('allow_again')).toEqual({ deviceId: 'd2' })
})

test('everywhere else is every other device', async () => {
  const fake = await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  await click('revoke-others')
  expect(screen.getByRole('alertdialog').textContent).toContain('all other devices')
  await click('confirm-revoke')
  await waitFor(() => expect(rows()).toHaveLength(1))
  expect(fake.last('revoke_others')).toEqual({ kind: 'sign_out' })
})

test('a device that has been silent for days says so', async () => {
  await open({}, 'devices')
  await screen.findAllByTestId('device-row')
  expect(row('d4')?.querySelector('[data-testid="device-silent"]')?.textContent).toContain(
    'No sync since',
  )
  expect(row('d2')?.querySelector('[data-testid="device-silent"]')).toBeNull()
})
