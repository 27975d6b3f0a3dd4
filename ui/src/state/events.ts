// Hands what the program tells to the part of the state it belongs to.
import { onEvent, onLink } from '../backend/client'
import type { AppEvent } from '../backend/generated/types'
import { app } from './app.svelte'
import { devices } from './devices.svelte'
import { pairLink } from './pair-link.svelte'
import { photos } from './photos.svelte'
import { sync } from './sync.svelte'

/** Starts listening; the answer stops. */
export function followEvents(): () => void {
  const stops = [onEvent(take), onLink((link) => pairLink.offer(link))]
  return () => stops.forEach((stop) => stop())
}

function take(event: AppEvent): void {
  switch (event.type) {
    case 'state':
      app.take(event.state)
      break
    case 'sync':
      sync.take(event.overview)
      break
    case 'photos_changed':
      photos.changed()
      break
    case 'devices_changed':
      if (devices.list) void devices.load()
      break
    case 'pairing_changed':
      if (devices.pairing?.offer?.pairingId === event.pairingId) void devices.pairing.look()
      break
  }
}
