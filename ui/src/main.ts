// Starts the pages: connects them to the program, then draws.
import { mount } from 'svelte'
import App from './App.svelte'
import { connect, type Backend } from './backend/client'
import './styles/tokens.css'
import './styles/base.css'

/** The desktop window, or, where there is none, a stand-in; the stand-in never ships. */
async function chooseBackend(): Promise<Backend> {
  const inWindow = '__TAURI_INTERNALS__' in window
  if (import.meta.env.MODE === 'demo' || (import.meta.env.DEV && !inWindow)) {
    const { demoBackend } = await import('./backend/fake/demo')
    return demoBackend(location.search)
  }
  const { tauriBackend } = await import('./backend/tauri')
  return tauriBackend
}

const target = document.getElementById('app')
if (!target) throw new Error('The page has no place for the app')
connect(await chooseBackend())
mount(App, { target })
