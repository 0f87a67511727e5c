import type { Json } from '#model/json.ts';
import type { ConcurrencyDefinition, RunDefaults } from './workflow.ts';
import type { YamlReader } from './yaml-reader.ts';

/** Read `defaults:`; only `run` has a meaning. */
export function parseDefaults(
  value: Json | undefined,
  reader: YamlReader,
  where: string,
): RunDefaults {
  const run = reader.object(reader.object(value, where).run, `${where}.run`);
  return {
    shell: reader.text(run.shell, `${where}.run.shell`),
    workingDirectory: reader.text(run['working-directory'], `${where}.run.working-directory`),
  };
}

/** Read `concurrency:`, which is a group's name or a mapping. */
export function parseConcurrency(
  value: Json | undefined,
  reader: YamlReader,
  where: string,
): ConcurrencyDefinition | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { group: value, cancelInProgress: false };
  const group = reader.text(reader.object(value, where).group, `${where}.group`);
  if (group === undefined) reader.problems.push(`${where}.group: expected text, got nothing`);
  return {
    group: group ?? '',
    cancelInProgress: reader.object(value, where)['cancel-in-progress'] ?? false,
  };
}
