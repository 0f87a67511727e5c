import type { Repository } from '#local/record/repository.ts';
import { toNodeId } from '../api/node-id.ts';
import { buildConnection, type PageArguments } from './connection.ts';

type Label = Repository['labels'] extends Map<string, infer L> ? L : never;

/** A connection over labels by name; names without a label are left out. */
export function viewLabels(repository: Repository, names: readonly string[], page: PageArguments) {
  const labels = names.flatMap((name) => repository.labels.get(name.toLowerCase()) ?? []);
  return buildConnection(labels, page, (label) => viewLabel(repository, label));
}

/** One label. */
export function viewLabel(repository: Repository, label: Label) {
  return {
    __typename: 'Label',
    id: toNodeId('Label', label.id),
    name: label.name,
    color: label.color,
    description: label.description,
    isDefault: false,
    createdAt: repository.createdAt,
    updatedAt: repository.createdAt,
  };
}

/** The label of an event; it is shown by name even when the repository has it no more. */
export function viewEventLabel(repository: Repository, name: string) {
  const label = repository.labels.get(name.toLowerCase());
  return viewLabel(repository, label ?? { id: 0, name, color: 'ededed', description: '' });
}
