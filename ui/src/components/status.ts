// How each state of a backup looks and what it is called, on the pill and on the cards alike.
import type { MappingState, SyncOverview } from '../backend/generated/types'
import { formatBytes, formatCount } from '../i18n/format'
import { t, tn, type Key } from '../i18n/text.svelte'
import type { IconName } from './icons'

export type Tone = 'ok' | 'busy' | 'calm' | 'warn' | 'err'

export interface Look {
  icon: IconName
  tone: Tone
  label: Key
}

const LOOKS: Record<MappingState, Look> = {
  up_to_date: { icon: 'check', tone: 'ok', label: 'status.upToDate' },
  scanning: { icon: 'search', tone: 'busy', label: 'status.scanning' },
  hashing: { icon: 'read', tone: 'busy', label: 'status.hashing' },
  transferring: { icon: 'up', tone: 'busy', label: 'status.transferring' },
  paused: { icon: 'pause', tone: 'calm', label: 'status.paused' },
  waiting_offline: { icon: 'clock', tone: 'calm', label: 'status.offline' },
  waiting_service: { icon: 'clock', tone: 'calm', label: 'status.service' },
  blocked_revoked: { icon: 'stop', tone: 'err', label: 'status.revoked' },
  blocked_folder_missing: { icon: 'folder', tone: 'warn', label: 'status.folderMissing' },
  blocked_quota: { icon: 'stop', tone: 'err', label: 'status.quota' },
  attention: { icon: 'alert', tone: 'warn', label: 'status.needsLook' },
}

export function lookOf(state: MappingState): Look {
  return LOOKS[state]
}

/** The words of the pill: the one state of the program, as the program told it. */
export function pillText(overview: SyncOverview): string {
  if (overview.mappings.length === 0) return t('status.none')
  if (overview.state === 'attention' && overview.problems > 0) {
    return tn('status.attention', overview.problems)
  }
  if (overview.state === 'transferring' && overview.filesLeft > 0) {
    return t('status.left', { count: formatCount(overview.filesLeft) })
  }
  return t(LOOKS[overview.state].label)
}

/** States in which files are on their way, so that a speed means something. */
const MOVING: readonly MappingState[] = ['scanning', 'hashing', 'transferring', 'attention']

/**
 * Whether there is a speed to tell. Without files left there is none: what the last seconds moved
 * must not read as work that is still to be done.
 */
export function moving(overview: SyncOverview): boolean {
  return overview.filesLeft > 0 && MOVING.includes(overview.state)
}

/** What is left: files, and bytes where some are. */
export function leftText(overview: SyncOverview): string {
  const files = tn('sync.left', overview.filesLeft)
  if (overview.bytesLeft === 0) return files
  return t('sync.leftWithSize', { files, size: formatBytes(overview.bytesLeft) })
}

/** Name of a card's state: a folder is "up to date", the program as a whole is "backed up". */
export function cardText(state: MappingState): string {
  return t(state === 'up_to_date' ? 'card.phase.upToDate' : LOOKS[state].label)
}
