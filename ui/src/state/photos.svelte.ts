// The index of every photo, fetched as bytes and kept outside of reactivity but for its identity.
import { callBytes, toAppError } from '../backend/client'
import type { AppError } from '../backend/generated/types'
import { decodeIndex, type PhotoIndex } from '../grid/photo-index'

/** Least time between two fetches while photos arrive, in milliseconds. */
const PAUSE_MS = 800

/** Where the grid was left: a photo and where its top stood in the window. */
export interface GridPlace {
  row: number
  offset: number
  focus: number
}

class Photos {
  /** Replaced as a whole; its columns never change. */
  index = $state.raw<PhotoIndex | null>(null)
  error = $state.raw<AppError | null>(null)
  place: GridPlace | null = null
  private fetching = false
  private again = false
  private fetchedAt = 0
  private timer: ReturnType<typeof setTimeout> | null = null

  async load(): Promise<void> {
    if (this.fetching) {
      this.again = true
      return
    }
    this.fetching = true
    try {
      this.index = decodeIndex(await callBytes('photo_index', {}))
      this.error = null
    } catch (cause) {
      this.error = toAppError(cause)
    } finally {
      this.fetching = false
      this.fetchedAt = Date.now()
    }
    if (this.again) {
      this.again = false
      this.changed()
    }
  }

  /** Photos came or went: fetch again, but not more often than people can see. */
  changed(): void {
    if (this.index === null || this.timer !== null) return
    this.timer = setTimeout(
      () => {
        this.timer = null
        void this.load()
      },
      Math.max(0, this.fetchedAt + PAUSE_MS - Date.now()),
    )
  }

  forget(): void {
    this.index = null
    this.place = null
  }
}

export const photos = new Photos()
