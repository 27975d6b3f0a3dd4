// The one list of keys: what works everywhere, and what the shortcut sheet says.
import type { Key } from '../i18n/text.svelte'
import { SCREENS, type Screen } from './router.svelte'

/** True while an input method is composing: its Enter and arrows are not ours. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

/** True when the key goes into a field. */
export function typing(event: KeyboardEvent): boolean {
  const target = event.target
  return target instanceof HTMLElement && target.closest('input, textarea, select') !== null
}

/** What a key means on every screen, or null. */
export function globalKey(event: KeyboardEvent): Screen | 'help' | 'undo' | null {
  if (composing(event) || document.querySelector('dialog[open]')) return null
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    if (event.key === 'z') return typing(event) ? null : 'undo'
    return SCREENS[Number(event.key) - 1] ?? null
  }
  return event.key === '?' && !typing(event) ? 'help' : null
}

/** Rows of the shortcut sheet. `Mod` is Ctrl, or the command key on a Mac. */
export const SHORTCUTS: readonly { keys: string[]; text: Key }[] = [
  { keys: ['Mod 1–4'], text: 'keys.screens' },
  { keys: ['?'], text: 'keys.help' },
  { keys: ['Mod Z'], text: 'keys.undo' },
  { keys: ['←', '→', '↑', '↓'], text: 'keys.move' },
  { keys: ['Home', 'End'], text: 'keys.row' },
  { keys: ['Mod Home', 'Mod End'], text: 'keys.ends' },
  { keys: ['Page Up', 'Page Down'], text: 'keys.page' },
  { keys: ['Enter'], text: 'keys.open' },
  { keys: ['I'], text: 'keys.info' },
  { keys: ['+', '−'], text: 'keys.zoom' },
  { keys: ['Esc'], text: 'keys.close' },
]

/** Writes a key as the system's keyboards do. */
export function keyLabel(keys: string, mac: boolean): string {
  return keys.replace('Mod ', mac ? '⌘' : 'Ctrl + ')
}
