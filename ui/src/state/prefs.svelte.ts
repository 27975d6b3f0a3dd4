// Choices that belong to this window alone: appearance and the size of photos.

export type Theme = 'system' | 'light' | 'dark'
export const THEMES: readonly Theme[] = ['system', 'light', 'dark']

/** Heights, in pixels, that rows of photos aim for. */
export const ZOOM_STEPS = [88, 128, 176, 240, 340] as const
const DEFAULT_ZOOM = 2

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null // storage is switched off: the choice lasts until the window closes
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // same: nothing to keep it in
  }
}

class Prefs {
  theme = $state<Theme>('system')
  zoom = $state(DEFAULT_ZOOM)
  private systemDark = $state(false)

  /** Reads the choices and follows the system's appearance; the answer stops following. */
  start(): () => void {
    this.theme = THEMES.find((theme) => theme === read('theme')) ?? 'system'
    const zoom = Number(read('zoom') ?? DEFAULT_ZOOM)
    if (ZOOM_STEPS[zoom] !== undefined) this.zoom = zoom
    const query = window.matchMedia('(prefers-color-scheme: dark)')
    const follow = () => {
      this.systemDark = query.matches
      this.apply()
    }
    follow()
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }

  get dark(): boolean {
    return this.theme === 'dark' || (this.theme === 'system' && this.systemDark)
  }

  get rowHeight(): number {
    return ZOOM_STEPS[this.zoom] ?? ZOOM_STEPS[DEFAULT_ZOOM]
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    write('theme', theme)
    this.apply()
  }

  /** Steps the size of photos; stays at the ends. */
  zoomBy(steps: number): void {
    this.zoom = Math.min(ZOOM_STEPS.length - 1, Math.max(0, this.zoom + steps))
    write('zoom', String(this.zoom))
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light'
  }
}

export const prefs = new Prefs()
