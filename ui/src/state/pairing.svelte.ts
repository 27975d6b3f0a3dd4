// Letting a device in: the code that was just made, who brought it, a yes or no. The code lives
// only as long as the dialog that shows it.
import { call, toAppError } from '../backend/client'
import type { AppError, PairingOffer, PairingView } from '../backend/generated/types'
import { Countdown } from './countdown.svelte'

/** How often is asked, in milliseconds, should the program not tell by itself. */
const ASK_MS = 2_000

export class Pairing {
  offer = $state.raw<PairingOffer | null>(null)
  view = $state.raw<PairingView | null>(null)
  error = $state.raw<AppError | null>(null)
  answering = $state(false)
  readonly countdown = new Countdown()
  private timer: ReturnType<typeof setInterval> | null = null
  private closed = false

  /** Makes a code; the one before is void from then on. */
  async begin(): Promise<void> {
    this.offer = null
    this.view = null
    this.error = null
    try {
      const offer = await call('begin_pairing', {})
      if (this.closed) return void this.takeBack(offer.pairingId)
      this.offer = offer
      this.countdown.start(offer.secondsLeft)
      this.timer ??= setInterval(() => void this.look(), ASK_MS)
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  /** Asks how the code stands. */
  async look(): Promise<void> {
    const id = this.offer?.pairingId
    if (!id || this.answering || (this.view && !this.lives)) return
    try {
      const view = await call('pairing_state', { pairingId: id })
      if (id === this.offer?.pairingId && !this.answering) this.take(view)
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  /** Whether something may still become of the code. */
  get lives(): boolean {
    const state = this.view?.state ?? 'open'
    return state === 'open' || state === 'pending'
  }

  async answer(yes: boolean): Promise<void> {
    const id = this.offer?.pairingId
    if (!id || this.answering) return
    this.answering = true
    this.error = null
    try {
      const args = { pairingId: id }
      this.take(await (yes ? call('approve_pairing', args) : call('refuse_pairing', args)))
    } catch (cause) {
      this.error = toAppError(cause)
    } finally {
      this.answering = false
    }
  }

  /** Forgets the code. One that nobody was let in by is taken back: nobody could say yes to it. */
  close(): void {
    this.closed = true
    if (this.timer !== null) clearInterval(this.timer)
    this.timer = null
    this.countdown.stop()
    if (this.offer && this.lives) this.takeBack(this.offer.pairingId)
    this.offer = null
  }

  private take(view: PairingView): void {
    this.view = view
    this.error = null
    if (this.lives) this.countdown.start(view.secondsLeft)
    else this.countdown.stop()
  }

  private takeBack(pairingId: string): void {
    // It ends by itself in any case; this only makes it sooner.
    void call('refuse_pairing', { pairingId }).catch(() => {})
  }
}
