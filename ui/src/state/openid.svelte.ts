// The server's identity provider: the browser is led there, then waited for. To come in by it, to
// bind an identity to one's account, or to give the account its first password.
import { call } from '../backend/client'
import type { AppState, OpenIdPage } from '../backend/generated/types'
import { Coming } from './coming.svelte'

/** The server, and what this device is to be called there. */
export interface ComingTo {
  url: string
  deviceName: string
  caSha256?: string
}

export class OpenId extends Coming {
  /** The provider's page is open, or is to be opened. */
  page = $state.raw<OpenIdPage | null>(null)

  /** Signs in; null when nothing came of it, with the cause in `error`; true of the others too. */
  signIn(to: ComingTo): Promise<AppState | null> {
    return this.lead(() => call('begin_openid', { ...to }))
  }

  /** Binds the identity of whoever signs in there to one's account. */
  bind(password: string): Promise<AppState | null> {
    return this.lead(() => call('begin_identity', { password }))
  }

  /** Gives the account a password, once its person signed in there anew. */
  setFirstPassword(password: string): Promise<AppState | null> {
    return this.lead(() => call('begin_first_password', { password }))
  }

  private async lead(begin: () => Promise<OpenIdPage>): Promise<AppState | null> {
    if (this.busy) return null
    return this.attempt(async (holds) => {
      const page = await begin()
      // Somebody may have given up before there was a page.
      if (!holds()) {
        forget()
        return null
      }
      this.page = page
      this.countdown.start(page.secondsLeft)
      return this.wait(holds)
    })
  }

  override cancel(): void {
    if (this.page) forget()
    super.cancel()
  }

  protected override end(): void {
    this.page = null
    super.end()
  }

  private async wait(holds: () => boolean): Promise<AppState | null> {
    while (holds()) {
      const step = await call('await_openid', {})
      if (!holds()) return null
      if (step.app) return step.app
      this.countdown.start(step.secondsLeft)
    }
    return null
  }
}

function forget(): void {
  void call('cancel_openid', {}).catch(() => {})
}
