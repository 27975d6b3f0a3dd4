// Coming in with the help of another place: one try at a time, which somebody may give up.
import { toAppError } from '../backend/client'
import type { AppError, AppState } from '../backend/generated/types'
import { Countdown } from './countdown.svelte'

export abstract class Coming {
  busy = $state(false)
  error = $state.raw<AppError | null>(null)
  readonly countdown = new Countdown()
  private turn = 0

  /** One try; null when nothing came of it, with the cause in `error`. `holds` says whether nobody
      gave it up or began anew meanwhile. */
  protected async attempt(
    work: (holds: () => boolean) => Promise<AppState | null>,
  ): Promise<AppState | null> {
    const turn = ++this.turn
    const holds = (): boolean => turn === this.turn
    this.error = null
    this.busy = true
    try {
      return await work(holds)
    } catch (cause) {
      if (holds()) this.error = toAppError(cause)
      return null
    } finally {
      if (holds()) this.end()
    }
  }

  /** Gives up. */
  cancel(): void {
    this.turn += 1
    this.error = null
    this.end()
  }

  /** Nothing is under way any more. */
  protected end(): void {
    this.busy = false
    this.countdown.stop()
  }
}
