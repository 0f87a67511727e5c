import { readGit } from './git.ts';

/** Where GitHub finds workflows; only those with the `workflows` permission may write there. */
export const WORKFLOW_FOLDER = '.github/workflows';

/** How git names what new commits change there: merges count only what they change themselves. */
export const WORKFLOW_LOG: readonly string[] = [
  'log',
  '--full-history',
  '-c',
  '--format=',
  '--name-only',
];

/** A workflow file that a commit, or one before it that no reference holds yet, changes; or undefined. */
export async function findWorkflowChange(gitDir: string, sha: string): Promise<string | undefined> {
  const args = [...WORKFLOW_LOG, sha, '--not', '--all', '--', WORKFLOW_FOLDER];
  return (await readGit({ gitDir, args })).split('\n').find((line) => line !== '');
}

/** Whether a path of a tree is a workflow, the folder of workflows, or holds that folder. */
export function touchesWorkflows(path: string): boolean {
  return path === '.github' || path === WORKFLOW_FOLDER || path.startsWith(`${WORKFLOW_FOLDER}/`);
}
