import { Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { IconPlus } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { api, failuresOf } from '../../../api.ts'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Page, PageSkeleton } from '../../../parts/page.tsx'
import { quoted } from '../../../parts/quoted.ts'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { ToneIcon } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import { RunWord, StateWord } from '../connection-words.tsx'
import { ConnectionDelete } from './connection-delete.tsx'
import { ConnectionEdit, type SetupEntry } from './connection-edit.tsx'
import { CreateWith } from './create-with.tsx'
import { NextSync } from './forecast.tsx'
import { ScheduleSheet } from './schedule.tsx'
import { splitScopes } from './scope-list.ts'
import { Auth0Guide } from './setup-guide.tsx'
import { type Connection, type Connector, SetupQuery } from './setup-query.ts'
import './setup.css'
import { TestHistory } from './test-history.tsx'

/** Setup of an integration: the form, its guide beside it, and what was tested and run with it. */
export function SetupPage(): JSX.Element {
  const { integration } = useParams({ from: '/signed-in/admin/integrations/$integration' })
  const search = useSearch({ from: '/signed-in/admin/integrations/$integration' })
  const setup = useQuery({
    queryKey: ['setup', integration],
    queryFn: async ({ signal }) => (await api(SetupQuery, { integration }, signal)).connector,
    placeholderData: keepPreviousData,
  })
  if (setup.isPending) return <PageSkeleton rows={9} />
  if (setup.data === undefined)
    return (
      <Page title="Setup">
        <FailureNote failures={failuresOf(setup.error)} retry={() => void setup.refetch()} />
      </Page>
    )
  const connector = setup.data
  if (connector === null)
    return (
      <NotFound what={`There is no integration called ${integration}.`}>
        <p>
          The{' '}
          <Link className="link" {...to.catalog()}>
            catalog
          </Link>{' '}
          lists all there are.
        </p>
      </NotFound>
    )
  if (!connector.available) return <NotAvailable connector={connector} />
  const chosen = search.new ? null : connector.connections.find(({ id }) => id === search.connection)
  if (chosen === undefined && search.connection !== undefined)
    return <NotFound what="There is no such connection (any more)." />
  const connection = chosen === undefined ? (connector.connections[0] ?? null) : chosen
  return <Setup key={connection?.id ?? 'new'} connector={connector} connection={connection} />
}

function Setup({
  connector,
  connection,
}: {
  connector: Connector
  connection: Connection | null
}): JSX.Element {
  const [saves, setSaves] = useState(0)
  // Not before what was saved is here, or the new form would start from what was there before.
  const [savedFrom, setSavedFrom] = useState<number | null>(null)
  if (savedFrom !== null && connection && connection.version > savedFrom) {
    setSavedFrom(null)
    setSaves(saves + 1)
  }
  const [entered, setEntered] = useState<SetupEntry>({ domain: '', scopes: '', publicKey: null })
  return (
    <Page
      title={connection ? connection.name : `Connect ${connector.label}`}
      tab={connection ? connection.name : `Connect ${connector.label}`}
      wide
      crumbs={[
        <Link key="all" {...to.integrations()}>
          Integrations
        </Link>,
        <span key="this">{connector.label}</span>,
      ]}
      aside={connection && <StateWord state={connection.state} />}
      actions={<Switch connector={connector} connection={connection} />}
      lead={
        connection ? (
          <LastRun integration={connector.name} connection={connection} />
        ) : (
          `${connector.summary} Four values, one test.`
        )
      }
    >
      {connection?.stateReason && (
        <div className="note" data-tone="warn" style={{ marginBottom: 16 }}>
          <ToneIcon tone="warn" size={18} />
          <div>{connection.stateReason}</div>
        </div>
      )}
      <div className="setup">
        <div className="setup-main">
          <ConnectionEdit
            key={saves}
            connector={connector}
            connection={connection}
            onScopes={setEntered}
            onSaved={setSavedFrom}
          />
        </div>
        {connector.name === 'auth0' && (
          <Auth0Guide
            domain={entered.domain}
            scopes={splitScopes(entered.scopes)}
            publicKey={entered.publicKey}
          />
        )}
        <div className="setup-rest stack-l">
          <CreateWith connector={connector} entered={entered} />
          {connection && (
            <>
              <NextSync connection={connection} />
              <ScheduleSheet integration={connector.name} connection={connection.id} />
              <TestHistory
                integration={connector.name}
                connection={connection.id}
                lastTest={connection.lastTest?.id ?? null}
              />
              <ConnectionDelete integration={connector.name} connection={connection} />
            </>
          )}
        </div>
      </div>
      <SameElsewhere
        cli={
          connection
            ? `owlie connection test ${quoted(connection.name)}`
            : `owlie connection create ${connector.name} --name Auth0 --domain tenant.us.auth0.com --client-id ID --scopes "read:users read:roles read:organizations read:organization_members" --secret-stdin`
        }
        graphql={
          connection
            ? `mutation { testConnection(input: { connectionId: "${connection.id}" }) { __typename ... on ConnectionTest { id status } ... on Refusal { failures { code remedy } } } }`
            : `query { connector(name: "${connector.name}") { fields { name label } presets { name scopes } capabilities { name scopes } } }`
        }
      />
    </Page>
  )
}

function LastRun({ integration, connection }: { integration: string; connection: Connection }): JSX.Element {
  const run = connection.activeRun ?? connection.lastRun
  if (!run) return <>Never synced.</>
  return (
    <>
      Last run:{' '}
      <Link {...to.run(integration, run.id)} className="link">
        <RunWord status={run.status} />
      </Link>
      {!connection.activeRun && connection.lastRun?.finishedAt && (
        <>
          {' '}
          <When at={connection.lastRun.finishedAt} />
        </>
      )}
    </>
  )
}

/** The way to the other connections of this connector, and to this one's runs. */
function Switch({
  connector,
  connection,
}: {
  connector: Connector
  connection: Connection | null
}): JSX.Element {
  const navigate = useNavigate()
  return (
    <>
      {connection && (
        <ButtonLink {...to.runs(connector.name, { connection: connection.id })} variant="default">
          Sync runs
        </ButtonLink>
      )}
      {connector.connections.length + (connection ? 0 : 1) > 1 && (
        <Select
          aria-label="Connection"
          w={180}
          value={connection?.id ?? 'new'}
          onChange={(id) =>
            id && void navigate(to.setup(connector.name, id === 'new' ? { new: true } : { connection: id }))
          }
          data={[
            ...connector.connections.map(({ id, name }) => ({ value: id, label: name })),
            ...(connection ? [] : [{ value: 'new', label: 'New connection' }]),
          ]}
        />
      )}
      {connection && (
        <ButtonLink
          {...to.setup(connector.name, { new: true })}
          variant="default"
          leftSection={<IconPlus size={15} />}
        >
          Another tenant
        </ButtonLink>
      )}
    </>
  )
}

function NotAvailable({ connector }: { connector: Connector }): JSX.Element {
  return (
    <Page title={connector.label}>
      <div className="sheet">
        <Empty
          title={`${connector.label} is not available yet.`}
          action={
            <ButtonLink {...to.catalog()} variant="default">
              Catalog
            </ButtonLink>
          }
        >
          <p>{connector.summary}</p>
          <p>There is nothing to set up here until it is built. Auth0 is available today.</p>
        </Empty>
      </div>
    </Page>
  )
}
