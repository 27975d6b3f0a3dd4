// Believable codes and devices that bring them, for the stand-in.
import type {
  DeviceView,
  JoinView,
  LinkView,
  PairingOffer,
  PairingView,
  PendingDevice,
} from '../generated/types'

export const openPairing: PairingView = {
  pairingId: 'p0',
  state: 'open',
  secondsLeft: 600,
  device: null,
}

export const pendingDevice: PendingDevice = {
  name: '书房的电脑',
  os: 'linux',
  appVersion: '0.1.0',
  address: '192.168.1.34',
  check: '4821 9037 5516',
}

export const newDevice: DeviceView = {
  deviceId: 'd9',
  clientId: 'c-9d2b',
  name: pendingDevice.name,
  os: 'linux',
  appVersion: '0.1.0',
  accountName: 'lin',
  thisDevice: false,
  enrolledAt: new Date().toISOString(),
  lastSeenAt: null,
  lastAddress: null,
  mappings: null,
  pending: null,
  reportedAt: null,
  lastSyncedAt: null,
  revokedAt: null,
  revocation: null,
  silentSince: null,
}

const LINK = 'albumen://pair?server=https%3A%2F%2Fphotos.example.cn&code=12345678'

/** A picture in the manner of a code: three corners and some squares. */
export function offer(pairingId: string): PairingOffer {
  const corner = (x: number, y: number) => `M${x} ${y}h7v7h-7z`
  const squares = Array.from({ length: 120 }, (_, n) => {
    const [x, y] = [4 + ((n * 7) % 29), 12 + ((n * 5) % 14)]
    return `M${x} ${y}h1v1h-1z`
  })
  const path = corner(4, 4) + corner(26, 4) + corner(4, 26) + squares.join('')
  return {
    pairingId,
    code: '12345678',
    secondsLeft: 600,
    server: 'https://photos.example.cn',
    link: LINK,
    qr: { side: 37, path, lines: [] },
  }
}

/** Reads a link as far as the pages need it; the program is much stricter. */
export function readLink(link: string, ownCa: string): LinkView | null {
  const query = new URLSearchParams(link.split('?')[1] ?? '')
  const [url, code] = [query.get('server'), query.get('code')]
  if (!link.startsWith('albumen://pair?') || !url || !code) return null
  const host = url.replace(/^https?:\/\//, '')
  return { url, host, caSha256: query.has('ca') ? ownCa : null, code }
}

export function join(url: string): JoinView {
  return {
    accountName: 'lin',
    serverName: '家庭媒体库',
    url,
    secure: url.startsWith('https:'),
    check: pendingDevice.check,
    secondsLeft: 590,
  }
}
