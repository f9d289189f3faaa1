import { useEffect } from 'react'

const dots = { running: '#0f7a89', waiting: '#7d5bc8', ok: '#2a8f52', failed: '#cf3d34' } as const

export type TabState = keyof typeof dots

/** Shows a state in the tab: its title and a dot on the owl. Both go back when the page is left. */
export function useTabState(title: string, state: TabState | null): void {
  useEffect(() => {
    document.title = `${title} · Owlie`
  }, [title])
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    if (!icon || !state) return
    icon.href = `data:image/svg+xml,${encodeURIComponent(drawing(dots[state]))}`
    return () => {
      icon.href = '/owl.svg'
    }
  }, [state])
}

function drawing(dot: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M5 3.5c3 .3 5 1.3 6.2 2.3a15 15 0 0 1 9.6 0C22 4.8 24 3.8 27 3.5c.6 2.9.5 5.2-.3 7 .9 1.9 1.3 3.9 1.3 6C28 23.6 22.9 29 16 29S4 23.6 4 16.5c0-2.1.4-4.1 1.3-6-.8-1.8-.9-4.1-.3-7Z" fill="#0c6775"/><circle cx="10.7" cy="14.5" r="4.9" fill="#fff"/><circle cx="21.3" cy="14.5" r="4.9" fill="#fff"/><circle cx="24" cy="24" r="8" fill="${dot}" stroke="#fff" stroke-width="2"/></svg>`
}
