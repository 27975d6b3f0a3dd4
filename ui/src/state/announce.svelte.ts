// What screen readers say of the backup by themselves: its state when that changes, not every count
// on the way, and never so often that it drowns what a person is reading.
import type { MappingState } from '../backend/generated/types'

/** Least time between two announcements, in milliseconds. */
export const ANNOUNCE_PAUSE_MS = 30_000

class Announcer {
  /** The state that was told last; null before the first. */
  state = $state<MappingState | null>(null)
  private next: MappingState | null = null
  private toldAt = -Infinity
  private timer: ReturnType<typeof setTimeout> | null = null

  /** Takes the state of the program; of several within the pause, the last is told. */
  take(state: MappingState): void {
    this.next = state
    if (this.timer !== null || state === this.state) return
    const wait = this.toldAt + ANNOUNCE_PAUSE_MS - Date.now()
    if (wait <= 0) this.tell()
    else this.timer = setTimeout(() => this.tell(), wait)
  }

  /** Begins anew, as after a sign-out. */
  forget(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.state = null
    this.next = null
    this.toldAt = -Infinity
  }

  private tell(): void {
    this.timer = null
    if (this.next === this.state) return
    this.state = this.next
    this.toldAt = Date.now()
  }
}

export const announcer = new Announcer()
