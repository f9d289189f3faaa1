import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../test/database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

interface Column {
  readonly name: string
  /** May be null when read; undefined: the type does not say (`unknown`, any JSON). */
  readonly nullable: boolean | undefined
  /** May be left out when a row is written. */
  readonly optional: boolean
}

describe('the tables as the code knows them', () => {
  it('are the tables there are: columns, nulls, and what may be left out', async () => {
    const inCode = tablesInCode()
    const there = await tablesThere()
    // The compiler found the types that this is about; where it does not, every column looks like `any`.
    expect(inCode.get('connection_test')).toContainEqual({
      name: 'finished_at',
      nullable: true,
      optional: true,
    })
    expect(inCode.get('connection_test')).toContainEqual({ name: 'id', nullable: false, optional: true })
    expect(inCode.get('connection_test')).toContainEqual({
      name: 'connector',
      nullable: false,
      optional: false,
    })
    for (const [table, columns] of inCode) {
      const real = new Map(there.get(table)?.map((column) => [column.name, column]))
      // What the database computes may be left out of the code.
      const expected = [...real.values()].filter(
        ({ name, computed }) => !computed || columns.some((column) => column.name === name),
      )
      expect([table, columns.map(({ name }) => name)]).toEqual([table, expected.map(({ name }) => name)])
      const wrong = columns.filter((column) => {
        const { nullable, optional } = real.get(column.name)!
        const unlikeNull = column.nullable !== undefined && column.nullable !== nullable
        return unlikeNull || (column.optional && !optional)
      })
      expect([table, wrong]).toEqual([table, []])
    }
  })
})

type RealColumn = Column & { readonly table: string; readonly computed: boolean }

async function tablesThere(): Promise<Map<string, RealColumn[]>> {
  const { rows } = await database.pool.query<RealColumn>(`
    select table_name::text as table, column_name::text as name, is_nullable = 'YES' as nullable,
      is_nullable = 'YES' or column_default is not null or is_identity = 'YES' as optional,
      is_generated = 'ALWAYS' as computed
    from information_schema.columns where table_schema = 'public'
    order by 1, column_name collate "C"`)
  return Map.groupBy(rows, (row) => row.table)
}

/** Table → its columns, as the compiler sees the `Tables` interface. */
function tablesInCode(): Map<string, Column[]> {
  const file = fileURLToPath(new URL('./tables.ts', import.meta.url))
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  })
  const checker = program.getTypeChecker()
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)
  const tables = checker.getDeclaredTypeOfSymbol(exported.find(({ name }) => name === 'Tables')!)
  const columnOf = (symbol: ts.Symbol): Column => {
    const type = checker.getTypeOfSymbol(symbol)
    const part = (name: string) => {
      const property = type.getProperty(name)
      return property && checker.getTypeOfSymbol(property)
    }
    const read = part('__select__') ?? type
    const nullable = admits(read, ts.TypeFlags.Null)
    const written = part('__insert__')
    const optional =
      written === undefined ? nullable === true : admits(written, ts.TypeFlags.Undefined) === true
    return { name: symbol.name, nullable, optional }
  }
  return new Map(
    tables.getProperties().map((table) => {
      const columns = checker.getTypeOfSymbol(table).getProperties().map(columnOf)
      return [table.name, columns.sort((a, b) => (a.name < b.name ? -1 : 1))]
    }),
  )
}

function admits(type: ts.Type, flag: ts.TypeFlags): boolean | undefined {
  // Any JSON: null may be one of its values, which says nothing about the column.
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any) || type.aliasSymbol?.name === 'Json')
    return undefined
  return (type.isUnion() ? type.types : [type]).some((each) => (each.flags & flag) !== 0)
}
