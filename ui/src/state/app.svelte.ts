// Who is signed in, in which language, and what the program wants said: one value of the program.
import { call, toAppError } from '../backend/client'
import type { AppError, AppState, Locale } from '../backend/generated/types'
import { setLocale } from '../i18n/text.svelte'

class App {
  state = $state.raw<AppState | null>(null)
  error = $state.raw<AppError | null>(null)

  async load(): Promise<void> {
    this.error = null
    try {
      this.take(await call('app_state', {}))
    } catch (cause) {
      this.error = toAppError(cause)
    }
  }

  take(state: AppState): void {
    this.state = state
    setLocale(state.locale)
    document.documentElement.dataset.os = state.os
  }

  async setLocale(locale: Locale): Promise<void> {
    setLocale(locale)
    this.take(await call('set_locale', { locale }))
  }

  async signOut(): Promise<void> {
    this.take(await call('sign_out', {}))
  }
}

export const app = new App()
