import { Button, Skeleton } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { saveFile } from '../../../parts/save-file.ts'
import type { Run } from './run-query.ts'

const EvidenceQuery = graphql(`
  query RunEvidence($id: ID!) {
    syncRun(id: $id) {
      id
      statement {
        json
        text
        hash
      }
      quarantinedRecords {
        kind
        id
        reason
      }
    }
  }
`)

type Record = NonNullable<ResultOf<typeof EvidenceQuery>['syncRun']>['quarantinedRecords'][number]

/** What an ended run is worth as evidence, to take away; and the records it could not understand. */
export function RunEvidence({ run }: { run: Run }): JSX.Element {
  const found = useQuery({
    queryKey: ['run-evidence', run.id],
    queryFn: async ({ signal }) => (await api(EvidenceQuery, { id: run.id }, signal)).syncRun,
  })
  const statement = found.data?.statement ?? null
  const name = `owlie-run-${run.generation}-${run.id.slice(0, 8)}`
  const quarantined = run.kinds.reduce((sum, kind) => sum + kind.quarantined, 0)
  return (
    <>
      <Sheet
        title="Completeness statement"
        actions={
          statement && (
            <div className="row">
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconDownload size={14} />}
                onClick={() => saveFile(`${name}.md`, statement.text)}
              >
                Markdown
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconDownload size={14} />}
                onClick={() =>
                  saveFile(`${name}.json`, `{"hash":"${statement.hash}","statement":${statement.json}}\n`)
                }
              >
                JSON
              </Button>
            </div>
          )
        }
      >
        {found.error && !found.data ? (
          <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
        ) : (
          <>
            <p style={{ margin: 0 }}>
              For every kind: whether all of it was read, how that is known, and exactly what is missing. It
              was written when the run ended and never changes; the audit holds its hash.
            </p>
            {found.isPending && <Skeleton h={12} mt={12} w="60%" />}
            {statement && (
              <p className="row faint" style={{ margin: '8px 0 0', gap: 4 }}>
                <span>sha256</span>
                <code className="mono" style={{ overflowWrap: 'anywhere' }}>
                  {statement.hash}
                </code>
                <CopyButton text={statement.hash} label="Copy hash" />
              </p>
            )}
            {found.data && !statement && (
              <p className="quiet" style={{ margin: '8px 0 0' }}>
                This run ended before there were statements.
              </p>
            )}
          </>
        )}
      </Sheet>
      {quarantined > 0 && (
        <Sheet title={`Records that were not understood: ${count(quarantined)}`} flush>
          <DataTable
            caption="Records that were not understood"
            columns={columnsOf(run)}
            rows={found.data?.quarantinedRecords}
            rowKey={({ kind, id, reason }) => `${kind} ${id} ${reason}`}
            error={found.error}
            retry={() => void found.refetch()}
            skeletonRows={3}
            empty={
              <p className="quiet sheet-body" style={{ margin: 0 }}>
                Listed for the last 20 runs only; the statement keeps them.
              </p>
            }
          />
        </Sheet>
      )}
    </>
  )
}

function columnsOf(run: Run): readonly Column<Record>[] {
  return [
    {
      name: 'Kind',
      width: '22%',
      cell: ({ kind }) => run.kinds.find(({ name }) => name === kind)?.label ?? kind,
    },
    {
      name: 'Id',
      width: '34%',
      cell: ({ id }) =>
        id === null ? (
          <span className="faint">no id</span>
        ) : (
          <code className="mono" style={{ overflowWrap: 'anywhere' }}>
            {id}
          </code>
        ),
    },
    { name: 'Why', cell: ({ reason }) => reason },
  ]
}
