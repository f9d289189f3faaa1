import { Button, Modal, NumberInput, Select } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { useViewer } from '../../../viewer.ts'
import './guard.css'
import { StaleDays } from './stale-days.tsx'
import { type LimitRow, LimitsQuery, metricWords, SetLimitMutation } from './guard-query.ts'

/** `over 5 % or 1,000`. */
function limitInWords({ absolute, percent }: Pick<LimitRow, 'absolute' | 'percent'>): string {
  const parts = [
    ...(percent === null ? [] : [`${percent} %`]),
    ...(absolute === null ? [] : [count(absolute)]),
  ]
  return parts.length === 0 ? 'not limited' : `over ${parts.join(' or ')}`
}

interface KindLimits {
  readonly kind: string
  readonly label: string
  readonly limits: readonly LimitRow[]
}

function byKind(rows: readonly LimitRow[]): readonly KindLimits[] {
  const kinds = [...new Set(rows.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const limits = rows.filter((row) => row.kind === kind)
    return { kind, label: limits[0]?.label ?? kind, limits }
  })
}

function LimitCell({
  row,
  mayEdit,
  edit,
}: {
  row: LimitRow
  mayEdit: boolean
  edit: () => void
}): JSX.Element {
  const words = limitInWords(row)
  const what = `${row.label}, ${metricWords[row.metric].toLowerCase()}`
  const set = row.isDefault ? '' : ' · set here'
  if (!mayEdit) return <span>{`${words}${set}`}</span>
  return (
    <Button
      className="guard-edit"
      size="compact-sm"
      variant="subtle"
      aria-label={`Change ${what}: ${words}${set}`}
      onClick={edit}
    >
      {`${words}${set}`}
    </Button>
  )
}

/** How much of each kind may happen before the guard stops it, per connection. */
export function GuardLimits(): JSX.Element {
  const viewer = useViewer()
  const mayEdit = viewer.actions.includes('guard.limit')
  const [chosen, setChosen] = useState<string | null>(null)
  const [editing, setEditing] = useState<LimitRow | null>(null)
  const found = useQuery({
    queryKey: ['guard-limits'],
    queryFn: async ({ signal }) => (await api(LimitsQuery, {}, signal)).connections,
  })
  const connection = found.data?.find(({ id }) => id === chosen) ?? found.data?.[0]
  const rows = connection && byKind(connection.guardLimits)
  const columns: readonly Column<KindLimits>[] = [
    { name: 'Kind', cell: ({ label }) => label },
    ...(['missed', 'created', 'changed'] as const).map((metric): Column<KindLimits> => ({
      name: metricWords[metric],
      ...(metric === 'missed' ? {} : { hideBelow: 720 as const }),
      cell: ({ limits }) => {
        const row = limits.find((each) => each.metric === metric)
        return row && <LimitCell row={row} mayEdit={mayEdit} edit={() => setEditing(row)} />
      },
    })),
  ]
  if (found.data?.length === 0) return <></>
  return (
    <Sheet
      title="Limits"
      flush
      actions={
        found.data && found.data.length > 1 ? (
          <Select
            size="xs"
            aria-label="Connection"
            data={found.data.map(({ id, name }) => ({ value: id, label: name }))}
            value={connection?.id ?? null}
            onChange={setChosen}
            allowDeselect={false}
          />
        ) : (
          <span className="quiet">{connection?.name}</span>
        )
      }
    >
      <p className="quiet guard-lead">
        What stops a kind, counted in each run and over 24 hours. A few objects always pass, so that one of
        ten is no alarm; an empty answer never does.
      </p>
      <DataTable
        caption="Limits of the guard"
        columns={columns}
        rows={rows}
        rowKey={({ kind }) => kind}
        error={found.error}
        retry={() => void found.refetch()}
        empty={null}
      />
      {connection && <StaleDays key={connection.id} connection={connection} mayEdit={mayEdit} />}
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing ? `${editing.label}: ${metricWords[editing.metric].toLowerCase()}` : ''}
      >
        {editing && connection && (
          <LimitForm row={editing} connectionId={connection.id} close={() => setEditing(null)} />
        )}
      </Modal>
    </Sheet>
  )
}

function LimitForm({
  row,
  connectionId,
  close,
}: {
  row: LimitRow
  connectionId: string
  close: () => void
}): JSX.Element {
  const [free, setFree] = useState<number | ''>(row.free)
  const [absolute, setAbsolute] = useState<number | ''>(row.absolute ?? '')
  const [percent, setPercent] = useState<number | ''>(row.percent ?? '')
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const queries = useQueryClient()
  const orNull = (value: number | '') => (value === '' ? null : value)
  const toNumber = (value: number | string) => (value === '' ? '' : Number(value))
  const save = useMutation({
    mutationFn: async () =>
      (
        await api(SetLimitMutation, {
          ...{ connectionId, kind: row.kind, metric: row.metric, free: free === '' ? 0 : free },
          ...{ absolute: orNull(absolute), percent: orNull(percent) },
        })
      ).setGuardLimit,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      void queries.invalidateQueries({ queryKey: ['guard-limits'] })
      close()
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <NumberInput
        label="Share, percent"
        description="Of what was there. Empty: no limit of this sort."
        min={0}
        max={100}
        decimalScale={2}
        value={percent}
        onChange={(value) => setPercent(toNumber(value))}
        data-autofocus
      />
      <NumberInput
        label="Number"
        description="Over either limit the guard stops. Empty: no limit of this sort."
        min={0}
        thousandSeparator=","
        value={absolute}
        onChange={(value) => setAbsolute(toNumber(value))}
      />
      <NumberInput
        label="Always allowed"
        description="So few are never too many, whatever share they are."
        min={0}
        value={free}
        onChange={(value) => setFree(toNumber(value))}
      />
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Keep as it is
        </Button>
        <Button type="submit" loading={save.isPending}>
          Save limit
        </Button>
      </div>
    </form>
  )
}
