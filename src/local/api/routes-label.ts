import { addLabel, ensureLabel, removeLabel, setLabels, subjectByNumber } from './change-label.ts';
import { invalid, numberParam, optionalText, requiredText } from './field.ts';
import { actorOf } from './identity.ts';
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import { readLabelNames } from './read-issue.ts';
import { renderLabel, renderLabels } from './render-issue.ts';
import { type Call, HttpError, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['issues:read', 'pull_requests:read'] as const;
const WRITE = ['issues:write', 'pull_requests:write'] as const;
const REPOSITORY = '/repos/{owner}/{repo}';
const ON_ISSUE = `${REPOSITORY}/issues/{issue_number}/labels`;

/** Labels of a repository, and on issues and pull requests. */
export const labelRoutes = routes({
  'issues/list-labels-on-issue': {
    method: 'GET',
    path: ON_ISSUE,
    access: READ,
    handle: (call) => {
      const { repository, subject } = find(call);
      const labels = renderLabels(call.world, repository, subject.labels);
      return paginate(call, labels, (label) => label);
    },
  },
  'issues/add-labels': {
    method: 'POST',
    path: ON_ISSUE,
    access: WRITE,
    handle: (call) => {
      const { repository, subject } = find(call);
      const actor = actorOf(call.principal);
      const names = readBodyLabels(call);
      if (names?.length === 0) throw invalid('labels', 'invalid');
      for (const name of names ?? []) addLabel(call.world, repository, actor, subject, name);
      return { status: 200, body: renderLabels(call.world, repository, subject.labels) };
    },
  },
  'issues/set-labels': {
    method: 'PUT',
    path: ON_ISSUE,
    access: WRITE,
    handle: (call) => {
      const { repository, subject } = find(call);
      const names = readBodyLabels(call) ?? [];
      setLabels(call.world, repository, actorOf(call.principal), subject, names);
      return { status: 200, body: renderLabels(call.world, repository, subject.labels) };
    },
  },
  'issues/remove-all-labels': {
    method: 'DELETE',
    path: ON_ISSUE,
    access: WRITE,
    handle: (call) => {
      const { repository, subject } = find(call);
      setLabels(call.world, repository, actorOf(call.principal), subject, []);
      return { status: 204 };
    },
  },
  'issues/remove-label': {
    method: 'DELETE',
    path: `${ON_ISSUE}/{name}`,
    access: WRITE,
    handle: (call) => {
      const { repository, subject } = find(call);
      removeLabel(call.world, repository, actorOf(call.principal), subject, call.params.name ?? '');
      return { status: 200, body: renderLabels(call.world, repository, subject.labels) };
    },
  },
  'issues/list-labels-for-repo': {
    method: 'GET',
    path: `${REPOSITORY}/labels`,
    access: READ,
    handle: (call) => {
      const repository = repositoryOf(call);
      return paginate(call, [...repository.labels.values()], (label) =>
        renderLabel(call.world, repository, label),
      );
    },
  },
  'issues/get-label': {
    method: 'GET',
    path: `${REPOSITORY}/labels/{name}`,
    access: READ,
    handle: (call) => {
      const repository = repositoryOf(call);
      const label = repository.labels.get((call.params.name ?? '').toLowerCase());
      if (!label) throw new HttpError(404, 'Not Found');
      return { status: 200, body: renderLabel(call.world, repository, label) };
    },
  },
  'issues/create-label': {
    method: 'POST',
    path: `${REPOSITORY}/labels`,
    access: WRITE,
    handle: createLabel,
  },
});

function find(call: Call) {
  const repository = repositoryOf(call);
  const subject = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
  return { repository, subject };
}

/** Labels are the body itself, or its `labels`. */
function readBodyLabels({ body }: Call): readonly string[] | undefined {
  return readLabelNames('labels' in body ? body.labels : body['']);
}

function createLabel(call: Call): Reply<'issues/create-label'> {
  const repository = repositoryOf(call);
  const name = requiredText(call.body, 'name', 50);
  const color = optionalText(call.body, 'color') ?? 'ededed';
  if (!/^[0-9a-fA-F]{6}$/.test(color)) throw invalid('color', 'invalid');
  if (repository.labels.has(name.trim().toLowerCase())) throw invalid('name', 'already_exists');
  const description = optionalText(call.body, 'description', 100) ?? '';
  const label = ensureLabel(call.world, repository, name);
  label.color = color.toLowerCase();
  label.description = description;
  return { status: 201, body: renderLabel(call.world, repository, label) };
}
