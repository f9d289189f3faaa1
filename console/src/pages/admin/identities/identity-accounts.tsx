import { Button, Menu, Modal } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { Word } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { AccountWords } from '../accounts.tsx'
import { MarkMutation, UnlinkMutation, useDecision } from './identity-query.ts'
import { ruleWords } from './identity-words.tsx'
import { LinkAccount } from './merge.tsx'
import type { IdentityOnPage } from './identity.tsx'

type Row = IdentityOnPage['accounts'][number]

const columns: readonly Column<Row>[] = [
  {
    name: 'Account',
    width: '32%',
    cell: ({ account, nature }) => (
      <>
        <Link {...to.account(account.id)} className="strong-link">
          {account.displayName}
        </Link>{' '}
        {nature === 'service' && <Word tone="info">Service</Word>}
        <div className="faint">{account.email ?? account.externalId}</div>
      </>
    ),
  },
  { name: 'System', cell: ({ account }) => account.connection.name },
  { name: 'Status', hideBelow: 720, cell: ({ account }) => <AccountWords {...account} /> },
  {
    name: 'Why it is here',
    hideBelow: 720,
    cell: ({ origin, rule, evidence, decidedAt, decidedBy }) => (
      <>
        {origin === 'manual' ? `${decidedBy} said so` : `By rule: ${ruleWords(rule ?? '')}`}
        {evidence.length > 0 && <span className="mono faint"> {evidence[0]?.value}</span>}
        <div className="faint">
          <When at={decidedAt} />
        </div>
      </>
    ),
  },
  { name: 'Holds', numeric: true, hideBelow: 1000, cell: ({ account }) => count(account.grantCount) },
]

export function IdentityAccounts({ identity }: { identity: IdentityOnPage }): JSX.Element {
  const may = useViewer().actions.includes('identity.write')
  const { decide, failures } = useDecision()
  const [moving, setMoving] = useState<Row | null>(null)
  const unlink = ({ account }: Row) =>
    decide.mutate({
      said: `${account.displayName} belongs to nobody now.`,
      send: async () =>
        (await api(UnlinkMutation, { accountId: account.id, identityId: identity.id })).unlinkAccount,
    })
  const mark = ({ account, nature }: Row) => {
    const next = nature === 'service' ? 'personal' : 'service'
    decide.mutate({
      said: `${account.displayName} is marked as a ${next === 'service' ? 'service' : 'personal'} account.`,
      send: async () => (await api(MarkMutation, { accountId: account.id, nature: next })).markAccount,
    })
  }
  const act: Column<Row> = {
    name: 'Change',
    cell: (row) => (
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="compact-sm" variant="default" aria-label={`Change ${row.account.displayName}`}>
            <IconDots size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setMoving(row)}>Move to another identity</Menu.Item>
          <Menu.Item onClick={() => unlink(row)}>Take it away: belongs to nobody here</Menu.Item>
          <Menu.Item onClick={() => mark(row)}>
            {row.nature === 'service' ? 'It is a personal account' : 'It is a service account'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    ),
  }
  return (
    <Sheet
      title={`${count(identity.accounts.length)} ${identity.accounts.length === 1 ? 'account' : 'accounts'}`}
      flush
    >
      {failures.length > 0 && (
        <div className="sheet-body">
          <FailureNote failures={failures} />
        </div>
      )}
      <DataTable
        caption="Accounts of this identity"
        columns={may ? [...columns, act] : columns}
        rows={identity.accounts}
        rowKey={({ account }) => account.id}
        empty={
          <Empty title="No account.">
            <p>
              {identity.mergedInto
                ? 'Its accounts went to the identity it was merged into.'
                : 'Accounts that match it are linked after the next sync, or link one from the list of accounts without identity.'}
            </p>
          </Empty>
        }
      />
      <Modal
        opened={moving !== null}
        onClose={() => setMoving(null)}
        title={`Move ${moving?.account.displayName ?? ''}`}
        size="lg"
      >
        {moving && <LinkAccount account={moving.account} from={identity} close={() => setMoving(null)} />}
      </Modal>
    </Sheet>
  )
}
