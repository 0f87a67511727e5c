import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Json } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { parseSteps } from './parse-job.ts';
import { parseYaml } from './parse-workflow.ts';
import type { StepDefinition } from './workflow.ts';
import { isObject, openYamlReader } from './yaml-reader.ts';

/** An action's `action.yml`. */
export interface ActionManifest {
  readonly name: string;
  readonly folder: string;
  /** Input name → default, a template; undefined when it has none. */
  readonly inputs: Readonly<Record<string, Json | undefined>>;
  readonly runs: NodeRuns | CompositeRuns;
}

export interface NodeRuns {
  readonly kind: 'node';
  readonly pre: string | undefined;
  readonly preIf: string;
  readonly main: string;
  readonly post: string | undefined;
  readonly postIf: string;
}

export interface CompositeRuns {
  readonly kind: 'composite';
  readonly steps: readonly StepDefinition[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** Read the manifest in a folder; the refusal is one sentence for the step's log. */
export async function readManifest(folder: string): Promise<Result<ActionManifest, string>> {
  for (const name of ['action.yml', 'action.yaml']) {
    const text = await readFile(path.join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return parseManifest(text, folder);
  }
  return refuse(
    `expected action.yml in "${path.basename(folder)}", found none; was the repository checked out before this step?`,
  );
}

/** Check a manifest's shape. */
export function parseManifest(text: string, folder: string): Result<ActionManifest, string> {
  const document = parseYaml(text);
  if (!document.ok) return refuse(`action.yml: ${document.refusal}`);
  const reader = openYamlReader();
  const root = reader.object(document.value, 'action.yml');
  const runs = reader.object(root.runs, 'runs');
  const using = reader.text(runs.using, 'runs.using') ?? '';
  const inputs = Object.entries(reader.object(root.inputs, 'inputs')).map(
    ([name, input]) => [name, isObject(input) ? input.default : undefined] as const,
  );
  const read =
    using === 'composite'
      ? readComposite(root.outputs, runs.steps)
      : /^node(20|24)$/.test(using)
        ? readNode(runs)
        : undefined;
  if (read === undefined)
    return refuse(`action.yml: actions that use "${using}" are not available on the local runner`);
  if (read.kind === 'node' && read.main === '') reader.problems.push('runs.main: expected a file');
  if (reader.problems.length > 0) return refuse(`action.yml: ${reader.problems.join('; ')}`);
  const name = reader.text(root.name, 'name') ?? path.basename(folder);
  return ok({ name, folder, inputs: Object.fromEntries(inputs), runs: read });

  function readComposite(outputs: Json | undefined, steps: Json | undefined): CompositeRuns {
    const pairs = Object.entries(reader.object(outputs, 'outputs')).map(([key, output]) => [
      key,
      reader.text(reader.object(output, `outputs.${key}`).value, `outputs.${key}.value`) ?? '',
    ]);
    return {
      kind: 'composite',
      steps: parseSteps(steps, reader, 'runs.steps'),
      outputs: Object.fromEntries(pairs),
    };
  }

  function readNode(node: Readonly<Record<string, Json>>): NodeRuns {
    return {
      kind: 'node',
      pre: reader.text(node.pre, 'runs.pre'),
      preIf: reader.text(node['pre-if'], 'runs.pre-if') ?? 'always()',
      main: reader.text(node.main, 'runs.main') ?? '',
      post: reader.text(node.post, 'runs.post'),
      postIf: reader.text(node['post-if'], 'runs.post-if') ?? 'always()',
    };
  }
}
