import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { readings, writings } from '#github/permitted.ts';
import { normalize } from '#ingress/normalize.ts';

const root = new URL('../../', import.meta.url);
const levels = ['read', 'write'] as const;
const manifestSchema = z.strictObject({
  name: z.string(),
  url: z.url(),
  public: z.literal(false),
  hook_attributes: z.strictObject({ url: z.url({ protocol: /^https$/ }), active: z.literal(true) }),
  default_permissions: z.record(z.string(), z.enum(levels)),
  default_events: z.array(z.string()),
});

/** Events that an App with our permissions could subscribe to, sorted. */
const subscribable = [
  ...['check_run', 'check_suite', 'commit_comment', 'create', 'delete', 'fork', 'gollum'],
  ...['issue_comment', 'issue_dependencies', 'issues', 'label', 'milestone', 'public'],
  ...['projects_v2_item', 'pull_request', 'pull_request_review'],
  ...[
    'pull_request_review_comment',
    'pull_request_review_thread',
    'push',
    'release',
    'repository',
    'repository_dispatch',
  ],
  ...['star', 'status', 'sub_issues', 'watch', 'workflow_dispatch', 'workflow_job', 'workflow_run'],
];

describe('app.yml', () => {
  it('asks for what the App’s own tokens are minted with, and for nothing more', async () => {
    const { default_permissions: asked } = await readManifest();
    expect(asked).toEqual(everythingMinted());
    expect(Object.keys(asked)).not.toContain('workflows');
  });

  it('listens to every event that ingress understands, and to no other', async () => {
    const { default_events: events } = await readManifest();
    const understood = subscribable.filter((event) => {
      const signal = normalize(event, {}, { botUserId: 1 });
      return !signal.ok || signal.value.kind !== 'ignored';
    });

    expect([...events].sort()).toEqual(understood);
  });

  it('names, beside each permission and event, a file that exists', async () => {
    const text = await readFile(new URL('app.yml', root), 'utf8');
    const named = new Set(text.match(/src\/[a-z/-]+\.ts|test\/[a-z/-]+\.ts/g));

    const missing: string[] = [];
    for (const path of named) {
      await readFile(new URL(path, root)).catch(() => missing.push(path));
    }
    expect(missing).toEqual([]);
    expect(named.size).toBeGreaterThan(5);
  });
});

async function readManifest() {
  return manifestSchema.parse(parse(await readFile(new URL('app.yml', root), 'utf8')));
}

/** The union of what tokens are minted with, each permission at its highest level. */
function everythingMinted(): Record<string, string> {
  const minted = [
    ...Object.values(readings),
    ...Object.values(writings).map(({ permissions }) => permissions),
  ];
  const union: Record<string, string> = {};
  for (const [name, level] of minted.flatMap((permissions) => Object.entries(permissions))) {
    if (union[name] !== 'write') union[name] = level;
  }
  return union;
}
