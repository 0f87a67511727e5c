import type { Repository } from '#local/record/repository.ts';
import type { World } from '#local/world.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { listWorkflowPaths, readText, resolveRef } from './repository-file.ts';

/** A workflow file of a repository, with the number that REST calls it by. */
export interface WorkflowEntry {
  readonly id: number;
  readonly name: string;
  readonly path: string;
}

/** Gives every workflow path of a repository one id, for good. */
export interface WorkflowList {
  /** The files on the default branch: only they are listed and can be dispatched. */
  list(repository: Repository): Promise<readonly WorkflowEntry[]>;
  /** By id or file name. */
  find(repository: Repository, key: string): Promise<WorkflowEntry | undefined>;
  entry(repository: Repository, path: string, name: string): WorkflowEntry;
  /** `repository id/path` → id. */
  save(): ReadonlyMap<string, number>;
}

/** `ci.yml` of `.github/workflows/ci.yml`. */
export function workflowFileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Open a list: empty, or with the ids an earlier one saved; new ids come from the world. */
export function openWorkflowList(world: World, saved?: ReadonlyMap<string, number>): WorkflowList {
  const ids = new Map(saved);
  const entry = (repository: Repository, path: string, name: string) => {
    const key = `${repository.id}/${path}`;
    const id = ids.get(key) ?? world.nextId();
    ids.set(key, id);
    return { id, name, path };
  };
  const list = async (repository: Repository) => {
    const head = await resolveRef(repository, `refs/heads/${repository.defaultBranch}`);
    if (head === undefined) return [];
    const paths = await listWorkflowPaths(repository, head.sha);
    const read = async (path: string) => {
      const text = (await readText(repository, head.sha, path)) ?? '';
      const workflow = parseWorkflow(text, path);
      return entry(repository, path, workflow.ok ? workflow.value.name : path);
    };
    return Promise.all(paths.map(read));
  };
  return {
    save: () => ids,
    list,
    entry,
    find: async (repository, key) => {
      const all = await list(repository);
      return all.find((each) => String(each.id) === key || workflowFileName(each.path) === key);
    },
  };
}
