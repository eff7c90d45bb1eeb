import { defineConfig } from 'drizzle-kit'

// `npx drizzle-kit generate --name WHAT` in this folder writes the next migration from the schema.
export default defineConfig({
  dialect: 'postgresql',
  schema: './store/schema.ts',
  out: './migrations',
})
