import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentStart, contextRoute } from '#agent/adapter.ts';
import { chooseAdapter } from '#agent/choose-adapter.ts';
import { findRelease, type InstalledAgent, isInstalled } from '#agent/release.ts';
import type { RunView } from '#context/tool.ts';
import { policySchema } from '#model/policy.ts';
import type { Mount } from '#model/sandbox.ts';
import { installRelease } from '#runner/install-release.ts';
import { parseServiceUrl } from '#runner/post-json.ts';
import { readVariable } from '#runner/sandbox-host.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { readOrder } from '../sandbox/read-order.ts';
import { runInSandbox } from '../sandbox/run.ts';
import { serveIssue } from './serve-issue.ts';

/** The command line of `sallyport agent try`. */
export interface TryOptions {
  readonly workspace: string;
  readonly issue: string;
  readonly model?: string;
  readonly policy?: string;
  readonly log?: string;
  readonly seconds?: string;
  readonly json?: boolean;
}

const issueBytesMax = 64_000;

/**
 * `sallyport agent try NAME`: one agent on a folder, as a run would start it: its pinned release, in the
 * sandbox, with an issue behind the context tools, and the model's key with the gate. The folder is
 * changed; nothing is committed and nobody is told.
 */
export async function agentTry(name: string, options: TryOptions): Promise<void> {
  if (!isInstalled(name))
    throw new Exit(
      'usage',
      `expected claude-code, codex, gemini or opencode, got "${name.slice(0, 40)}"`,
    );
  const key = readVariable('SALLYPORT_MODEL_KEY');
  const url = readModelUrl();
  const order = await readOrder({ ...options, phase: 'work', env: [], readOnly: [] });
  const view = toView(await readIssue(options.issue));
  const scratch = await mkdtemp(join(tmpdir(), 'sallyport-try-'));
  const server = await serveIssue(view);
  try {
    const start = await planStart(name, { ...options, key, url, scratch });
    const mounts = [...order.mounts, ...start.mounts, ...(await writeFiles(start, scratch))];
    const context = contextRoute(
      server.mcpUrl,
      () => server.token,
      () => 'none',
    );
    const routes = [...order.egress.routes, context, ...start.routes];
    const environment = { ...order.environment, ...start.environment };
    const whole = { ...order, mounts, environment, egress: { ...order.egress, routes } };
    await runInSandbox(start.argv, whole, options);
  } finally {
    server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function planStart(
  use: InstalledAgent,
  facts: {
    readonly model?: string;
    readonly key: string | null;
    readonly url: string | null;
    readonly scratch: string;
    readonly json?: boolean;
  },
): Promise<AgentStart> {
  const { key, model, scratch, url } = facts;
  if (key === null)
    throw new Exit('usage', `the agent ${use} needs the key of its model: set SALLYPORT_MODEL_KEY`);
  const release = findRelease(use, process.arch);
  if (release === null)
    throw new Exit('tool', `${use} has no release for ${process.arch} machines`);
  openOutput(facts.json ?? false).say(`sallyport: installing ${release.package}, by digest`);
  const installed = await installRelease(release, {
    scratch,
    cache: readVariable('RUNNER_TOOL_CACHE'),
  });
  if (!installed.ok) throw new Exit('tool', installed.refusal);
  const start = chooseAdapter(use).start({
    policy: { use, minutes: 45, ...(model === undefined ? {} : { model }) },
    issue: 1,
    modelKey: key,
    modelUrl: url,
    installed: installed.value,
  });
  if (!start.ok) throw new Exit('usage', start.refusal);
  return start.value;
}

function readModelUrl(): string | null {
  const url = readVariable('SALLYPORT_MODEL_URL');
  if (url === null) return null;
  const parsed = parseServiceUrl('SALLYPORT_MODEL_URL must be the https URL of a model’s API', url);
  if (!parsed.ok) throw new Exit('usage', parsed.refusal);
  return parsed.value;
}

/** A file's text, or the text itself. */
async function readIssue(given: string): Promise<string> {
  const file = given.length < 1000 && !given.includes('\n') ? given : null;
  const text = (file && (await readFile(file, 'utf8').catch(() => null))) || given;
  if (text.trim() === '')
    throw new Exit('usage', 'the issue is empty: give --issue TEXT or a file');
  if (Buffer.byteLength(text) > issueBytesMax)
    throw new Exit('usage', `the issue has more than ${issueBytesMax} bytes`);
  return text.trim();
}

/** The issue as the context tools read it out. */
function toView(text: string): RunView {
  const [title = '', ...rest] = text.split('\n');
  const nobody = { id: 0, login: 'you' };
  const repository = { id: 0, ownerId: 0, owner: 'you', name: 'folder' };
  const issue = {
    ...{ id: 1, number: 1, title: title.replace(/^#+ */, ''), body: rest.join('\n').trim() },
    ...{ author: nobody, association: 'OWNER', labels: [] },
  };
  const snapshot = { schema: 'sallyport/snapshot/v1', repository, issue, comments: [] } as const;
  const policy = policySchema.parse({
    version: 1,
    agent: { use: 'command', run: 'true' },
    verify: { commands: [{ name: 'test', run: 'true' }] },
  });
  const run = {
    id: 'try',
    repository,
    baseSha: '0'.repeat(40),
    issue: { id: 1, number: 1, title },
  };
  return { run, snapshot, policy } as unknown as RunView;
}

function writeFiles({ files }: AgentStart, scratch: string): Promise<readonly Mount[]> {
  return Promise.all(
    files.map(async ({ target, text }, index) => {
      const source = join(scratch, `config-${index}`);
      await writeFile(source, text, { mode: 0o444 });
      return { source, target };
    }),
  );
}
