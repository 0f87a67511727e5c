import type { Repository } from '#local/record/repository.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { listWorkflowPaths, readText } from './repository-file.ts';
import type { Workflow } from './workflow.ts';

/** One readable workflow file at a commit. */
export interface WorkflowFile {
  readonly path: string;
  readonly workflow: Workflow;
}

// Most events find the default branch where the last one left it.
const COMMITS_MAX = 20;

/** Reads the workflow files of a commit, and remembers the last commits it was asked for. */
export type ReadWorkflows = (
  repository: Repository,
  sha: string,
) => Promise<readonly WorkflowFile[]>;

/** A reader that remembers nothing yet. */
export function openWorkflowReader(): ReadWorkflows {
  const known = new Map<string, Promise<readonly WorkflowFile[]>>();
  return (repository, sha) => {
    const key = `${repository.id}/${sha}`;
    const found = known.get(key) ?? readAll(repository, sha);
    known.set(key, found);
    found.catch(() => known.delete(key));
    const oldest = known.keys().next().value;
    if (known.size > COMMITS_MAX && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

async function readAll(repository: Repository, sha: string): Promise<readonly WorkflowFile[]> {
  const paths = await listWorkflowPaths(repository, sha);
  const files = await Promise.all(
    paths.map(async (path) => {
      const workflow = parseWorkflow((await readText(repository, sha, path)) ?? '', path);
      return workflow.ok ? [{ path, workflow: workflow.value }] : [];
    }),
  );
  return files.flat();
}
