// Short messages at the foot of the window. A message never is the only place of a problem.
import { errorText, t } from '../i18n/text.svelte'
import { toAppError } from '../backend/client'

export interface Toast {
  id: number
  tone: 'plain' | 'error'
  title: string
  hint: string
  action: { label: string; run: () => void } | null
}

/** How long a message stays, and how long one that offers to undo, in milliseconds. */
export const TOAST_MS = 6_000
export const UNDO_MS = 10_000

/** More than these would cover the screen; the oldest goes. */
const MOST = 4

interface Timer {
  handle: ReturnType<typeof setTimeout> | null
  left: number
  since: number
  onEnd: () => void
}

class Toasts {
  list = $state.raw<Toast[]>([])
  private readonly timers = new Map<number, Timer>()
  private nextId = 1

  say(title: string, hint = ''): void {
    this.add({ tone: 'plain', title, hint, action: null }, TOAST_MS, () => {})
  }

  /** Says what failed, in plain words. */
  fail(cause: unknown, title?: string): void {
    const text = errorText(toAppError(cause))
    const said = title ? { title, hint: t('error.joined', { ...text }) } : text
    this.add({ tone: 'error', ...said, action: null }, UNDO_MS, () => {})
  }

  /** Offers to undo; `commit` runs when the time is over or the message is dismissed. */
  undo(title: string, label: string, undo: () => void, commit: () => void): void {
    const id = this.add({ tone: 'plain', title, hint: '', action: null }, UNDO_MS, commit)
    const run = () => {
      this.forget(id)
      undo()
    }
    this.list = this.list.map((toast) =>
      toast.id === id ? { ...toast, action: { label, run } } : toast,
    )
  }

  /** Undoes the latest of what can still be undone; false when there is nothing. */
  undoLatest(): boolean {
    const latest = this.list.filter((toast) => toast.action !== null).at(-1)
    latest?.action?.run()
    return latest !== undefined
  }

  dismiss(id: number): void {
    const timer = this.timers.get(id)
    this.forget(id)
    timer?.onEnd()
  }

  /** Stops the clocks while somebody reads. */
  hold(): void {
    for (const timer of this.timers.values()) {
      if (timer.handle === null) continue
      clearTimeout(timer.handle)
      timer.handle = null
      timer.left -= Date.now() - timer.since
    }
  }

  release(): void {
    for (const [id, timer] of this.timers) if (timer.handle === null) this.run(id, timer)
  }

  /** Ends every message at once, doing what was waiting. */
  flush(): void {
    for (const id of [...this.timers.keys()]) this.dismiss(id)
  }

  private add(toast: Omit<Toast, 'id'>, life: number, onEnd: () => void): number {
    const id = this.nextId
    this.nextId += 1
    const oldest = this.list[0]
    if (oldest && this.list.length >= MOST) this.dismiss(oldest.id)
    this.list = [...this.list, { id, ...toast }]
    const timer: Timer = { handle: null, left: life, since: 0, onEnd }
    this.timers.set(id, timer)
    this.run(id, timer)
    return id
  }

  private run(id: number, timer: Timer): void {
    timer.since = Date.now()
    timer.handle = setTimeout(() => this.dismiss(id), Math.max(0, timer.left))
  }

  private forget(id: number): void {
    const timer = this.timers.get(id)
    if (timer?.handle != null) clearTimeout(timer.handle)
    this.timers.delete(id)
    this.list = this.list.filter((toast) => toast.id !== id)
  }
}

export const toasts = new Toasts()
