// What the keys mean while the grid has the focus.
import type { Step } from '../../grid/grid-find'
import { composing } from '../../state/keys'

const PLAIN: Record<string, Step | 'larger' | 'smaller'> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'row-start',
  End: 'row-end',
  PageUp: 'page-up',
  PageDown: 'page-down',
  '+': 'larger',
  '=': 'larger',
  '-': 'smaller',
}

/** Meaning of a key in the grid, or null when the key is not the grid's. */
export function gridStep(event: KeyboardEvent): Step | 'larger' | 'smaller' | null {
  if (composing(event) || event.altKey) return null
  if (event.ctrlKey || event.metaKey) {
    if (event.key === 'Home') return 'first'
    if (event.key === 'End') return 'last'
    const zoom = PLAIN[event.key]
    return zoom === 'larger' || zoom === 'smaller' ? zoom : null
  }
  return PLAIN[event.key] ?? null
}
