import { FileInput } from '@mantine/core'
import { type JSX, useState } from 'react'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { ToneIcon } from '../../../parts/word.tsx'
import { readWishes, type Row } from './read-file.ts'
import { fieldsOf, targetsOf, type Wish, type WritableAction } from './wish.ts'

const shown = 50

const columnsOf = (actions: readonly WritableAction[]): readonly Column<Row>[] => [
  { name: 'Row', numeric: true, cell: ({ number }) => count(number) },
  {
    name: 'Action',
    hideBelow: 720,
    cell: ({ wish }) => actions.find(({ name }) => name === wish?.action)?.label ?? wish?.action ?? '',
  },
  {
    name: 'On',
    cell: ({ wish }) => (
      <code className="mono">{wish ? Object.values(wish.target).flat().join(', ') : ''}</code>
    ),
  },
  {
    name: 'Values, or what is wrong',
    width: '40%',
    cell: ({ wish, problems }) =>
      problems.length > 0 ? (
        <span className="word" data-tone="bad">
          <ToneIcon tone="bad" size={13} />
          {problems.join(' ')}
        </span>
      ) : (
        <span className="quiet">{Object.keys(wish?.input ?? {}).join(', ')}</span>
      ),
  },
]

/** Many wishes from a file: shown row by row before anything is planned. */
export function Bulk({
  actions,
  action,
  onWishes,
}: {
  actions: readonly WritableAction[]
  action: WritableAction | null
  onWishes: (wishes: readonly Wish[] | null) => void
}): JSX.Element {
  const [file, setFile] = useState<File | null>(null)
  const [text, setText] = useState<string | null>(null)
  const read =
    file && text !== null ? readWishes(text, /\.json$/i.test(file.name), actions, action?.name ?? null) : null
  const rows = read && 'rows' in read ? read.rows : []
  const bad = rows.filter(({ problems }) => problems.length > 0)
  const heading = action
    ? [...targetsOf(action).map(({ name }) => name), ...fieldsOf(action).map(([name]) => name)].slice(0, 6)
    : ['action', 'user']
  async function take(chosen: File | null) {
    setFile(chosen)
    const content = chosen ? await chosen.text() : null
    setText(content)
    const again =
      chosen && content !== null
        ? readWishes(content, /\.json$/i.test(chosen.name), actions, action?.name ?? null)
        : null
    const good = again && 'rows' in again && again.rows.every(({ wish }) => wish !== null)
    onWishes(good ? again.rows.flatMap(({ wish }) => (wish ? [wish] : [])) : null)
  }
  return (
    <div className="stack">
      <FileInput
        label="File"
        description={
          <>
            CSV with a heading like <code className="mono">{heading.join(',')}</code>, or a JSON list of{' '}
            <code className="mono">{'{action, target, input}'}</code>. Ids are the target’s own.
          </>
        }
        placeholder="Choose a .csv or .json file"
        accept=".csv,.json,text/csv,application/json"
        clearable
        clearButtonProps={{ 'aria-label': 'Take the file away' }}
        value={file}
        onChange={(chosen) => void take(chosen)}
      />
      {read && 'problem' in read && (
        <div className="note" data-tone="bad" role="alert">
          <ToneIcon tone="bad" size={18} />
          <div>{read.problem}</div>
        </div>
      )}
      {rows.length > 0 && (
        <>
          <p role="status">
            {plural(rows.length, 'row')}.{' '}
            {bad.length === 0
              ? 'Every row can be read; the plan says what it takes.'
              : `${plural(bad.length, 'row')} cannot be used. Mend the file and choose it again; nothing is planned until all are right.`}
          </p>
          <div className="sheet">
            <DataTable
              caption="Rows of the file"
              columns={columnsOf(actions)}
              rows={[...bad, ...rows.filter(({ problems }) => problems.length === 0)].slice(0, shown)}
              rowKey={({ number }) => String(number)}
              empty={null}
            />
          </div>
          {rows.length > shown && <p className="quiet">And {count(rows.length - shown)} more.</p>}
        </>
      )}
    </div>
  )
}
