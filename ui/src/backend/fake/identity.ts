// A server's identity provider as the stand-in for the program knows it: the browser that is led
// there, and the identity bound to the account. Owns the commands about them.
import type { Args, CommandName, Result } from '../client'
import type { AppState, IdentityView, OpenIdPage, OpenIdStep } from '../generated/types'

type Answers<N extends CommandName> = { [K in N]: (args: Args<K>) => Result<K> }

type IdentityCommand =
  | 'begin_openid'
  | 'await_openid'
  | 'cancel_openid'
  | 'identity'
  | 'begin_identity'
  | 'unbind_identity'

const SECONDS = 600

export class FakeIdentity {
  own: IdentityView | null = null
  /** Whether the browser came back; a test says when. */
  cameBack = false

  /** `signIn` lets the device in that waited. */
  constructor(private readonly signIn: (args: Args<'begin_openid'>) => AppState) {}

  private waiting: Args<'begin_openid'> | null = null

  get waits(): boolean {
    return this.waiting !== null
  }

  readonly answers: Answers<IdentityCommand> = {
    begin_openid: (args) => {
      this.waiting = args
      return page()
    },
    await_openid: () => this.step(),
    cancel_openid: () => {
      this.waiting = null
      return null
    },
    identity: () => this.own,
    begin_identity: () => page(),
    unbind_identity: () => (this.own = null),
  }

  private step(): OpenIdStep {
    const app = this.cameBack && this.waiting ? this.signIn(this.waiting) : null
    return { done: app !== null, secondsLeft: app ? 0 : SECONDS - 10, app }
  }
}

function page(): OpenIdPage {
  const url = 'https://id.example.cn/authorize?response_type=code&client_id=albumen'
  return { url, opened: true, secondsLeft: SECONDS }
}
