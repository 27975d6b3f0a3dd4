// The folders and how their backup stands, as the program last told.
import { call } from '../backend/client'
import type {
  ActivityView,
  MappingView,
  ProblemView,
  SyncOverview,
} from '../backend/generated/types'
import { t } from '../i18n/text.svelte'
import { baseName } from '../i18n/format'
import { announcer } from './announce.svelte'
import { toasts } from './toasts.svelte'

/** Entries of the activity list asked for at a time. */
const ACTIVITY_PAGE = 20
/** Least time between two looks at the activity list while uploads run, in milliseconds. */
const ACTIVITY_PAUSE_MS = 2_000

class Sync {
  overview = $state.raw<SyncOverview | null>(null)
  problems = $state.raw<ProblemView[] | null>(null)
  activity = $state.raw<ActivityView[] | null>(null)
  activityEnded = $state(false)
  private leaving = $state.raw<ReadonlySet<string>>(new Set())
  private activityAt = 0
  private activityTimer: ReturnType<typeof setTimeout> | null = null

  /** Folders on show: those about to be removed are gone from it already. */
  get mappings(): MappingView[] {
    return (this.overview?.mappings ?? []).filter((mapping) => !this.leaving.has(mapping.id))
  }

  async load(): Promise<void> {
    try {
      this.take(await call('sync_overview', {}))
      await Promise.all([this.loadProblems(), this.loadActivity()])
    } catch (cause) {
      toasts.fail(cause)
    }
  }

  take(overview: SyncOverview): void {
    const before = this.overview
    this.overview = overview
    if (overview.mappings.length > 0) announcer.take(overview.state)
    if (before && before.problems !== overview.problems) void this.loadProblems()
    if (before && before.filesLeft !== overview.filesLeft) this.refreshActivity()
  }

  async loadProblems(): Promise<void> {
    this.problems = await call('list_problems', {})
  }

  async loadActivity(): Promise<void> {
    this.activityAt = Date.now()
    const shown = Math.max(ACTIVITY_PAGE, this.activity?.length ?? 0)
    const list = await call('list_activity', { limit: shown })
    this.activity = list
    this.activityEnded = list.length < shown
  }

  async moreActivity(): Promise<void> {
    const before = this.activity?.at(-1)?.id
    if (before === undefined) return
    const older = await call('list_activity', { limit: ACTIVITY_PAGE, before })
    this.activity = [...(this.activity ?? []), ...older]
    this.activityEnded = older.length < ACTIVITY_PAGE
  }

  async pause(mapping: MappingView): Promise<void> {
    await this.tell(() => call('pause_mapping', { id: mapping.id }))
  }

  async resume(mapping: MappingView): Promise<void> {
    await this.tell(() => call('resume_mapping', { id: mapping.id }))
  }

  async pauseAll(): Promise<void> {
    for (const mapping of this.mappings) if (!mapping.paused) await this.pause(mapping)
  }

  async resumeAll(): Promise<void> {
    for (const mapping of this.mappings) if (mapping.paused) await this.resume(mapping)
  }

  async syncNow(id?: string): Promise<void> {
    try {
      await call('sync_now', id === undefined ? {} : { id })
    } catch (cause) {
      toasts.fail(cause)
    }
  }

  /** Takes a folder off the list at once; it is removed for good when nobody undoes it. */
  remove(mapping: MappingView): void {
    const wasPaused = mapping.paused
    this.setLeaving(mapping.id, true)
    const pausing = wasPaused ? Promise.resolve() : this.pause(mapping)
    const undo = () => {
      this.setLeaving(mapping.id, false)
      if (!wasPaused) void pausing.then(() => this.resume(mapping))
    }
    const commit = () => {
      call('remove_mapping', { id: mapping.id })
        .then(() => call('sync_overview', {}))
        .then((overview) => this.take(overview))
        .catch((cause: unknown) => toasts.fail(cause))
        .finally(() => this.setLeaving(mapping.id, false))
    }
    const title = t('card.removed', { folder: baseName(mapping.folder) })
    toasts.undo(title, t('common.undo'), undo, commit)
  }

  async retry(id: string): Promise<void> {
    await call('retry_problem', { id })
    await this.loadProblems()
  }

  /** Asks for the state again, after something was done that changes it. */
  async refresh(): Promise<void> {
    this.take(await call('sync_overview', {}))
    this.refreshActivity()
  }

  private async tell(change: () => Promise<MappingView>): Promise<void> {
    try {
      const changed = await change()
      if (!this.overview) return
      const mappings = this.overview.mappings.map((m) => (m.id === changed.id ? changed : m))
      this.overview = { ...this.overview, mappings }
    } catch (cause) {
      toasts.fail(cause)
    }
  }

  private setLeaving(id: string, leaving: boolean): void {
    const next = new Set(this.leaving)
    if (leaving) next.add(id)
    else next.delete(id)
    this.leaving = next
  }

  private refreshActivity(): void {
    if (this.activityTimer !== null) return
    const wait = Math.max(0, this.activityAt + ACTIVITY_PAUSE_MS - Date.now())
    this.activityTimer = setTimeout(() => {
      this.activityTimer = null
      this.loadActivity().catch(() => {}) // the next event asks again
    }, wait)
  }
}

export const sync = new Sync()
