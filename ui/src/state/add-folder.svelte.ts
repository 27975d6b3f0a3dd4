// The questions asked to add a folder: which one, and where its photos go. Used by onboarding
// and by the sheet on the Sync screen; it keeps the answers while people step back and forth.
import { call, pickFolder, toAppError } from '../backend/client'
import type {
  AlbumTarget,
  AppError,
  FolderPreview,
  MappingPreview,
  MappingView,
  SpaceView,
} from '../backend/generated/types'
import { baseName } from '../i18n/format'

/** Typing pauses this long, in milliseconds, before the folder or the albums are looked at. */
const TYPING_PAUSE_MS = 350

export class AddFolder {
  path = $state('')
  suggestions = $state.raw<string[]>([])
  preview = $state.raw<FolderPreview | null>(null)
  looking = $state(false)
  pathError = $state.raw<AppError | null>(null)

  spaces = $state.raw<SpaceView[] | null>(null)
  spaceId = $state('')
  kind = $state<'album' | 'per_folder'>('album')
  albumName = $state('')
  albums = $state.raw<MappingPreview | null>(null)
  checking = $state(false)
  targetError = $state.raw<AppError | null>(null)
  adding = $state(false)

  private typing: ReturnType<typeof setTimeout> | null = null
  private folderTurn = 0
  private albumTurn = 0

  get space(): SpaceView | null {
    return this.spaces?.find((space) => space.spaceId === this.spaceId) ?? null
  }

  get target(): AlbumTarget {
    if (this.space && !this.space.multiAlbum) return { kind: 'root' }
    if (this.kind === 'per_folder') return { kind: 'per_folder' }
    return { kind: 'album', name: this.albumName.trim() }
  }

  get needsName(): boolean {
    return this.target.kind === 'album' && this.albumName.trim() === ''
  }

  async start(): Promise<void> {
    try {
      this.suggestions = await call('suggested_folders', {})
    } catch {
      this.suggestions = [] // only a convenience: the field and the dialog are there
    }
    const first = this.suggestions[0]
    if (this.path === '' && first !== undefined) await this.setPath(first)
  }

  /** The path was typed: look once typing pauses. */
  typePath(path: string): void {
    this.path = path
    this.folderTurn += 1
    this.preview = null
    this.pathError = null
    this.looking = false
    this.later(() => void this.inspect())
  }

  async setPath(path: string): Promise<void> {
    this.path = path
    await this.inspect()
  }

  async choose(): Promise<void> {
    try {
      const chosen = await pickFolder()
      if (chosen !== null) await this.setPath(chosen)
    } catch (cause) {
      this.pathError = toAppError(cause)
    }
  }

  /** Looks inside the folder; an answer that comes too late is dropped. */
  async inspect(): Promise<boolean> {
    this.cancelTyping()
    const turn = ++this.folderTurn
    const path = this.path.trim()
    this.preview = null
    this.pathError = null
    this.looking = path !== ''
    if (path === '') return false
    try {
      const preview = await call('inspect_folder', { path })
      if (turn !== this.folderTurn) return false
      this.preview = preview
      this.albumName = baseName(preview.path)
      this.looking = false
      return true
    } catch (cause) {
      if (turn !== this.folderTurn) return false
      this.pathError = toAppError(cause)
      this.looking = false
      return false
    }
  }

  async loadSpaces(): Promise<void> {
    this.targetError = null
    try {
      this.spaces = (await call('list_spaces', {})).filter((space) => space.canUpload)
      if (!this.space) this.spaceId = this.spaces[0]?.spaceId ?? ''
      await this.check()
    } catch (cause) {
      this.targetError = toAppError(cause)
    }
  }

  setSpace(spaceId: string): void {
    this.spaceId = spaceId
    void this.check()
  }

  setKind(kind: 'album' | 'per_folder'): void {
    this.kind = kind
    void this.check()
  }

  typeAlbum(name: string): void {
    this.albumName = name
    this.albumTurn += 1
    this.later(() => void this.check())
  }

  /** Works out the albums that would be used; an answer that comes too late is dropped. */
  async check(): Promise<void> {
    this.cancelTyping()
    const turn = ++this.albumTurn
    const { space, preview } = this
    this.targetError = null
    if (!space || !preview || this.needsName) {
      this.albums = null
      this.checking = false
      return
    }
    this.checking = true
    try {
      const albums = await call('preview_mapping', this.args(space, preview.path))
      if (turn === this.albumTurn) this.albums = albums
    } catch (cause) {
      if (turn === this.albumTurn) {
        this.albums = null
        this.targetError = toAppError(cause)
      }
    } finally {
      if (turn === this.albumTurn) this.checking = false
    }
  }

  /** Adds the folder; null when it could not be, with the cause in `targetError`. */
  async add(): Promise<MappingView | null> {
    const { space, preview } = this
    if (!space || !preview || this.needsName || this.adding) return null
    this.cancelTyping()
    this.adding = true
    this.targetError = null
    try {
      return await call('add_mapping', this.args(space, preview.path))
    } catch (cause) {
      this.targetError = toAppError(cause)
      return null
    } finally {
      this.adding = false
    }
  }

  private args(space: SpaceView, folder: string) {
    const { libraryId, spaceId } = space
    return { folder, libraryId, spaceId, target: this.target }
  }

  private later(run: () => void): void {
    this.cancelTyping()
    this.typing = setTimeout(run, TYPING_PAUSE_MS)
  }

  private cancelTyping(): void {
    if (this.typing !== null) clearTimeout(this.typing)
    this.typing = null
  }
}
