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
  onEvent(listener: (event: AppEvent) => void): () => void {
    let stopped = false
    let stop: (() => void) | null = null
    void listen<AppEvent>('app-event', (event) => listener(event.payload)).then((unlisten) => {
      if (stopped) unlisten()
      else stop = unlisten
    })
    return () => {
      stopped = true
      stop?.()
    }
  },
  thumbUrl(row: number, size: ThumbSize, version?: string): string {
    const url = convertFileSrc(`${row}-${size}`, 'thumb')
    return version ? `${url}?v=${encodeURIComponent(version)}` : url
  },
  pickFolder: () => invoke<string | null>('pick_folder'),
}
