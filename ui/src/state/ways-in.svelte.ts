// The ways into one's account: a password, an identity at the server's provider. Bound and unbound
// here; the last one is never taken away.
import { call, toAppError } from '../backend/client'
import type { AppError, WaysIn as View } from '../backend/generated/types'
import { OpenId } from './openid.svelte'

/** What somebody is about to do. */
export type Deed = 'bind' | 'unbind' | 'password'

export class WaysIn {
  view = $state.raw<View | null>(null)
  /** Why the ways are not known. */
  error = $state.raw<AppError | null>(null)
  /** Why nothing came of the deed, where the browser was not needed for it. */
  refused = $state.raw<AppError | null>(null)
  busy = $state(false)
  /** The browser, while it is at the provider. */
  readonly openid = new OpenId()

  async load(): Promise<void> {
    this.error = null
    try {
      this.view = await call('identity', {})
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  /** What is called what it is bound to: the provider's name, or its address once it is another. */
  get name(): string {
    const { view } = this
    if (view?.identity && !view.identityOpens) return view.identity.issuer
    return view?.provider ?? ''
  }

  /** Does it; whether it was done, with the cause in `trouble` where it was not. */
  async run(deed: Deed, password: string): Promise<boolean> {
    this.refused = null
    if (deed === 'unbind') return this.unbind(password)
    const { openid } = this
    const came = await (deed === 'bind' ? openid.bind(password) : openid.setFirstPassword(password))
    if (came) await this.load()
    return came !== null
  }

  get trouble(): AppError | null {
    return this.refused ?? this.openid.error
  }

  /** Gives up, and forgets what went wrong. */
  stop(): void {
    this.refused = null
    this.openid.cancel()
  }

  private async unbind(password: string): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    try {
      this.view = await call('unbind_identity', { password })
      return true
    } catch (cause) {
      this.refused = toAppError(cause)
      // What is known here was not true any more.
      if (this.refused.code === 'last_way_in') await this.load()
      return false
    } finally {
      this.busy = false
    }
  }
}
