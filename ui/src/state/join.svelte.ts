// Coming in by a code or a link of another device: where it leads, a yes to that, then waiting.
import { call, toAppError } from '../backend/client'
import type { AppError, AppState, JoinView, LinkView } from '../backend/generated/types'
import { Coming } from './coming.svelte'

/** After a question that did not get through, the next one waits this long, in milliseconds. */
const AGAIN_MS = 2_000

/** A code for the server at an address. */
export interface CodeAt {
  url: string
  code: string
  caSha256?: string
}

export class Join extends Coming {
  /** A link as it was read: shown before anything is sent. */
  link = $state.raw<LinkView | null>(null)
  /** The other device is asked. */
  waiting = $state.raw<JoinView | null>(null)

  /** Reads a link, and only that. */
  async read(text: string): Promise<void> {
    this.error = null
    this.link = null
    try {
      this.link = await call('read_pair_link', { link: text })
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  /** Asks by the link that somebody said yes to. */
  async byLink(deviceName: string): Promise<AppState | null> {
    if (!this.link) return null
    const { url, code, caSha256 } = this.link
    return this.byCode({ url, code, ...(caSha256 === null ? {} : { caSha256 }) }, deviceName)
  }

  /** Brings a code and waits; null when nothing came of it, with the cause in `error`. */
  async byCode(at: CodeAt, deviceName: string): Promise<AppState | null> {
    return this.attempt(async (holds) => {
      this.waiting = await call('join_by_code', { ...at, deviceName })
      this.countdown.start(this.waiting.secondsLeft)
      return this.wait(holds)
    })
  }

  override cancel(): void {
    this.link = null
    if (this.waiting) void call('cancel_join', {}).catch(() => {})
    super.cancel()
  }

  protected override end(): void {
    this.waiting = null
    super.end()
  }

  private async wait(holds: () => boolean): Promise<AppState | null> {
    while (holds()) {
      try {
        const step = await call('await_join', {})
        if (!holds()) return null
        if (step.app) return step.app
        if (step.state !== 'pending') throw over()
        this.countdown.start(step.secondsLeft)
      } catch (cause) {
        // A connection that breaks is no answer; the request stands until its time is over.
        const error = toAppError(cause)
        if (!error.retry || this.countdown.left === 0) throw error
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    return null
  }
}

function over(): AppError {
  return { code: 'pairing_over', message: '', hint: '', retry: false, params: {} }
}
