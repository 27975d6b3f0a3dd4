// Seconds that run out, for what ends by itself: a code, a request. Counted from when it was told.

/** Milliseconds between ticks. */
const TICK_MS = 1_000

export class Countdown {
  left = $state(0)
  private ends = 0
  private timer: ReturnType<typeof setInterval> | null = null

  /** Begins anew with so many seconds. */
  start(seconds: number): void {
    // A clock that never goes back: the one on the wall may be set meanwhile.
    this.ends = performance.now() + seconds * 1_000
    this.left = seconds
    this.timer ??= setInterval(() => this.tick(), TICK_MS)
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
    this.timer = null
  }

  /** Minutes and seconds, as a clock writes them. */
  get text(): string {
    const seconds = String(this.left % 60).padStart(2, '0')
    return `${Math.floor(this.left / 60)}:${seconds}`
  }

  private tick(): void {
    this.left = Math.max(0, Math.ceil((this.ends - performance.now()) / 1_000))
    if (this.left === 0) this.stop()
  }
}
