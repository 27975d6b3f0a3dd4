// Coming in by the server's identity provider: the browser is led there, then waited for.
import { call, toAppError } from '../backend/client'
import type { AppError, AppState, OpenIdPage } from '../backend/generated/types'
import { Countdown } from './countdown.svelte'

/** The server, and what this device is to be called there. */
export interface ComingTo {
  url: string
  deviceName: string
  caSha256?: string
}

export class OpenId {
  /** The provider's page is open, or is to be opened. */
  page = $state.raw<OpenIdPage | null>(null)
  busy = $state(false)
  error = $state.raw<AppError | null>(null)
  readonly countdown = new Countdown()
  private turn = 0

  /** Signs in; null when nothing came of it, with the cause in `error`. */
  async signIn(to: ComingTo): Promise<AppState | null> {
    if (this.busy) return null
    const turn = ++this.turn
    this.error = null
    this.busy = true
    try {
      const page = await call('begin_openid', { ...to })
      // Somebody may have given up before there was a page.
      if (turn !== this.turn) {
        this.forget()
        return null
      }
      this.page = page
      this.countdown.start(page.secondsLeft)
      return await this.wait(turn)
    } catch (cause) {
      if (turn === this.turn) this.error = toAppError(cause)
      return null
    } finally {
      if (turn === this.turn) this.end()
    }
  }

  /** Gives up. */
  cancel(): void {
    this.turn += 1
    this.error = null
    if (this.page) this.forget()
    this.end()
  }

  private forget(): void {
    void call('cancel_openid', {}).catch(() => {})
  }

  private end(): void {
    this.page = null
    this.busy = false
    this.countdown.stop()
  }

  private async wait(turn: number): Promise<AppState | null> {
    while (turn === this.turn) {
      const step = await call('await_openid', {})
      if (turn !== this.turn) return null
      if (step.app) return step.app
      this.countdown.start(step.secondsLeft)
    }
    return null
  }
}
