// How a device's system is written, and the picture that goes with it.
import type { IconName } from '../../components/icons'

/** Systems as their makers write them; programs tell them in small letters. */
const NAMES: Record<string, string> = {
  linux: 'Linux',
  macos: 'macOS',
  windows: 'Windows',
  android: 'Android',
  ios: 'iOS',
}

export function systemName(os: string): string {
  return NAMES[os] ?? os
}

export function deviceIcon(os: string): IconName {
  if (/android|ios|ipados/i.test(os)) return 'phone'
  return /server|headless/i.test(os) ? 'server' : 'devices'
}
