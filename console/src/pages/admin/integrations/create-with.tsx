import { Tabs } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { IconChevronRight } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { plural } from '../../../parts/figures.ts'
import { Snippet } from '../../../parts/snippet.tsx'
import type { SetupEntry } from './connection-edit.tsx'
import { splitScopes } from './scope-list.ts'
import type { Connector } from './setup-query.ts'

const SnippetsQuery = graphql(`
  query SetupSnippets(
    $connector: String!
    $scopes: String!
    $domain: String!
    $authentication: ApplicationAuthentication!
    $publicKey: String
  ) {
    setupSnippets(
      connector: $connector
      scopes: $scopes
      domain: $domain
      authentication: $authentication
      publicKey: $publicKey
    ) {
      format
      label
      file
      text
      note
    }
    scopeAdvice(connector: $connector, scopes: $scopes) {
      entered
      minimal
    }
  }
`)

/** The same application made by a tool: exactly the scopes that are needed, and nothing else. */
export function CreateWith({
  connector,
  entered,
}: {
  connector: Connector
  entered: SetupEntry
}): JSX.Element {
  const [open, setOpen] = useState(false)
  return (
    <details className="picker sheet" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <IconChevronRight size={15} aria-hidden />
        Create it with…
        <span className="quiet">Auth0 CLI, Terraform or Deploy CLI</span>
      </summary>
      {open && <Snippets connector={connector} entered={entered} />}
    </details>
  )
}

function Snippets({ connector, entered }: { connector: Connector; entered: SetupEntry }): JSX.Element {
  const [{ domain, scopes, publicKey }] = useDebouncedValue(entered, 250)
  const none = splitScopes(scopes).length === 0
  const { data, error, refetch } = useQuery({
    queryKey: ['setup-snippets', connector.name, domain, scopes, publicKey],
    queryFn: async ({ signal }) =>
      api(
        SnippetsQuery,
        {
          connector: connector.name,
          scopes,
          domain: domain.trim(),
          authentication: publicKey === null ? 'secret' : 'key',
          publicKey,
        },
        signal,
      ),
    enabled: !none,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  if (none)
    return <p className="create-with quiet">Choose the scopes first; what is written here follows them.</p>
  if (error)
    return (
      <div className="create-with">
        <FailureNote failures={failuresOf(error)} retry={() => void refetch()} />
      </div>
    )
  const { minimal = [], entered: all = [] } = data?.scopeAdvice ?? {}
  const left = all.filter((scope) => !minimal.includes(scope))
  return (
    <div className="create-with">
      <p className="quiet">
        One Machine to Machine application,{' '}
        {publicKey === null ? 'with a client secret' : 'with the public key above'}, and one grant for the
        Management API with exactly {plural(minimal.length, 'scope')}
        {left.length > 0 && (
          <>
            . Left out, because nothing chosen needs it: <code className="mono">{left.join(' ')}</code>
          </>
        )}
        .
      </p>
      <Tabs defaultValue="auth0-cli" keepMounted={false}>
        <Tabs.List aria-label="Create it with">
          {data?.setupSnippets.map(({ format, label }) => (
            <Tabs.Tab key={format} value={format}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {data?.setupSnippets.map(({ format, label, file, text, note }) => (
          <Tabs.Panel key={format} value={format} pt={10}>
            <p className="quiet">
              <code className="mono">{file}</code> {note}
            </p>
            <Snippet text={text} label={`${label}: ${file}`} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  )
}
