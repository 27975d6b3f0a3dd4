// Which screen is shown: the part of the address after "#". Knows the names, not the screens.

export const SCREENS = ['sync', 'photos', 'devices', 'settings'] as const
export type Screen = (typeof SCREENS)[number]

/** Screen that an address names; anything unknown is the first screen. */
export function parseHash(hash: string): Screen {
  const name = hash.replace(/^#\/?/, '').split(/[/?]/)[0]
  return SCREENS.find((screen) => screen === name) ?? SCREENS[0]
}

export function hashOf(screen: Screen): string {
  return `#/${screen}`
}

class Router {
  screen = $state<Screen>('sync')
  private readonly scrolls = new Map<Screen, number>()

  /** Starts to follow the address; the answer stops. */
  start(): () => void {
    const follow = () => this.show(parseHash(location.hash))
    this.screen = parseHash(location.hash)
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }

  go(screen: Screen): void {
    if (screen !== this.screen) location.hash = hashOf(screen)
  }

  /** Where the screen was scrolled to when it was left. */
  scrollOf(screen: Screen): number {
    return this.scrolls.get(screen) ?? 0
  }

  private show(next: Screen): void {
    if (next === this.screen) return
    this.scrolls.set(this.screen, window.scrollY)
    this.screen = next
  }
}

export const router = new Router()
