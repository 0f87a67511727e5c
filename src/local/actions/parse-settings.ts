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
  if (typeof value === 'string') return { group: value, cancelInProgress: false, queue: 'single' };
  const read = reader.object(value, where);
  reader.known(read, ['group', 'cancel-in-progress', 'queue'], where);
  const group = reader.text(read.group, `${where}.group`);
  if (group === undefined) reader.problems.push(`${where}.group: expected text, got nothing`);
  const queue = reader.text(read.queue, `${where}.queue`) ?? 'single';
  if (queue !== 'single' && queue !== 'max')
    reader.problems.push(`${where}.queue: expected single or max, got "${queue}"`);
  return {
    group: group ?? '',
    cancelInProgress: read['cancel-in-progress'] ?? false,
    queue: queue === 'max' ? 'max' : 'single',
  };
}
