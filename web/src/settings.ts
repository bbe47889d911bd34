/** What only the running gateway can say to this page. */
export interface Settings {
  sandbox: boolean;
  demoKey: string | null;
}

export async function readSettings(): Promise<Settings> {
  const response = await fetch("/graphiql/settings.json");
  if (!response.ok) {
    return { sandbox: false, demoKey: null };
  }
  return (await response.json()) as Settings;
}
