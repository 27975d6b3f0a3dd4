// The one door to the program: typed commands, events, thumbnails, the folder dialog.
// It does not know what stands behind the door: the desktop window, or a stand-in for tests.
import type { BytesCommands, Commands } from './generated/commands'
import type { AppError, AppEvent } from './generated/types'

export type CommandName = keyof Commands
export type Args<N extends CommandName> = Commands[N]['args']
export type Result<N extends CommandName> = Commands[N]['result']

/** Edge lengths, in pixels, in which the program keeps thumbnails. */
export type ThumbSize = 256 | 1024

/** What stands behind the door. */
export interface Backend {
  call<N extends CommandName>(name: N, args: Args<N>): Promise<Result<N>>
  callBytes(name: keyof BytesCommands, args: object): Promise<ArrayBuffer>
  onEvent(listener: (event: AppEvent) => void): () => void
  /** Pairing links that the system hands over, those of before the page was there included. */
  onLink(listener: (link: string) => void): () => void
  thumbUrl(row: number, size: ThumbSize, version?: string): string
  pickFolder(): Promise<string | null>
}

let backend: Backend | null = null

function connected(): Backend {
  if (!backend) throw new Error('No backend is connected yet')
  return backend
}

/** Chooses what stands behind the door; called once by main, and by tests. */
export function connect(chosen: Backend): void {
  backend = chosen
}

/** Runs a command. Rejects with an AppError, whatever went wrong. */
export async function call<N extends CommandName>(name: N, args: Args<N>): Promise<Result<N>> {
  try {
    return await connected().call(name, args)
  } catch (cause) {
    throw toAppError(cause)
  }
}

/** Runs a command that answers with bytes. Rejects with an AppError. */
export async function callBytes(
  name: keyof BytesCommands,
  args: BytesCommands[typeof name]['args'],
): Promise<ArrayBuffer> {
  try {
    return await connected().callBytes(name, args)
  } catch (cause) {
    throw toAppError(cause)
  }
}

/** Listens to the program; the answer stops listening. */
export function onEvent(listener: (event: AppEvent) => void): () => void {
  return connected().onEvent(listener)
}

/** Listens for pairing links; the answer stops listening. */
export function onLink(listener: (link: string) => void): () => void {
  return connected().onLink(listener)
}

/** Address of a photo's thumbnail; `version` changes when the picture does. */
export function thumbUrl(row: number, size: ThumbSize, version?: string): string {
  return connected().thumbUrl(row, size, version)
}

/** Opens the system's folder dialog; null when the person closed it. */
export async function pickFolder(): Promise<string | null> {
  try {
    return await connected().pickFolder()
  } catch (cause) {
    throw toAppError(cause)
  }
}

/** Gives any thrown value the shape of an AppError. */
export function toAppError(cause: unknown): AppError {
  if (typeof cause === 'object' && cause !== null && 'code' in cause && 'message' in cause) {
    const known = cause as Partial<AppError>
    return {
      code: String(known.code),
      message: String(known.message),
      hint: known.hint ?? '',
      retry: known.retry ?? false,
      params: known.params ?? {},
    }
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  return { code: 'internal', message, hint: '', retry: true, params: { detail: message } }
}
