// Opens the whole app over the stand-in, as each screen test needs it.
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte'
import { tick } from 'svelte'
import App from '../../src/App.svelte'
import { connect } from '../../src/backend/client'
import { FakeBackend, type FakeOptions } from '../../src/backend/fake/fake'
import { setLocale } from '../../src/i18n/text.svelte'
import { announcer } from '../../src/state/announce.svelte'
import { app } from '../../src/state/app.svelte'
import { devices } from '../../src/state/devices.svelte'
import { photos } from '../../src/state/photos.svelte'
import { router, type Screen } from '../../src/state/router.svelte'
import { sync } from '../../src/state/sync.svelte'
import { toasts } from '../../src/state/toasts.svelte'

export { fireEvent, screen, waitFor }

/** Starts the app on a screen, with nothing left over from the test before. */
export async function open(options: FakeOptions, at: Screen = 'sync'): Promise<FakeBackend> {
  close()
  const fake = new FakeBackend(options)
  connect(fake)
  location.hash = `#/${at}`
  render(App)
  await waitFor(() => {
    if (!app.state || !document.querySelector('h1')) throw new Error('not started')
  })
  await tick()
  return fake
}

export function close(): void {
  cleanup()
  toasts.flush()
  app.state = null
  app.error = null
  announcer.forget()
  sync.overview = null
  sync.problems = null
  sync.activity = null
  devices.forget()
  photos.forget()
  photos.error = null
  router.screen = 'sync'
  setLocale('en')
}

export const byId = (id: string): HTMLElement => screen.getByTestId(id)
export const findId = (id: string): Promise<HTMLElement> => screen.findByTestId(id)

export async function click(id: string): Promise<void> {
  await fireEvent.click(await findId(id))
}

export async function type(id: string, value: string): Promise<void> {
  await fireEvent.input(byId(id), { target: { value } })
}
