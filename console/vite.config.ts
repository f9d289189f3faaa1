import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** `OWLIE_URL` is where `vite dev` finds the server (its API and sign-in); the build itself knows no address. */
const server = process.env['OWLIE_URL'] ?? 'http://localhost:3000'

export default defineConfig({
  plugins: [react()],
  base: '/',
  // The server replaces this placeholder by a new nonce for each page it sends.
  html: { cspNonce: '__CSP_NONCE__' },
  build: { target: 'es2023', chunkSizeWarningLimit: 700 },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
})
