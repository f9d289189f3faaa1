import type { Check, Connector, Session, TestListener } from '@owlie/connector-kit'

/** What a test of the scripted connector does, instead of talking to a target. */
export type Script = (session: Session, listen: TestListener) => Promise<readonly Check[]>

export const passedRow = (name: string): Check => ({
  name,
  label: `Row ${name}`,
  status: 'passed',
  sentence: `${name} is fine.`,
  durationMs: 1,
})

export const runningRow = (name: string): Check => ({
  name,
  label: `Row ${name}`,
  status: 'running',
  sentence: '',
  durationMs: null,
})

/** A connector of our own, for what a well-behaved one never does: hang, throw, talk after the end. */
export function scriptedConnector(script: Script): Connector {
  const text = { input: 'text', required: true, hint: '' } as const
  return {
    manifest: {
      name: 'scripted',
      label: 'Scripted',
      summary: 'For tests.',
      fields: [
        { name: 'domain', label: 'Domain', ...text, bindsSecrets: true },
        { name: 'clientId', label: 'Client ID', ...text, bindsSecrets: true },
        { name: 'clientSecret', label: 'Client Secret', ...text, input: 'secret' },
        { name: 'note', label: 'Note', ...text, required: false },
      ],
      kinds: [],
      capabilities: [],
      presets: [],
    },
    hosts: ['auth0.com'],
    route: (method) => method,
    checkConfig: (config) => ({
      config: Object.fromEntries(Object.entries(config).map(([name, value]) => [name, value.trim()])),
      failures: [],
    }),
    adviseScopes: () => ({
      entered: [],
      unknown: [],
      neverNeeded: [],
      dangerous: [],
      capabilities: [],
      minimal: [],
      missing: [],
    }),
    test: (session, listen) => script(session, listen ?? (() => {})),
    grantedScopes: async () => ({ scopes: ['read:all'] }),
    read: {},
  }
}
