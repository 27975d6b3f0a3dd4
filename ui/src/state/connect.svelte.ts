// The first question: keep photos on this computer or on a server, and the sign-in to it, by a
// password or by a code of another device.
import { call, toAppError } from '../backend/client'
import type { AppError, AppState, ServerView } from '../backend/generated/types'
import { Join } from './join.svelte'
import { OpenId } from './openid.svelte'

/** Typing pauses this long, in milliseconds, before the address is tried. */
const PROBE_PAUSE_MS = 500

export type Place = 'local' | 'server' | 'pair'
export type ConnectField = 'address' | 'account' | 'password' | 'code' | 'device'

export class Connect {
  place = $state<Place>('local')
  address = $state('')
  account = $state('')
  password = $state('')
  link = $state('')
  code = $state('')
  deviceName = $state('')
  /** Coming in by a code or a link. */
  readonly join = new Join()
  /** Coming in by the server's identity provider. */
  readonly openid = new OpenId()
  server = $state.raw<ServerView | null>(null)
  probing = $state(false)
  probeError = $state.raw<AppError | null>(null)
  /** The authority that somebody compared and trusts at this address. */
  private trusted: string | null = null
  connecting = $state(false)
  error = $state.raw<AppError | null>(null)
  missing = $state<ConnectField | null>(null)

  private typing: ReturnType<typeof setTimeout> | null = null
  private turn = 0

  /** Begins with what is known already, as after a sign-out. */
  constructor(state: AppState | null) {
    const profile = state?.profile
    this.deviceName = profile?.deviceName ?? state?.defaultDeviceName ?? ''
    if (profile?.kind === 'server') {
      this.place = 'server'
      this.address = profile.tokensUrl
      this.account = profile.accountName
    }
  }

  /** A link that is typed or pasted has to be read, and said yes to, anew. */
  typeLink(link: string): void {
    this.link = link
    this.join.link = null
    this.join.error = null
  }

  /** A link that the system handed over: shown, and nothing more. */
  async openLink(link: string): Promise<void> {
    this.place = 'pair'
    this.typeLink(link)
    await this.join.read(link)
  }

  typeAddress(address: string): void {
    this.address = address
    this.turn += 1
    this.server = null
    this.probeError = null
    this.probing = false
    this.trusted = null
    if (this.typing !== null) clearTimeout(this.typing)
    this.typing = setTimeout(() => void this.probe(), PROBE_PAUSE_MS)
  }

  /** Tries the address; an answer that comes too late is dropped. */
  async probe(): Promise<void> {
    const turn = ++this.turn
    const url = this.address.trim()
    this.server = null
    this.probeError = null
    this.probing = url !== ''
    if (url === '') return
    try {
      const server = await call('probe_server', { url, ...this.authority() })
      if (turn === this.turn) this.server = server
    } catch (cause) {
      if (turn === this.turn) this.probeError = toAppError(cause)
    } finally {
      if (turn === this.turn) this.probing = false
    }
  }

  /** The fingerprint of the authority that the server showed and nobody here knows, if it did. */
  get unknownCa(): string | null {
    const { probeError } = this
    return probeError?.code === 'certificate_unknown' ? (probeError.params.ca_sha256 ?? null) : null
  }

  /** Trusts it, as somebody who compared it says, and tries again. */
  async trustCa(): Promise<void> {
    this.trusted = this.unknownCa
    await this.probe()
  }

  private authority(): { caSha256?: string } {
    return this.trusted === null ? {} : { caSha256: this.trusted }
  }

  /** The first answer that is missing. */
  private firstMissing(): ConnectField | null {
    if (this.place === 'server') {
      if (this.address.trim() === '') return 'address'
      if (this.account.trim() === '') return 'account'
      if (this.password === '') return 'password'
    }
    if (this.place === 'pair' && this.link.trim() === '') {
      if (this.address.trim() === '') return 'address'
      if (!/^(\s*\d[\s-]*){8}$/.test(this.code)) return 'code'
    }
    return this.deviceName.trim() === '' ? 'device' : null
  }

  /** Reads a link first, for a person to look at; the second time asks to be let in. */
  private async pair(deviceName: string): Promise<AppState | null> {
    const { join, link } = this
    if (join.busy) return null
    if (link.trim() === '') {
      const at = { url: this.server?.url ?? this.address.trim(), code: this.code.trim() }
      return join.byCode({ ...at, ...this.authority() }, deviceName)
    }
    if (join.link) return join.byLink(deviceName)
    await join.read(link.trim())
    return null
  }

  /** The name of the provider that the server lets people sign in by, if it has one. */
  get provider(): string | null {
    return this.place === 'server' ? (this.server?.openid ?? null) : null
  }

  /** Signs in by it; null when it could not be, with the cause in `missing` or `openid.error`. */
  async byProvider(): Promise<AppState | null> {
    this.error = null
    const deviceName = this.deviceName.trim()
    this.missing = deviceName === '' ? 'device' : null
    if (!this.server || this.missing !== null || this.connecting) return null
    return this.openid.signIn({ url: this.server.url, deviceName, ...this.authority() })
  }

  /** Signs in; null when it could not be, with the cause in `missing` or `error`. */
  async submit(): Promise<AppState | null> {
    this.error = null
    this.missing = this.firstMissing()
    if (this.missing !== null || this.connecting) return null
    if (this.place === 'pair') return this.pair(this.deviceName.trim())
    this.connecting = true
    const deviceName = this.deviceName.trim()
    try {
      if (this.place === 'local') return await call('onboard_local', { deviceName })
      const url = this.server?.url ?? this.address.trim()
      const account = this.account.trim()
      const { password } = this
      return await call('onboard_server', {
        url,
        account,
        password,
        deviceName,
        ...this.authority(),
      })
    } catch (cause) {
      this.error = toAppError(cause)
      return null
    } finally {
      this.connecting = false
      this.password = this.error ? this.password : ''
    }
  }
}
