// A server's identity provider as the stand-in for the program knows it: the browser that is led
// there, and the ways into the account. Owns the commands about them.
import type { Args, CommandName, Result } from '../client'
import type { AppState, OpenIdPage, OpenIdStep, WaysIn } from '../generated/types'
import { appError } from './fake'

type Answers<N extends CommandName> = { [K in N]: (args: Args<K>) => Result<K> }

type IdentityCommand =
  | 'begin_openid'
  | 'await_openid'
  | 'cancel_openid'
  | 'identity'
  | 'begin_identity'
  | 'unbind_identity'
  | 'begin_first_password'

const SECONDS = 600

/** Someone's identity, as the provider knows it. */
const OWN = {
  issuer: 'https://id.example.cn',
  subject: 'lin@id.example.cn',
  boundAt: '2026-10-03T08:30:00Z',
}

export class FakeIdentity {
  ways: WaysIn = { identity: null, identityOpens: false, provider: 'Home ID', hasPassword: true }
  /** Whether the browser came back; a test says when. */
  cameBack = false
  /** What happens once it did; null while nothing is under way. */
  private end: (() => AppState) | null = null

  /** `signIn` lets the device in that waited; `now` is the state as it is. */
  constructor(
    private readonly signIn: (args: Args<'begin_openid'>) => AppState,
    private readonly now: () => AppState,
  ) {}

  get waits(): boolean {
    return this.end !== null
  }

  /** Somebody whose account was made by the identity. */
  cameByIt(): void {
    this.bind()
    this.ways = { ...this.ways, hasPassword: false }
  }

  bind(): void {
    this.ways = { ...this.ways, identity: OWN, identityOpens: true }
  }

  readonly answers: Answers<IdentityCommand> = {
    begin_openid: (args) => this.lead(() => this.signIn(args)),
    await_openid: () => this.step(),
    cancel_openid: () => {
      this.end = null
      return null
    },
    identity: () => this.ways,
    begin_identity: ({ password }) => {
      this.prove(password)
      return this.lead(() => {
        this.bind()
        return this.now()
      })
    },
    unbind_identity: ({ password }) => {
      if (!this.ways.hasPassword) throw appError('last_way_in')
      this.prove(password)
      return (this.ways = { ...this.ways, identity: null, identityOpens: false })
    },
    begin_first_password: ({ password }) => {
      if (password.length < 8) throw appError('account_unsuitable')
      return this.lead(() => {
        this.ways = { ...this.ways, hasPassword: true }
        return this.now()
      })
    },
  }

  private prove(password: string): void {
    if (password === 'wrong') throw appError('wrong_password')
  }

  private lead(end: () => AppState): OpenIdPage {
    this.end = end
    const url = 'https://id.example.cn/authorize?response_type=code&client_id=albumen'
    return { url, opened: true, secondsLeft: SECONDS }
  }

  private step(): OpenIdStep {
    if (!this.cameBack || !this.end) return { done: false, secondsLeft: SECONDS - 10, app: null }
    const app = this.end()
    this.end = null
    return { done: true, secondsLeft: 0, app }
  }
}
