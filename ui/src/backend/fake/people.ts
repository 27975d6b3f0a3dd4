// People as the stand-in for the program knows them: those who have an account, open invitations,
// and one's own second factor. Owns the commands about them.
import type { Args, CommandName, Result } from '../client'
import type { InvitationView, PersonView, Role } from '../generated/types'

type Answers<N extends CommandName> = { [K in N]: (args: Args<K>) => Result<K> }

type PeopleCommand =
  | 'list_people'
  | 'change_role'
  | 'change_person'
  | 'list_invitations'
  | 'invite_person'
  | 'withdraw_invitation'
  | 'registration'
  | 'set_registration'
  | 'second_factor'
  | 'begin_second_factor'
  | 'confirm_second_factor'
  | 'end_second_factor'

const WEEK_MS = 7 * 86_400_000

export class FakePeople {
  people: PersonView[] = [
    person('a1', 'lin', 'owner'),
    person('a2', '王小明', 'member'),
    { ...person('a3', 'Eva', 'viewer'), state: 'disabled' },
  ]
  invitations: InvitationView[] = []
  openAs: Role | null = null
  on = false

  readonly answers: Answers<PeopleCommand> = {
    list_people: () => this.people,
    change_role: ({ accountId, role }) => {
      this.change(accountId, { role })
      return null
    },
    change_person: ({ accountId, change }) => {
      if (change === 'reset_second_factor') return this.change(accountId, { secondFactor: false })
      const states = { disable: 'disabled', enable: 'active', remove: 'removed' } as const
      return this.change(accountId, { state: states[change] })
    },
    list_invitations: () => this.invitations,
    invite_person: ({ role, name }) => {
      const expiresAt = new Date(Date.now() + WEEK_MS).toISOString()
      const id = `i${this.invitations.length + 1}`
      const invitation = { id, name: name ?? null, role, expiresAt }
      this.invitations = [...this.invitations, invitation]
      return { invitation, code: 'a4dq-obyh-a4dq-obyh', url: 'https://photos.example.cn' }
    },
    withdraw_invitation: ({ id }) => {
      this.invitations = this.invitations.filter((invitation) => invitation.id !== id)
      return this.invitations
    },
    registration: () => ({ openAs: this.openAs }),
    set_registration: ({ openAs }) => ({ openAs: (this.openAs = openAs ?? null) }),
    second_factor: () => this.secondFactor(),
    begin_second_factor: () => ({ uri: 'otpauth://totp/Albumen:lin?secret=GEZDGNBVGY3TQOJQ' }),
    confirm_second_factor: () => {
      this.on = true
      return { codes: ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh'] }
    },
    end_second_factor: () => {
      this.on = false
      return this.secondFactor()
    },
  }

  private secondFactor() {
    return { on: this.on, recoveryCodesLeft: this.on ? 2 : 0 }
  }

  private change(accountId: string, change: Partial<PersonView>): PersonView {
    this.people = this.people.map((one) =>
      one.accountId === accountId ? { ...one, ...change } : one,
    )
    const found = this.people.find((one) => one.accountId === accountId)
    if (!found) throw new Error(`No such account: ${accountId}`)
    return found
  }
}

function person(accountId: string, name: string, role: Role): PersonView {
  const createdAt = '2026-05-01T08:00:00.000Z'
  const state = 'active'
  return { accountId, name, role, state, createdAt, secondFactor: false, identity: null }
}
