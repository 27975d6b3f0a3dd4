// The devices of the account and what became of the ones being signed out.
import { call, toAppError } from '../backend/client'
import type { AppError, DeviceView, RevocationReceipt } from '../backend/generated/types'
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

  /** Signs a device out. It counts as signed out only once the service says so. */
  async revoke(deviceId: string): Promise<void> {
    this.set(deviceId, { step: 'asking' })
    try {
      const receipt = await call('revoke_device', { deviceId })
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

  forget(): void {
    this.pairing?.close()
    this.pairing = null
    this.list = null
    this.error = null
    this.revocations = new Map()
  }

  private set(deviceId: string, revocation: Revocation): void {
    this.revocations = new Map(this.revocations).set(deviceId, revocation)
  }
}

export const devices = new Devices()
