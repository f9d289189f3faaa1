import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Page, PageSkeleton } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import { TestFields, TestReport } from './test-report.tsx'

const TestQuery = graphql(
  `
    query ConnectionTest($id: ID!) {
      connectionTest(id: $id) {
        ...TestFields
      }
    }
  `,
  [TestFields],
)

/** A test's progress and its result; while it runs it is asked for four times a second. */
export function useConnectionTest(id: string | null) {
  return useQuery({
    queryKey: ['connection-test', id],
    queryFn: async ({ signal }) => (await api(TestQuery, { id: id! }, signal)).connectionTest,
    enabled: id !== null,
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data?.status === 'running' ? 250 : false,
    refetchIntervalInBackground: true,
  })
}

/** One test's result at an address of its own. */
export function TestPage(): JSX.Element {
  const { integration, test: id } = useParams({
    from: '/signed-in/admin/integrations/$integration/tests/$test',
  })
  const found = useConnectionTest(id)
  if (found.isPending) return <PageSkeleton />
  if (found.error)
    return (
      <Page title="Connection test">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  if (!found.data) return <NotFound what="There is no such test result." />
  return (
    <Page
      title="Connection test"
      crumbs={[
        <Link key="all" {...to.integrations()}>
          Integrations
        </Link>,
        <Link
          key="setup"
          {...to.setup(integration, found.data.connectionId ? { connection: found.data.connectionId } : {})}
        >
          Setup
        </Link>,
      ]}
    >
      <TestReport test={found.data} integration={integration} />
      <SameElsewhere
        graphql={`query { connectionTest(id: "${id}") { status summary checks { name status sentence durationMs failure { code remedy } } } }`}
      />
    </Page>
  )
}
