import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runGit } from '../run-git.ts';
import { type BuiltinAction, done, failed } from './builtin-action.ts';

type Call = Parameters<BuiltinAction>[0];

interface Target {
  readonly folder: string;
  readonly url: string;
  readonly depth: number;
  /** Folders of the tree that are written, or patterns without cone mode; empty: the whole tree. */
  readonly sparse: { readonly lines: readonly string[]; readonly cone: boolean };
  readonly ref: string;
  readonly sha: string | undefined;
  readonly header: string;
  /** The server whose requests carry the header. */
  readonly headerUrl: string;
}

const SHA = /^[0-9a-f]{40}$/;

/**
 * Stand in for actions/checkout: a real clone over smart HTTP with the step's token. The token stays
 * in `.git/config` only when persist-credentials is not `false`, and goes away after the job.
 */
export const checkout: BuiltinAction = async (call) => {
  const target = readTarget(call);
  if (typeof target === 'string') return failed(call, target);
  const run = (env: Readonly<Record<string, string>>, args: readonly string[]) =>
    runGit({
      args,
      cwd: target.folder,
      home: call.state.folders.home,
      env,
      cancel: call.signals.cancel,
      onLine: call.state.log.write,
    });
  const git = (...args: string[]) => run({}, args);
  // Command lines are readable by every user of the machine, environments are not.
  const secret = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: headerKey(target),
    GIT_CONFIG_VALUE_0: target.header,
  };
  const authenticated = (...args: string[]) => run(secret, args);
  await mkdir(target.folder, { recursive: true });
  await git('init', '-q', '.');
  const config = path.join(target.folder, '.git', 'config');
  const refspec = '+refs/heads/*:refs/remotes/origin/*';
  await appendFile(config, `[remote "origin"]\n\turl = ${target.url}\n\tfetch = ${refspec}\n`);
  await fetchTarget(target, authenticated);
  await limitTree(target, git);
  // With a sparse tree git fetches what it writes only now.
  const commit = await switchTo(target, target.sparse.lines.length === 0 ? git : authenticated);
  if (call.inputs['persist-credentials'] !== 'false') {
    await appendFile(config, `[http "${target.headerUrl}"]\n\textraheader = ${target.header}\n`);
    removeLater(call, target);
  }
  return done({ ref: target.ref, commit });
};

function headerKey(target: Target): string {
  return `http.${target.headerUrl}.extraheader`;
}

function readTarget(call: Call): Target | string {
  const { state, inputs } = call;
  const own = String(state.github.repository);
  const repository = inputs.repository || own;
  const folder = path.resolve(state.folders.workspace, inputs.path ?? '.');
  const isOwn = repository.toLowerCase() === own.toLowerCase();
  const ref = inputs.ref || (isOwn ? state.plan.run.ref : defaultBranch(call, repository));
  const problem = findProblem(call, { repository, folder, ref });
  if (problem !== undefined) return problem;
  const { server } = state.plan.host.world.urls;
  // The run's own ref is pinned to the commit the run was started for.
  const pinned = !inputs.ref && isOwn ? state.plan.run.sha : undefined;
  return {
    folder,
    url: `${server}/${repository}`,
    depth: Number(inputs['fetch-depth'] ?? '1'),
    sparse: {
      lines: (inputs['sparse-checkout'] ?? '').split('\n').filter((line) => line.trim() !== ''),
      cone: inputs['sparse-checkout-cone-mode'] !== 'false',
    },
    ref,
    sha: SHA.test(ref) ? ref : pinned,
    header: readHeader(call),
    headerUrl: `${server}/`,
  };
}

function defaultBranch(call: Call, repository: string): string {
  const [owner = '', name = ''] = repository.split('/');
  const found = call.state.plan.host.world.repositoryByName(owner, name);
  return `refs/heads/${found?.defaultBranch ?? 'main'}`;
}

function findProblem(
  call: Call,
  wanted: { readonly repository: string; readonly folder: string; readonly ref: string },
): string | undefined {
  const { inputs } = call;
  const { workspace } = call.state.folders;
  if (!/^[\w.-]+\/[\w.-]+$/.test(wanted.repository))
    return `expected "owner/name" as repository, got "${wanted.repository}"`;
  if (wanted.folder !== workspace && !wanted.folder.startsWith(workspace + path.sep))
    return `expected a path below the workspace, got "${inputs.path}"`;
  if (inputs.submodules === 'true' || inputs.submodules === 'recursive')
    return 'submodules are not available on the local runner';
  // Git would read such a ref as an option.
  if (wanted.ref.startsWith('-'))
    return `expected a branch, tag or commit as ref, got "${wanted.ref}"`;
  return undefined;
}

function readHeader(call: Call): string {
  const { masks } = call.state.log;
  const token = call.inputs.token || call.state.token;
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  masks.add(token);
  masks.add(basic);
  return `AUTHORIZATION: basic ${basic}`;
}

async function fetchTarget(
  target: Target,
  git: (...args: string[]) => Promise<string>,
): Promise<void> {
  const all = target.depth === 0;
  const depth = all ? [] : [`--depth=${target.depth}`];
  const filter = target.sparse.lines.length === 0 ? [] : ['--filter=blob:none'];
  const options = [
    ...['fetch', '-q', '--no-tags', '--prune', '--no-recurse-submodules'],
    ...filter,
    ...depth,
  ];
  if (all) {
    const everything = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
    await git(...options, 'origin', ...everything);
    if (target.sha === undefined && !target.ref.startsWith('refs/pull/')) return;
  }
  await git(...options, 'origin', `+${target.sha ?? target.ref}:refs/checkout/target`);
}

/** As actions/checkout does: the tree is limited before anything of it is written. */
async function limitTree(
  { sparse }: Target,
  git: (...args: string[]) => Promise<string>,
): Promise<void> {
  if (sparse.lines.length === 0) return;
  const mode = sparse.cone ? '--cone' : '--no-cone';
  await git('sparse-checkout', 'set', mode, '--end-of-options', ...sparse.lines);
}

async function switchTo(
  target: Target,
  git: (...args: string[]) => Promise<string>,
): Promise<string> {
  const branch = /^refs\/heads\/(.+)$/.exec(target.ref)?.[1];
  const at =
    target.depth !== 0 || target.sha !== undefined
      ? 'refs/checkout/target'
      : await resolveLocal(target.ref, git);
  const commit = (await git('rev-parse', '--verify', '-q', `${at}^{commit}`)).trim();
  if (branch === undefined) await git('checkout', '-q', '--force', '--detach', commit);
  else {
    await git('update-ref', `refs/remotes/origin/${branch}`, commit);
    await git('checkout', '-q', '--force', '-B', branch, `refs/remotes/origin/${branch}`);
  }
  return commit;
}

async function resolveLocal(
  ref: string,
  git: (...args: string[]) => Promise<string>,
): Promise<string> {
  if (ref.startsWith('refs/heads/')) return `refs/remotes/origin/${ref.slice(11)}`;
  if (ref.startsWith('refs/')) return ref;
  const branch = `refs/remotes/origin/${ref}`;
  return git('rev-parse', '--verify', '-q', branch).then(
    () => branch,
    () => `refs/tags/${ref}`,
  );
}

function removeLater(call: Call, target: Target): void {
  call.frame.posts.push({
    name: `Post ${call.step.name ?? `Run ${call.step.uses ?? 'actions/checkout'}`}`,
    condition: 'always()',
    run: async (signals) => {
      await runGit({
        args: ['config', '--unset-all', headerKey(target)],
        cwd: target.folder,
        home: call.state.folders.home,
        cancel: signals.kill,
      }).catch(() => '');
      return 'success';
    },
  });
}
