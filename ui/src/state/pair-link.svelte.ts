// A pairing link that the system handed to the program. It never acts by itself: set-up shows it
// and asks; where somebody is signed in it is only said that it is not used.

class PairLink {
  /** The latest one that nobody has looked at yet. */
  text = $state.raw<string | null>(null)

  offer(text: string): void {
    this.text = text
  }

  /** Gives it out once. */
  take(): string | null {
    const text = this.text
    this.text = null
    return text
  }
}

export const pairLink = new PairLink()
