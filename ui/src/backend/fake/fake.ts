// A stand-in for the program, for tests and for looking at the pages without it. It keeps its
// own small state and answers every command. It is never part of what ships.
import { encodeIndex } from '../../grid/photo-index'
import type { Args, Backend, CommandName, Result, ThumbSize } from '../client'
import type { BytesCommands } from '../generated/commands'
import type {
  AppError,
  AppEvent,
  AppState,
  IgnoreVerdict,
  JoinStep,
  MappingView,
  PairingView,
  RevocationKind,
  RevocationReceipt,
} from '../generated/types'
import * as data from './data'
import { FakeIdentity } from './identity'
import * as pairing from './pairing'
import { FakePeople } from './people'
import { fakePhotos, fakeDetail, type FakePhotos } from './photos'
import { fakePicture } from './picture'

type Handlers = { [N in CommandName]: (args: Args<N>) => Result<N> }

export interface FakeOptions {
  phase?: AppState['phase']
  locale?: AppState['locale']
  photos?: number
  /** Begins without folders. */
  empty?: boolean
  /** Milliseconds before an answer. */
  latency?: number
}

export function appError(code: string, params: Record<string, string> = {}): AppError {
  return { code, message: `Failed with ${code}`, hint: '', retry: true, params }
}

/** No rule names the path. */
function travels(path: string): IgnoreVerdict {
  const by = { source: null, line: null, pattern: null }
  return { path, mappingId: null, ignored: false, ...by }
}

export class FakeBackend implements Backend {
  /** Every command asked for, in order. */
  readonly log: { name: string; args: unknown }[] = []
  /** Codes that commands are to fail with. */
  readonly failures = new Map<CommandName | keyof BytesCommands, string>()
  state: AppState
  overview = data.overview()
  problems = data.problems()
  devices = data.devices()
  readonly people = new FakePeople()
  readonly identity = new FakeIdentity(
    ({ url, deviceName }) => this.signIn({ ...data.serverProfile, tokensUrl: url, deviceName }),
    () => this.state,
  )
  photos: FakePhotos
  pairing: PairingView = pairing.openPairing
  /** What the other device says to this one that wants in. */
  joined: PairingView['state'] = 'pending'
  private readonly linkListeners = new Set<(link: string) => void>()
  private readonly listeners = new Set<(event: AppEvent) => void>()
  private readonly latency: number
  private quiet = false

  constructor(options: FakeOptions = {}) {
    const phase = options.phase ?? 'ready'
    this.state = data.appState(phase, options.locale ?? 'en')
    this.latency = options.latency ?? 0
    this.photos = fakePhotos(options.empty ? 0 : (options.photos ?? 2_000))
    if (options.empty || phase === 'onboarding') this.clear()
  }

  async call<N extends CommandName>(name: N, args: Args<N>): Promise<Result<N>> {
    this.log.push({ name, args })
    await this.wait()
    const failure = this.failures.get(name)
    if (failure) throw appError(failure)
    const handler = this.handlers[name] as (args: Args<N>) => Result<N>
    return structuredClone(handler(args))
  }

  async callBytes(name: keyof BytesCommands): Promise<ArrayBuffer> {
    this.log.push({ name, args: {} })
    await this.wait()
    const failure = this.failures.get(name)
    if (failure) throw appError(failure)
    return encodeIndex(this.photos.index)
  }

  onEvent(listener: (event: AppEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  onLink(listener: (link: string) => void): () => void {
    this.linkListeners.add(listener)
    return () => this.linkListeners.delete(listener)
  }

  /** The system hands a link over. */
  openLink(link: string): void {
    for (const listener of this.linkListeners) listener(link)
  }

  thumbUrl(row: number, size: ThumbSize, _version?: string): string {
    return fakePicture(this.photos, row, size)
  }

  async pickFolder(): Promise<string | null> {
    return '/home/lin/Pictures/相机'
  }

  emit(event: AppEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  /** Arguments of the latest call of a command. */
  last<N extends CommandName>(name: N): Args<N> | undefined {
    return this.log.filter((call) => call.name === name).at(-1)?.args as Args<N> | undefined
  }

  private readonly handlers: Handlers = {
    app_state: () => this.state,
    set_locale: ({ locale }) => (this.state = { ...this.state, locale }),
    onboard_local: ({ deviceName }) => this.signIn({ ...data.localProfile, deviceName }),
    probe_server: ({ url, caSha256 }) => {
      if (url.includes('own-ca') && caSha256 !== data.ownCa) {
        throw appError('certificate_unknown', { url, ca_sha256: data.ownCa })
      }
      return data.probe(url)
    },
    onboard_server: ({ url, account, password, deviceName }) => {
      if (password === 'wrong') throw appError('wrong_password')
      const signedIn = { tokensUrl: url, accountName: account, deviceName }
      return this.signIn({ ...data.serverProfile, ...signedIn })
    },
    read_pair_link: ({ link }) => {
      if (this.state.phase === 'ready') throw appError('already_signed_in')
      const read = pairing.readLink(link, data.ownCa)
      if (!read) throw appError('pairing_link_invalid')
      return read
    },
    join_by_code: ({ url, code }) => {
      if (code.replace(/\D/g, '') === '00000000') throw appError('pairing_code_wrong', { url })
      return pairing.join(url)
    },
    await_join: () => this.joinStep(),
    cancel_join: () => null,
    set_up_server: (args) => this.comeByCode(args),
    join_server: (args) => this.comeByCode(args),
    sign_out: () => (this.state = { ...this.state, phase: 'signed_out' }),
    suggested_folders: () => data.suggestedFolders,
    inspect_folder: ({ path }) => data.inspect(path),
    list_spaces: () => data.spaces,
    create_space: ({ libraryId, name }) => ({ ...data.space, libraryId, name, spaceId: name }),
    list_libraries: () => data.libraries,
    adopt_library: ({ url, libraryId, name }) => {
      return { ...data.libraries[0]!, hostingUrl: url, libraryId, name }
    },
    trust_library: ({ libraryId }) => ({ ...data.libraries[0]!, libraryId }),
    rename_library: ({ name }) => ({ ...data.libraries[0]!, name }),
    remove_library: ({ libraryId }) => ({ libraryId, tokensLeft: 0 }),
    space_policy: ({ libraryId, spaceId }) => ({ ...data.policy, libraryId, spaceId }),
    set_space_policy: ({ policy }) => ({ ...policy, applied: true }),
    delete_guard: () => ({ files: 20, percent: 2, locked: false, own: false }),
    set_delete_guard: ({ files = 20, percent = 2, off }) => {
      const own = { files, percent, locked: false, own: true }
      return off ? { ...own, files: null, percent: null } : own
    },
    list_albums: () => [{ name: '2026 国庆', files: 312 }],
    preview_mapping: ({ target }) => data.previewMapping(target),
    add_mapping: (args) => this.addMapping(data.newMapping(args)),
    remove_mapping: ({ id }) => this.setMappings((list) => list.filter((m) => m.id !== id)),
    pause_mapping: ({ id }) => this.change(id, { paused: true, state: 'paused', current: [] }),
    resume_mapping: ({ id }) => this.change(id, { paused: false, state: 'scanning' }),
    ignore_text: () => ({ text: '', builtIn: ['.DS_Store'] }),
    set_ignore_text: ({ text }) => ({ text, builtIn: ['.DS_Store'] }),
    test_ignore: ({ paths }) => paths.map(travels),
    examine: () => [],
    sync_now: () => null,
    sync_to_end: () => this.overview,
    sync_overview: () => this.overview,
    list_queue: ({ limit }) => data.queue(limit),
    list_problems: ({ mappingId }) =>
      this.problems.filter((problem) => !mappingId || problem.mappingId === mappingId),
    retry_problem: ({ id }) => {
      this.problems = this.problems.filter((problem) => problem.id !== id)
      this.overview = { ...this.overview, problems: this.problems.length }
      return null
    },
    list_activity: ({ limit, before }) => (this.quiet ? [] : data.activity(limit, before)),
    photo_detail: ({ row }) => fakeDetail(this.photos, row),
    list_devices: () => this.devices,
    rename_device: ({ deviceId, name }) => {
      const before = this.devices.find((device) => device.deviceId === deviceId)
      if (!before) throw appError('bad_request')
      const named = { ...before, name }
      this.devices = this.devices.map((one) => (one.deviceId === deviceId ? named : one))
      return named
    },
    begin_pairing: () => {
      this.pairing = { ...pairing.openPairing, pairingId: `p${this.log.length}` }
      return pairing.offer(this.pairing.pairingId)
    },
    pairing_state: () => this.pairing,
    approve_pairing: () => {
      const device = { ...pairing.newDevice, name: this.pairing.device?.name ?? '' }
      this.devices = [device, ...this.devices]
      return this.stands('approved')
    },
    refuse_pairing: () => this.stands('refused'),
    revoke_device: ({ deviceId, kind }) => this.revoke(deviceId, kind ?? 'sign_out'),
    revoke_others: ({ kind }) =>
      this.devices
        .filter((device) => !device.thisDevice && device.revokedAt === null)
        .map((device) => this.revoke(device.deviceId, kind)),
    revoke_account: () => [],
    allow_again: ({ deviceId }) => data.receipt(deviceId, new Date().toISOString(), 'block'),
    rotate_secret: ({ libraryId }) => {
      const at = new Date().toISOString()
      return { libraryId, requestedAt: at, executedAt: at, confirmedAt: at, tokensDeleted: 0 }
    },
    list_audit: () => [],
    check_audit: () => data.verdict,
    export_audit: () => data.verdict,
    cut_audit: () => data.verdict,
    ...this.people.answers,
    ...this.identity.answers,
  }

  private revoke(deviceId: string, kind: RevocationKind): RevocationReceipt {
    const at = new Date().toISOString()
    this.devices = this.devices.map((device) =>
      device.deviceId === deviceId ? { ...device, revokedAt: at, revocation: kind } : device,
    )
    return data.receipt(deviceId, at, kind)
  }

  /** Another device brings the code, or the code ends otherwise. */
  stands(state: PairingView['state']): PairingView {
    const device = state === 'open' ? null : pairing.pendingDevice
    const lives = state === 'open' || state === 'pending'
    this.pairing = { ...this.pairing, state, device, secondsLeft: lives ? 540 : 0 }
    const { pairingId } = this.pairing
    this.emit({ type: 'pairing_changed', pairingId })
    return this.pairing
  }

  private joinStep(): JoinStep {
    const state = this.joined
    const app = state === 'approved' ? this.signIn(data.serverProfile) : null
    return { state, secondsLeft: state === 'pending' ? 590 : 0, app }
  }

  private signIn(profile: NonNullable<AppState['profile']>): AppState {
    this.state = { ...this.state, phase: 'ready', profile }
    return this.state
  }

  private comeByCode({ url, account, deviceName }: Args<'join_server'>): AppState {
    const accountName = account ?? 'lin'
    return this.signIn({ ...data.serverProfile, tokensUrl: url, accountName, deviceName })
  }

  private addMapping(mapping: MappingView): MappingView {
    this.setMappings((list) => [...list, mapping])
    return mapping
  }

  private change(id: string, change: Partial<MappingView>): MappingView {
    const before = this.overview.mappings.find((mapping) => mapping.id === id)
    if (!before) throw appError('bad_request')
    const after = { ...before, ...change }
    this.setMappings((list) => list.map((mapping) => (mapping.id === id ? after : mapping)))
    return after
  }

  private setMappings(change: (list: MappingView[]) => MappingView[]): null {
    this.overview = { ...this.overview, mappings: change(this.overview.mappings) }
    return null
  }

  private clear(): void {
    this.overview = data.emptyOverview()
    this.problems = []
    this.quiet = true
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.latency))
  }
}
