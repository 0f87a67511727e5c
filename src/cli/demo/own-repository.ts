import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import {
  readBlobAtPath,
  readCommit,
  readTree,
  resolveCommit,
  writeBlob,
  writeCommit,
  writeTree,
} from '#local/git/object.ts';
import { updateRef } from '#local/git/ref.ts';
import { cloneBare, type SourceFile } from '#local/git/repository.ts';
import { callerWorkflowPath, policyPath } from '#model/names.ts';
import { derivePolicy } from '#policy/derive-policy.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { Exit } from '../exit-code.ts';
import type { DemoOptions, DemoPlan } from './options.ts';
import { type AgentPolicy, planAgent } from './plan-agent.ts';
import { governed, organization, people } from './shop.ts';

/** An issue is text for people; a book is not. */
const issueBytesMax = 64_000;
/** Beyond the agent's minutes: four cells, screens, and a busy machine. */
const verifyMinutes = 90;

/** Plan the same journey on a copy of somebody's repository. The original is only read. */
export async function planOwnRepository(options: DemoOptions, repo: string): Promise<DemoPlan> {
  const source = resolve(repo);
  const issue = await readIssue(options.issue);
  const agent = await planAgent(options, source);
  const copy = await copyRepository(source);
  try {
    const name =
      basename(source)
        .replace(/[^A-Za-z0-9._-]/g, '-')
        .slice(0, 80) || 'repository';
    const policy = await choosePolicy(copy, options, agent.policy);
    return {
      factory: {
        organization,
        people: Object.values(people),
        repositories: async (caller) => {
          const files = {
            ...agent.files,
            [policyPath]: { content: policy.text },
            [callerWorkflowPath]: { content: caller },
          };
          await onboard(copy, files);
          return [
            {
              owner: organization,
              name,
              defaultBranch: copy.branch,
              source: { kind: 'git', path: copy.gitDir },
              labels: [{ name: 'sallyport' }],
              issues: [{ ...issue, author: people.requester.login }],
              ...governed,
              environments: [...agent.environments],
              protections: governed.protections.map((one) => ({ ...one, branch: copy.branch })),
            },
          ];
        },
      },
      repository: { owner: organization, name },
      issues: [1],
      limitMs: (policy.minutes + verifyMinutes) * 60_000,
      outDir: options.out ?? join('sallyport-out', name),
      clean: () => rm(copy.folder, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(copy.folder, { recursive: true, force: true });
    throw error;
  }
}

async function readIssue(text: string | undefined): Promise<{ title: string; body: string }> {
  const file =
    text && text.length < 1000 && !text.includes('\n')
      ? await readFile(text, 'utf8').catch(() => undefined)
      : undefined;
  const whole = (file ?? text ?? '').trim();
  if (whole === '')
    throw new Exit(
      'usage',
      'the issue is empty: give --issue TEXT or a file, its first line the title',
    );
  if (Buffer.byteLength(whole) > issueBytesMax)
    throw new Exit('usage', `the issue has more than ${issueBytesMax} bytes`);
  const [title = '', ...rest] = whole.split('\n');
  return { title: title.replace(/^#+ */, '').slice(0, 250), body: rest.join('\n').trim() || whole };
}

interface Copy {
  readonly folder: string;
  readonly gitDir: string;
  readonly branch: string;
  readonly head: string;
}

async function copyRepository(source: string): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-copy-'));
  const gitDir = join(folder, 'copy.git');
  try {
    await cloneBare(source, gitDir);
    const head = await resolveCommit(gitDir, 'HEAD');
    if (!head) throw new Exit('usage', `${source} has no commit yet: make one first`);
    const text = (await readFile(join(gitDir, 'HEAD'), 'utf8')).trim();
    const branch = /^ref: refs\/heads\/(.+)$/.exec(text)?.[1] ?? 'main';
    return { folder, gitDir, branch, head };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (error instanceof Exit) throw error;
    throw new Exit('usage', `${source} is not a git repository that can be copied`, {
      cause: error,
    });
  }
}

/** The repository's own policy with what the command line overrides, or one derived from its files. */
async function choosePolicy(copy: Copy, options: DemoOptions, agent: AgentPolicy) {
  const own = await readBlobAtPath(copy.gitDir, copy.head, policyPath);
  if (own && agent === null && options.test === undefined)
    return checkPolicy(Buffer.from(own.bytes).toString('utf8'));
  if (agent === null) {
    throw new Exit(
      'usage',
      own
        ? 'with --test, say the agent too: --agent NAME or --agent-command CMD'
        : `the repository has no ${policyPath}: say --agent NAME or --agent-command CMD`,
    );
  }
  const files = (await readTree(copy.gitDir, copy.head, false)).map((entry) => entry.path);
  const packageJson = await readBlobAtPath(copy.gitDir, copy.head, 'package.json');
  return checkPolicy(
    derivePolicy(
      {
        files,
        ...(packageJson ? { packageJson: Buffer.from(packageJson.bytes).toString('utf8') } : {}),
      },
      { agent, ...(options.test === undefined ? {} : { testCommand: options.test }) },
    ),
  );
}

function checkPolicy(text: string): { readonly text: string; readonly minutes: number } {
  const parsed = parsePolicy(text);
  if (parsed.ok) return { text, minutes: parsed.value.agent.minutes };
  const [first] = parsed.refusal.errors;
  throw new Exit(
    'usage',
    `${policyPath}, line ${first?.line ?? 1}: ${first?.message ?? 'not valid'}`,
  );
}

/** One commit on the copy's default branch: what an owner would add by hand. */
async function onboard(copy: Copy, files: Readonly<Record<string, SourceFile>>): Promise<void> {
  const { tree } = await readCommit(copy.gitDir, copy.head);
  const entries = await Promise.all(
    Object.entries(files).map(async ([path, file]) => ({
      path,
      mode: file.mode ?? '100644',
      sha: await writeBlob(copy.gitDir, Buffer.from(file.content)),
    })),
  );
  const author = { name: people.maintainer.name, email: 'mara@sallyport.invalid' };
  const sha = await writeCommit(copy.gitDir, {
    tree: await writeTree(copy.gitDir, tree, entries),
    parents: [copy.head],
    message: 'ci: let Sallyport work here',
    author,
    committer: author,
  });
  await updateRef(copy.gitDir, `refs/heads/${copy.branch}`, sha, copy.head);
}
