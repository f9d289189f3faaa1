import type { RateEntry } from './rate-entry.ts'

/** What was typed and not saved, without any secret, kept for this tab until it is saved or thrown away. */
export interface Draft {
  readonly name: string | null
  readonly config: Readonly<Record<string, string>>
  readonly rate?: RateEntry
}

const keyOf = (integration: string, connection: string | null) =>
  `owlie.draft.${integration}.${connection ?? 'new'}`

export function readDraft(integration: string, connection: string | null): Draft | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(keyOf(integration, connection)) ?? 'null') as Draft | null
    return value && typeof value.config === 'object' ? value : null
  } catch {
    return null // storage that is closed or spoilt holds no draft
  }
}

export function keepDraft(integration: string, connection: string | null, draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(keyOf(integration, connection), JSON.stringify(draft))
    else sessionStorage.removeItem(keyOf(integration, connection))
  } catch {
    // Without storage the page works; only a reload loses what was typed.
  }
}
