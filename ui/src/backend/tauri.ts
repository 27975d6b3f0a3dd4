// The desktop window behind the door. Only this file knows Tauri.
import { convertFileSrc, invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import type { BytesCommands } from './generated/commands'
import type { AppEvent } from './generated/types'
import type { Args, Backend, CommandName, Result, ThumbSize } from './client'

export const tauriBackend: Backend = {
  call<N extends CommandName>(name: N, args: Args<N>): Promise<Result<N>> {
    return invoke('call', { name, args })
  },
  callBytes(name: keyof BytesCommands, args: object): Promise<ArrayBuffer> {
    return invoke('call_bytes', { name, args })
  },
  onEvent: (listener) => hear<AppEvent>('app-event', listener, () => {}),
  onLink(listener: (link: string) => void): () => void {
    // What came before anybody listened waits in the window; an event only says that one came.
    const take = async () => {
      const link = await invoke<string | null>('take_link')
      if (link !== null) listener(link)
    }
    return hear('pair-link', () => void take(), () => void take())
  },
  thumbUrl(row: number, size: ThumbSize, version?: string): string {
    const url = convertFileSrc(`${row}-${size}`, 'thumb')
    return version ? `${url}?v=${encodeURIComponent(version)}` : url
  },
  pickFolder: () => invoke<string | null>('pick_folder'),
}

/** Listens to an event of the window; `ready` runs once nothing can be missed any more. */
function hear<T>(name: string, listener: (payload: T) => void, ready: () => void): () => void {
  let stopped = false
  let stop: (() => void) | null = null
  void listen<T>(name, (event) => listener(event.payload)).then((unlisten) => {
    if (stopped) return unlisten()
    stop = unlisten
    ready()
  })
  return () => {
    stopped = true
    stop?.()
  }
}
