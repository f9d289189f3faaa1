import { Button, Modal, NumberInput, Select } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type JSX, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { useViewer } from '../../../viewer.ts'
import { ApprovalRulesQuery, type Rule, type Ruled, SetApprovalRuleMutation } from './approval-query.ts'

/** Which operations need no person's approval, per connection: none until somebody says so. */
export function ApprovalRules(): JSX.Element {
  const mayEdit = useViewer().actions.includes('provisioning.policy')
  const [chosen, setChosen] = useState<string | null>(null)
  const [editing, setEditing] = useState<Rule | 'new' | null>(null)
  const found = useQuery({
    queryKey: ['approval-rules'],
    queryFn: async ({ signal }) => (await api(ApprovalRulesQuery, {}, signal)).connections,
  })
  const connection = found.data?.find(({ id }) => id === chosen) ?? found.data?.[0]
  const labelOf = (name: string) =>
    connection?.connector.actions.find((action) => action.name === name)?.label ?? name
  const columns: readonly Column<Rule>[] = [
    { name: 'Action', cell: ({ action }) => labelOf(action) },
    {
      name: 'Changes a day',
      cell: (rule) =>
        mayEdit ? (
          <Button
            className="guard-edit"
            size="compact-sm"
            variant="subtle"
            aria-label={`Change the rule for ${labelOf(rule.action)}: up to ${rule.most} a day`}
            onClick={() => setEditing(rule)}
          >
            {`up to ${count(rule.most)}`}
          </Button>
        ) : (
          `up to ${count(rule.most)}`
        ),
    },
    { name: 'Set by', hideBelow: 720, cell: ({ setBy }) => setBy },
    { name: 'When', hideBelow: 720, cell: ({ setAt }) => <When at={setAt} /> },
  ]
  if (found.data?.length === 0) return <></>
  return (
    <Sheet
      title="Operations that need no approval"
      flush
      actions={
        <div className="row">
          {found.data && found.data.length > 1 ? (
            <Select
              size="xs"
              aria-label="Connection of the rules"
              data={found.data.map(({ id, name }) => ({ value: id, label: name }))}
              value={connection?.id ?? null}
              onChange={setChosen}
              allowDeselect={false}
            />
          ) : (
            <span className="quiet">{connection?.name}</span>
          )}
          {mayEdit && connection && (
            <Button size="xs" variant="default" onClick={() => setEditing('new')}>
              Add a rule
            </Button>
          )}
        </div>
      }
    >
      <p className="quiet guard-lead">
        Applied without a person when every action in the plan has a rule with room left today. What takes
        something away, is above the guard or had to be planned anew always asks.
      </p>
      <DataTable
        caption="Operations that need no approval"
        columns={columns}
        rows={connection?.approvalRules}
        rowKey={({ action }) => action}
        error={found.error}
        retry={() => void found.refetch()}
        empty={<p className="quiet guard-lead">None: every operation waits for a person.</p>}
      />
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing === 'new' ? 'Needs no approval' : editing ? labelOf(editing.action) : ''}
      >
        {editing && connection && (
          <RuleForm
            connection={connection}
            rule={editing === 'new' ? null : editing}
            close={() => setEditing(null)}
          />
        )}
      </Modal>
    </Sheet>
  )
}

function RuleForm({
  connection,
  rule,
  close,
}: {
  connection: Ruled
  rule: Rule | null
  close: () => void
}): JSX.Element {
  const [action, setAction] = useState<string | null>(rule?.action ?? null)
  const [most, setMost] = useState<number | ''>(rule?.most ?? 10)
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const queries = useQueryClient()
  const taken = new Set(connection.approvalRules.map((one) => one.action))
  const offered = connection.connector.actions.filter(
    ({ name, destructive }) => !destructive && !taken.has(name),
  )
  const save = useMutation({
    mutationFn: async (given: { action: string; most: number | null }) =>
      (await api(SetApprovalRuleMutation, { connectionId: connection.id, ...given })).setApprovalRule,
    onSuccess(result) {
      if (result.__typename === 'Refusal') return setFailures(result.failures)
      void queries.invalidateQueries({ queryKey: ['approval-rules'] })
      close()
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (action && most !== '') save.mutate({ action, most })
      }}
    >
      {rule === null && (
        <Select
          label="Action"
          description="Only what gives or changes; what takes something away always asks."
          placeholder="Choose what needs no approval"
          searchable
          data={offered.map(({ name, label }) => ({ value: name, label }))}
          value={action}
          onChange={setAction}
          data-autofocus
        />
      )}
      <NumberInput
        label="Changes a day"
        description="Counted over 24 hours, all operations of this connection together. The next one asks a person."
        min={1}
        max={1000}
        allowDecimal={false}
        thousandSeparator=","
        value={most}
        onChange={(value) => setMost(value === '' ? '' : Number(value))}
      />
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        {rule && (
          <Button
            variant="default"
            loading={save.isPending}
            onClick={() => save.mutate({ action: rule.action, most: null })}
          >
            Take the rule away
          </Button>
        )}
        <Button type="submit" disabled={!action || most === ''} loading={save.isPending}>
          Save rule
        </Button>
      </div>
    </form>
  )
}
