import { useQuery } from '@tanstack/react-query'
import type { JSX } from 'react'
import { api } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Page, Sheet } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { Word } from '../../../parts/word.tsx'
import { AttributeOrder } from './attribute-order.tsx'
import { Matching } from './matching.tsx'

const RulesQuery = graphql(`
  query CorrelationRules {
    correlationRules {
      name
      label
      sentence
      score
      isSure
    }
  }
`)

type Rule = ResultOf<typeof RulesQuery>['correlationRules'][number]

const columns: readonly Column<Rule>[] = [
  { name: 'Rule', width: '26%', cell: ({ label }) => label },
  { name: 'What it says', cell: ({ sentence }) => <span className="quiet">{sentence}</span> },
  { name: 'Worth', numeric: true, hideBelow: 720, cell: ({ score }) => score },
  {
    name: 'Then',
    cell: ({ isSure }) => (isSure ? <Word tone="ok">Links</Word> : <Word tone="warn">Waits for review</Word>),
  },
]

/** How accounts find their identities, and whose word counts about these. */
export function IdentitySettingsPage(): JSX.Element {
  const rules = useQuery({
    queryKey: ['identity-rules'],
    queryFn: async ({ signal }) => (await api(RulesQuery, {}, signal)).correlationRules,
  })
  return (
    <Page
      title="Attributes and matching"
      lead="Whose word counts for each attribute, and how the accounts of each connection find their identities."
    >
      <div className="stack-l">
        <AttributeOrder />
        <Matching />
        <Sheet title="Rules" flush>
          <p className="quiet" style={{ margin: 0, padding: '10px 16px' }}>
            A rule that links does so only when exactly one identity matches, its account is still there, it
            is not disabled, and no employee number disagrees. Two identities are never merged by a rule.
          </p>
          <DataTable
            caption="Rules by which accounts find their identities"
            columns={columns}
            rows={rules.data}
            rowKey={({ name }) => name}
            error={rules.error}
            retry={() => void rules.refetch()}
            skeletonRows={9}
            empty={null}
          />
        </Sheet>
      </div>
      <SameElsewhere
        cli="owlie identity show ID"
        graphql="query { attributeSources { name version sources { id } } correlationRules { name score isSure sentence } }"
      />
    </Page>
  )
}
