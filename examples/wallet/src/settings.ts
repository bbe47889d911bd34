/** What the gateway behind the page says of itself: over a sandbox, there is a stand-in for a wallet, and a demo key. */
export interface Settings {
  readonly sandbox: boolean
  readonly demoKey: string | null
}

export async function readSettings(): Promise<Settings> {
  try {
    const response = await fetch('/graphiql/settings.json')
    if (response.ok) return (await response.json()) as Settings
  } catch {
    // A gateway that is down, or that shows no page: nothing is known of it.
  }
  return { sandbox: false, demoKey: null }
}
