/**
 * # console: the web page of Owlie
 *
 * A client of the API and nothing more: every byte it shows came from `/api/graphql` (schema.graphql is the
 * contract) and every change it makes is a mutation the CLI could make too. Sign-in is better-auth under /api/auth.
 *
 *  - `routes.tsx` is the map: every address, and what it takes to see it. `path-builder.ts` makes every link.
 *  - `pages/` mirrors the addresses. A form is a `noun-verb.tsx` beside its page.
 *  - `parts/` are the words of the interface (a failure, a status, a table, a time); they know no address and no query.
 *  - `shell/` is the frame around pages: navigation, command menu, sign-in over an expired session.
 *  - `api.ts` is the one way out. It throws `ApiError` with failures; `parts/failure-note.tsx` is the one way in which
 *    a failure is shown: what happened, why, what to do, code.
 *
 * State that deserves a link (filters, tabs, places in lists) is in the address. Drafts are in sessionStorage,
 * without secrets. Nothing else is remembered. There is no inline script, so the page's policy can forbid them.
 */
import '@mantine/core/styles.layer.css'
import '@mantine/charts/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import './theme.css'
import './shell/frame.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api.ts'
import { router } from './router.ts'
import { resolver, theme } from './theme.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
// The library that keeps the page still behind a dialog looks for its nonce here (npm: get-nonce).
if (nonce) Object.assign(globalThis, { __webpack_nonce__: nonce })

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolver}
      defaultColorScheme="auto"
      {...(nonce ? { getStyleNonce: () => nonce } : {})}
    >
      <Notifications position="bottom-right" autoClose={5_000} />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
