import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { SourceFile } from '#local/git/repository.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import { callerWorkflowPath, checks } from '#model/names.ts';

/** The people of the demo: who asks, who labels and merges, who reviews. */
export const people = {
  maintainer: { login: 'mara', name: 'Mara Maintainer' },
  reviewer: { login: 'rene', name: 'René Reviewer' },
  requester: { login: 'quinn', name: 'Quinn Requester' },
} as const;
export const organization = 'harbour';
export const shopName = 'shop';

const folder = fileURLToPath(new URL('../../../demo/shop/', import.meta.url));
const issuesFile = new URL('../../../demo/shop-issues.json', import.meta.url);
const issuesSchema = z.array(
  z.object({
    title: z.string(),
    body: z.string(),
    labels: z.array(z.string()),
    blockedBy: z.array(z.number().int()),
  }),
);

/** Roles of the people on any demo repository, and a branch that takes no unproven change. */
export const governed = {
  collaborators: {
    [people.maintainer.login]: 'maintain',
    [people.reviewer.login]: 'write',
    [people.requester.login]: 'read',
  },
  protections: [
    {
      branch: 'main',
      checks: [
        { context: checks.evidence, app: true },
        { context: checks.review, app: true },
      ],
      approvals: 1,
    },
  ],
} as const satisfies Partial<SeedRepository>;

/** The web shop with its two issues, the second blocked by the first. */
export async function seedShop(caller: string): Promise<SeedRepository> {
  const issues = issuesSchema.parse(JSON.parse(await readFile(issuesFile, 'utf8')));
  return {
    owner: organization,
    name: shopName,
    description: 'A small web shop',
    defaultBranch: 'main',
    source: {
      kind: 'files',
      files: { ...(await readFiles(folder)), [callerWorkflowPath]: { content: caller } },
    },
    commit: { message: 'feat: open the shop', author: people.maintainer.login },
    labels: [
      { name: 'sallyport', color: '1f5aa8', description: 'An agent may do this' },
      { name: 'bug' },
      { name: 'enhancement' },
    ],
    issues: issues.map((issue) => ({ ...issue, author: people.requester.login })),
    ...governed,
  };
}

/** A folder's files, with their executable bits. */
export async function readFiles(from: string): Promise<Record<string, SourceFile>> {
  const found: Record<string, SourceFile> = {};
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const mode = ((await stat(path)).mode & 0o100) === 0 ? '100644' : '100755';
    found[relative(from, path).split(sep).join('/')] = { content: await readFile(path), mode };
  }
  return found;
}
