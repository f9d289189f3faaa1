import { Button, Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDownload } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { failuresOf } from '../api.ts'
import { toCsv } from './csv.ts'
import { count, plural } from './figures.ts'
import { saveFile } from './save-file.ts'

export type Flat = Readonly<Record<string, string | number | boolean | null>>

/** Everything the filters leave, page after page, as a file. Times in it are ISO 8601 in UTC. */
export function ExportMenu({
  name,
  total,
  read,
}: {
  /** The file's name without its ending. */
  name: string
  /** How many rows it will be; undefined: not to be had yet. */
  total: number | 'unknown' | undefined
  read: (after: string | null) => Promise<{ rows: readonly Flat[]; next: string | null }>
}): JSX.Element {
  const [done, setDone] = useState<number | null>(null)
  async function run(format: 'csv' | 'json') {
    const rows: Flat[] = []
    try {
      for (let after: string | null = null; ;) {
        setDone(rows.length)
        const page = await read(after)
        rows.push(...page.rows)
        if (page.next === null) break
        after = page.next
      }
      saveFile(`${name}.${format}`, format === 'csv' ? toCsv(rows) : `${JSON.stringify(rows, null, 2)}\n`)
      notifications.show({ message: `Exported ${plural(rows.length, 'row')}.` })
    } catch (error) {
      notifications.show({ color: 'red', message: failuresOf(error)[0]?.message ?? 'The export failed.' })
    } finally {
      setDone(null)
    }
  }
  const rows = typeof total === 'number' ? plural(total, 'row') : 'all rows'
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={15} />} disabled={!total || done !== null}>
          {done === null
            ? 'Export'
            : typeof total === 'number'
              ? `${count(done)} of ${count(total)}`
              : count(done)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void run('csv')}>CSV, {rows}</Menu.Item>
        <Menu.Item onClick={() => void run('json')}>JSON, {rows}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
