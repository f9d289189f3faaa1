import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql } from '../../../graphql.ts'
import { to } from '../../../path-builder.ts'
import type { ConnectionForm } from './connection-form.ts'
import { keepDraft } from './draft.ts'
import { ConnectionFields, type Connection, type Connector } from './setup-query.ts'
import { TestFields } from './test-report.tsx'
import { useConnectionTest } from './test.tsx'
import { StartMutation } from './start-run.tsx'

const StartTestMutation = graphql(
  `
    mutation StartTest($input: TestConnectionInput!) {
      testConnection(input: $input) {
        __typename
        ...RefusalFields
        ...TestFields
      }
    }
  `,
  [RefusalFields, TestFields],
)

const ReplaceMutation = graphql(
  `
    mutation ReplaceCredential($input: ReplaceCredentialInput!) {
      replaceCredential(input: $input) {
        __typename
        ...RefusalFields
        ...TestFields
      }
    }
  `,
  [RefusalFields, TestFields],
)

const CancelTestMutation = graphql(
  `
    mutation CancelTest($id: ID!) {
      cancelConnectionTest(id: $id) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

const CreateMutation = graphql(
  `
    mutation CreateConnection($input: CreateConnectionInput!) {
      createConnection(input: $input) {
        __typename
        ...RefusalFields
        ...ConnectionFields
      }
    }
  `,
  [RefusalFields, ConnectionFields],
)

const UpdateMutation = graphql(
  `
    mutation UpdateConnection($input: UpdateConnectionInput!) {
      updateConnection(input: $input) {
        __typename
        ...RefusalFields
        ...ConnectionFields
      }
    }
  `,
  [RefusalFields, ConnectionFields],
)

/** A refusal as a thrown value, so that every mutation fails in one way. */
class Refused extends Error {
  readonly failures: readonly Failure[]
  constructor(failures: readonly Failure[]) {
    super(failures[0]?.message ?? 'Refused')
    this.failures = failures
  }
}

/** What can be done with the form: test what stands in it, save it, run a sync. */
export function useConnectionWork(
  connector: Connector,
  connection: Connection | null,
  form: ConnectionForm,
  onSaved: (from: number | null) => void,
) {
  const [tested, setTested] = useState<{ id: string; fingerprint: string } | null>(null)
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const queries = useQueryClient()
  const navigate = useNavigate()
  const polled = useConnectionTest(tested?.id ?? null)
  const report = (tested ? polled.data : connection?.lastTest) ?? null
  const outdated = report !== null && (tested ? tested.fingerprint !== form.fingerprint : form.untested)
  const standardName = useStandardName(connector, form)

  // A test of saved values can make the connection ready, or take that away; one of a new credential can put it in use,
  // and the form then starts anew from there.
  const ended = tested !== null && report !== null && report.status !== 'running'
  const replaced = ended ? report.checks.find(({ name }) => name === 'replacement') : undefined
  const inUse = replaced?.status === 'passed'
  const onInUse = useEffectEvent(() => {
    notifications.show({ message: replaced?.sentence })
    onSaved(form.version)
  })
  useEffect(() => {
    if (!ended) return
    void queries.invalidateQueries({ queryKey: ['setup', connector.name] }).then(() => inUse && onInUse())
  }, [ended, inUse, report?.id, queries, connector.name])

  function fail(error: unknown) {
    const rest = form.showProblems(error instanceof Refused ? error.failures : failuresOf(error))
    setFailures(rest)
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>('.setup-fields [aria-invalid="true"]')?.focus(),
    )
  }

  const test = useMutation({
    mutationFn: async () => {
      setFailures([])
      const fingerprint = form.fingerprint
      const entered = form.entered()
      const { testConnection: result } = await api(StartTestMutation, {
        input: {
          ...(connection ? { connectionId: connection.id } : { connector: connector.name }),
          config: [...entered.config],
          secrets: [...entered.secrets],
          keyId: entered.keyId,
        },
      })
      if (result.__typename === 'Refusal') throw new Refused(result.failures)
      form.showProblems([])
      queries.setQueryData(['connection-test', result.id], result)
      setTested({ id: result.id, fingerprint })
    },
    onError: fail,
  })

  /** One step: test the new credential, and only when it works use it instead of the old one. */
  const replace = useMutation({
    mutationFn: async () => {
      setFailures([])
      const { secrets, keyId } = form.entered()
      const input = { connectionId: connection!.id, secrets: [...secrets], keyId }
      const { replaceCredential: result } = await api(ReplaceMutation, { input })
      if (result.__typename === 'Refusal') throw new Refused(result.failures)
      form.showProblems([])
      queries.setQueryData(['connection-test', result.id], result)
      setTested({ id: result.id, fingerprint: form.fingerprint })
    },
    onError: fail,
  })

  const cancel = useMutation({
    mutationFn: async (id: string) => api(CancelTestMutation, { id }),
    onSettled: () => void polled.refetch(),
  })

  const save = useMutation({
    mutationFn: async (andSync: boolean) => {
      setFailures([])
      const kept = await store(
        connector,
        connection,
        form,
        standardName,
        outdated ? null : (report?.id ?? null),
      )
      keepDraft(connector.name, connection?.id ?? null, null)
      const run = andSync ? await sync(kept.id) : null
      return { kept, run }
    },
    async onSuccess({ kept, run }) {
      await queries.invalidateQueries({ queryKey: ['setup', connector.name] })
      void queries.invalidateQueries({ queryKey: ['connection-names'] })
      if (run) return navigate({ ...to.run(connector.name, run), ignoreBlocker: true })
      if (kept.version !== form.version) onSaved(form.version)
      const incomplete = kept.state === 'incomplete'
      notifications.show({
        title: 'Saved',
        message: incomplete
          ? (kept.stateReason ?? 'The connection is incomplete.')
          : `${kept.name} is ready.`,
      })
      await navigate({
        ...to.setup(connector.name, { connection: kept.id }),
        replace: true,
        ignoreBlocker: true,
      })
    },
    onError: fail,
  })

  const startSync = useMutation({
    mutationFn: async () => sync(connection!.id),
    onSuccess: (run) => navigate({ ...to.run(connector.name, run), ignoreBlocker: true }),
    onError: fail,
  })

  return {
    report,
    outdated,
    failures,
    standardName,
    /** True when the report is of a test started on this page. */
    testedHere: tested !== null,
    testing: test.isPending || replace.isPending || report?.status === 'running',
    succeeded: !outdated && (report?.status === 'passed' || report?.status === 'warning'),
    saving: save.isPending,
    starting: startSync.isPending,
    test: () => test.mutate(),
    replace: () => replace.mutate(),
    cancel: () => report && cancel.mutate(report.id),
    save: (andSync: boolean) => save.mutate(andSync),
    sync: () => startSync.mutate(),
  }
}

export type ConnectionWork = ReturnType<typeof useConnectionWork>

async function store(
  connector: Connector,
  connection: Connection | null,
  form: ConnectionForm,
  standardName: string,
  testId: string | null,
) {
  const entered = form.entered()
  const config = [...entered.config]
  const secrets = [...entered.secrets]
  const { keyId, rate } = entered
  const name = (form.name ?? standardName).trim()
  const result = connection
    ? (
        await api(UpdateMutation, {
          input: {
            id: connection.id,
            version: form.version ?? connection.version,
            name,
            config,
            secrets,
            keyId,
            testId,
            ...rate,
          },
        })
      ).updateConnection
    : (
        await api(CreateMutation, {
          input: { connector: connector.name, name, config, secrets, keyId, testId, ...rate },
        })
      ).createConnection
  if (result.__typename === 'Refusal') throw new Refused(result.failures)
  return result
}

async function sync(connectionId: string): Promise<string> {
  const { startSync } = await api(StartMutation, { connectionId, mode: 'full' })
  if (startSync.__typename === 'Refusal') throw new Refused(startSync.failures)
  return startSync.id
}

/** `Auth0`; when that is taken, with the tenant: `Auth0 tenant`. */
function useStandardName(connector: Connector, form: ConnectionForm): string {
  const taken = new Set(connector.connections.map(({ name }) => name))
  if (!taken.has(connector.label)) return connector.label
  const tenant = (form.config['domain'] ?? '').split(/[.:]/)[0]
  const candidates = [
    tenant ? `${connector.label} ${tenant}` : null,
    `${connector.label} 2`,
    `${connector.label} 3`,
  ]
  return (
    candidates.find((name) => name !== null && !taken.has(name)) ?? `${connector.label} ${taken.size + 1}`
  )
}
