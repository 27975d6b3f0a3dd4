// The devices of the account and what became of the ones being signed out.
import { call, toAppError } from '../backend/client'
import type {
  AppError,
  DeviceView,
  RevocationKind,
  RevocationReceipt,
} from '../backend/generated/types'
import { Pairing } from './pairing.svelte'

/** How the sign-out of one device stands. */
export type Revocation =
  | { step: 'asking' }
  | { step: 'done'; receipt: RevocationReceipt }
  | { step: 'failed'; error: AppError }

class Devices {
  list = $state.raw<DeviceView[] | null>(null)
  error = $state.raw<AppError | null>(null)
  /** A code that is shown, as long as it is. */
  pairing = $state.raw<Pairing | null>(null)
  /** The blocked device whose account was just allowed new ones. */
  allowed = $state<string | null>(null)
  private revocations = $state.raw<ReadonlyMap<string, Revocation>>(new Map())

  get active(): DeviceView[] {
    return (this.list ?? []).filter((device) => device.revokedAt === null)
  }

  get revoked(): DeviceView[] {
    const gone = (this.list ?? []).filter((device) => device.revokedAt !== null)
    return gone.sort((a, b) => (b.revokedAt ?? '').localeCompare(a.revokedAt ?? ''))
  }

  revocation(deviceId: string): Revocation | null {
    return this.revocations.get(deviceId) ?? null
  }

  async load(): Promise<void> {
    try {
      this.list = await call('list_devices', {})
      this.error = null
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  /** Ends a device's access. It counts as ended only once the service says so. */
  async revoke(deviceId: string, kind: RevocationKind): Promise<void> {
    this.set(deviceId, { step: 'asking' })
    try {
      const receipt = await call('revoke_device', { deviceId, kind })
      this.set(deviceId, { step: 'done', receipt })
    } catch (cause) {
      this.set(deviceId, { step: 'failed', error: toAppError(cause) })
      return
    }
    await this.load()
  }

  /** Gives a device another name; throws what the program says. */
  async rename(deviceId: string, name: string): Promise<void> {
    const named = await call('rename_device', { deviceId, name })
    this.list =
      this.list?.map((device) => (device.deviceId === deviceId ? named : device)) ?? null
  }

  /** Shows a new code. */
  add(): void {
    this.pairing = new Pairing()
    void this.pairing.begin()
  }

  /** Shows none any more; who was let in is in the list. */
  closePairing(): void {
    this.pairing?.close()
    this.pairing = null
    void this.load()
  }

  /** Ends the access of every other device of the account. */
  async revokeOthers(kind: RevocationKind): Promise<void> {
    try {
      for (const receipt of await call('revoke_others', { kind })) {
        this.set(receipt.deviceId, { step: 'done', receipt })
      }
    } catch (cause) {
      this.error = toAppError(cause)
      return
    }
    await this.load()
  }

  /** Lets the account of a blocked device add new ones again. */
  async allow(deviceId: string): Promise<void> {
    try {
      await call('allow_again', { deviceId })
      this.allowed = deviceId
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  forget(): void {
    this.pairing?.close()
    this.pairing = null
    this.allowed = null
    this.list = null
    this.error = null
    this.revocations = new Map()
  }

  private set(deviceId: string, revocation: Revocation): void {
    this.revocations = new Map(this.revocations).set(deviceId, revocation)
  }
}

export const devices = new Devices()
