// The picture that goes with a device's system.
import type { IconName } from '../../components/icons'

export function deviceIcon(os: string): IconName {
  if (/android|ios|ipados/i.test(os)) return 'phone'
  return /server|headless/i.test(os) ? 'server' : 'devices'
}
