import { Button } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { ExportMenu } from '../../../parts/export-menu.tsx'
import { LoadMore } from '../../../parts/load-more.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import type { ResultOf } from '../../../graphql.ts'
import { entryWords } from './operation-words.tsx'
import { JournalQuery, SubmitMutation, type Whole } from './operation-query.ts'

/** As many as the query asks for. */
const pageSize = 100

type Entry = NonNullable<ResultOf<typeof JournalQuery>['operation']>['journal'][number]

/** The journal, as evidence, and the way back. */
export function Record({ operation }: { operation: Whole }): JSX.Element {
  const { id } = operation
  const found = useInfiniteQuery({
    queryKey: ['operation', id, 'journal', operation.progress.done, operation.state],
    queryFn: async ({ pageParam, signal }) =>
      (await api(JournalQuery, { id, after: pageParam }, signal)).operation,
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page?.journal.length === pageSize ? page.journal.at(-1)!.seq : null),
  })
  const entries = found.data?.pages.flatMap((page) => page?.journal ?? [])
  const sentences = new Map(operation.steps.map((step) => [step.id, step.sentence]))
  const columns: readonly Column<Entry>[] = [
    { name: 'No.', numeric: true, hideBelow: 720, cell: ({ seq }) => <span className="faint">{seq}</span> },
    { name: 'When', cell: ({ at }) => <When at={at} /> },
    { name: 'What', cell: ({ entry, attempt, detail }) => entryWords(entry, attempt, detail) },
    {
      name: 'Step',
      cell: ({ stepId }) => (
        <span style={{ overflowWrap: 'anywhere' }}>{stepId ? (sentences.get(stepId) ?? '') : ''}</span>
      ),
    },
    {
      name: 'Change id',
      hideBelow: 1000,
      cell: ({ changeId }) =>
        changeId && (
          <code className="mono" title={changeId}>
            {changeId.slice(changeId.lastIndexOf(':') + 1)}
          </code>
        ),
    },
  ]
  return (
    <Sheet
      title="Journal"
      flush
      actions={
        <div className="row">
          <Undo operation={operation} inverse={found.data?.pages[0]?.inverse ?? null} />
          <ExportMenu
            name={`operation-${id.slice(0, 8)}`}
            total={found.hasNextPage ? 'unknown' : entries?.length}
            read={async (after) => {
              const page = await api(JournalQuery, { id, after: after === null ? null : Number(after) })
              const all = page.operation?.journal ?? []
              const rows = all.map(({ seq, at, entry, stepId, changeId, attempt, detail }) => ({
                ...{ seq, at, entry, changeId, attempt },
                what: entryWords(entry, attempt, detail),
                step: stepId ? (sentences.get(stepId) ?? stepId) : null,
              }))
              return { rows, next: all.length < pageSize ? null : String(all.at(-1)!.seq) }
            }}
          />
        </div>
      }
    >
      <DataTable
        caption="Journal"
        columns={columns}
        rows={entries}
        rowKey={({ seq }) => String(seq)}
        error={found.isFetchNextPageError ? null : found.error}
        retry={() => void found.refetch()}
        empty={<p className="sheet-body quiet">Nothing has been touched.</p>}
      />
      <LoadMore query={found} />
    </Sheet>
  )
}

/** Wishes the opposite as an operation of its own, with its own plan to look at. */
function Undo({
  operation,
  inverse,
}: {
  operation: Whole
  inverse: { readonly items: unknown; readonly lasting: readonly string[] } | null
}): JSX.Element | null {
  const navigate = useNavigate()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const items = Array.isArray(inverse?.items) ? inverse.items : []
  const undo = useMutation({
    mutationFn: async () =>
      (
        await api(SubmitMutation, {
          connectionId: operation.connection.id,
          items: items.map(
            ({ action, target, input }: { action: string; target: unknown; input: unknown }) => ({
              ...{ action, target, input },
            }),
          ),
          key: `undo:${operation.id}:${operation.progress.done}`,
          reason: `Takes back: ${operation.title}`,
        })
      ).submitOperation,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      void navigate(to.operation(result.id))
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  if (items.length === 0 || operation.finishedAt === null) return null
  return (
    <>
      {failures.length > 0 && <FailureNote failures={failures} />}
      <Button
        size="compact-sm"
        variant="default"
        loading={undo.isPending}
        title={
          inverse && inverse.lasting.length > 0
            ? `Stays: ${inverse.lasting.join(' ')}`
            : 'Plans the opposite.'
        }
        onClick={() => undo.mutate()}
      >
        Plan to undo it
      </Button>
    </>
  )
}
