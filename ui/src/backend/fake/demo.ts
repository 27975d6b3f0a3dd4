// Scenes of the stand-in, chosen in the address: ?scene=ready|onboarding|empty|revoked|signed_out
// |waiting_for_keys &locale=en|zh-CN &photos=100000 &live=1 &plain=1 &fail=command:code
// &ways=bound|only &warn=code
import type { Backend, CommandName } from '../client'
import type { AppState } from '../generated/types'
import { layoutGrid } from '../../grid/grid-core'
import { decodeIndex } from '../../grid/photo-index'
import { FakeBackend } from './fake'

const PHASES: Record<string, AppState['phase']> = {
  ready: 'ready',
  empty: 'ready',
  onboarding: 'onboarding',
  revoked: 'revoked',
  signed_out: 'signed_out',
  waiting_for_keys: 'waiting_for_keys',
}

/** One grey pixel: benches measure the grid, not the drawing of made-up landscapes. */
const DOT = 'data:image/gif;base64,R0lGODdhAQABAPAAAICAgAAAACwAAAAAAQABAAACAkQBADs='

/** Milliseconds between two made-up steps of progress. */
const STEP_MS = 500

export function demoBackend(query: string): Backend {
  const wanted = new URLSearchParams(query)
  const scene = wanted.get('scene') ?? 'ready'
  const fake = new FakeBackend({
    phase: PHASES[scene] ?? 'ready',
    locale: wanted.get('locale') === 'zh-CN' ? 'zh-CN' : 'en',
    photos: Number(wanted.get('photos') ?? 100_000),
    empty: scene === 'empty',
    latency: 40,
  })
  for (const failure of wanted.getAll('fail')) {
    const [name, code] = failure.split(':')
    if (name && code) fake.failures.set(name as CommandName | 'photo_index', code)
  }
  for (const code of wanted.getAll('warn')) fake.state.warnings.push(code)
  if (wanted.get('ways') === 'bound') fake.identity.bind()
  if (wanted.get('ways') === 'only') fake.identity.cameByIt()
  if (wanted.has('plain')) fake.thumbUrl = () => DOT
  if (wanted.has('live')) setInterval(() => progress(fake), STEP_MS)
  // For scripts that drive the demo and the benches: the way to make things happen.
  Object.assign(window, { albumenDemo: fake, albumenGrid: { decodeIndex, layoutGrid } })
  return fake
}

function progress(fake: FakeBackend): void {
  const { overview } = fake
  const speed = overview.bytesPerSecond * (0.9 + 0.2 * Math.random())
  const left = Math.max(0, overview.filesLeft - 1)
  fake.overview = {
    ...overview,
    bytesPerSecond: speed,
    speedHistory: [...overview.speedHistory.slice(1), speed],
    filesLeft: left,
    mappings: overview.mappings.map((mapping) =>
      mapping.state === 'transferring'
        ? { ...mapping, filesPending: left, filesVerified: mapping.filesVerified + 1 }
        : mapping,
    ),
  }
  fake.emit({ type: 'sync', overview: fake.overview })
}
