// The time that "2 min ago" is counted from; it ticks slowly so that idle pages stay idle.

/** Milliseconds between ticks. */
const TICK_MS = 30_000

class Clock {
  now = $state(Date.now())

  start(): () => void {
    const timer = setInterval(() => {
      if (!document.hidden) this.now = Date.now()
    }, TICK_MS)
    const wake = () => {
      if (!document.hidden) this.now = Date.now()
    }
    document.addEventListener('visibilitychange', wake)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', wake)
    }
  }
}

export const clock = new Clock()
