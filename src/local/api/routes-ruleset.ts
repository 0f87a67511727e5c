import type { Ruleset } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import { listEffectiveRules } from '../rule/effective-rule.ts';
import { rulesetSchema } from '../rule/read-rule.ts';
import { timestamp } from './change-label.ts';
import { numberParam } from './field.ts';
import { actorOf } from './identity.ts';
import { toNodeId } from './node-id.ts';
import type { Reply, Schema, Webhook } from './operation.ts';
import { paginate } from './paginate.ts';
import { repositoryPage, repositoryUrl } from './render-repository.ts';
import { type Call, HttpError, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const RULESETS = '/repos/{owner}/{repo}/rulesets';

/** Rulesets over branches, and the rules that hold for one branch. */
export const rulesetRoutes = routes({
  'repos/get-repo-rulesets': {
    method: 'GET',
    path: RULESETS,
    access: ['metadata:read'],
    handle: (call) => {
      const repository = repositoryOf(call);
      return paginate(call, [...repository.rulesets.values()], (ruleset) =>
        renderHead(call, repository, ruleset),
      );
    },
  },
  'repos/get-repo-ruleset': {
    method: 'GET',
    path: `${RULESETS}/{ruleset_id}`,
    access: ['metadata:read'],
    handle: (call) => {
      const repository = repositoryOf(call);
      return { status: 200, body: renderRuleset(call, repository, findRuleset(call)) };
    },
  },
  'repos/create-repo-ruleset': {
    method: 'POST',
    path: RULESETS,
    access: ['administration:write'],
    handle: create,
  },
  'repos/update-repo-ruleset': {
    method: 'PUT',
    path: `${RULESETS}/{ruleset_id}`,
    access: ['administration:write'],
    handle: update,
  },
  'repos/delete-repo-ruleset': {
    method: 'DELETE',
    path: `${RULESETS}/{ruleset_id}`,
    access: ['administration:write'],
    handle: (call) => {
      const ruleset = findRuleset(call);
      repositoryOf(call).rulesets.delete(ruleset.id);
      tell(call, ruleset, 'deleted');
      return { status: 204 };
    },
  },
  'repos/get-branch-rules': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/rules/branches/{branch}',
    access: ['metadata:read'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const rules = listEffectiveRules(repository, call.params.branch ?? '').flatMap(
        ({ source, rule }) => (source.kind === 'ruleset' ? [{ rule, id: source.ruleset.id }] : []),
      );
      return paginate(call, rules, ({ rule, id }) => ({
        ...rule,
        ruleset_source_type: 'Repository' as const,
        ruleset_source: call.world.fullName(repository),
        ruleset_id: id,
      }));
    },
  },
});

function findRuleset(call: Call): Ruleset {
  const ruleset = repositoryOf(call).rulesets.get(numberParam(call.params, 'ruleset_id'));
  if (!ruleset) throw new HttpError(404, 'Not Found');
  return ruleset;
}

/** What a body asks for, as it is kept. Throws 422 with the place and what was expected there. */
function readFields(body: Call['body']) {
  const parsed = rulesetSchema.safeParse(body);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) =>
      describeProblem(path.join('.'), message),
    );
    throw new HttpError(422, 'Validation Failed', errors.slice(0, 10));
  }
  const { name, enforcement, conditions, rules, bypass_actors } = parsed.data;
  return {
    name,
    enforcement,
    include: conditions.ref_name.include,
    exclude: conditions.ref_name.exclude,
    rules,
    bypass: bypass_actors.map(({ actor_type, actor_id, bypass_mode }) => ({
      type: actor_type,
      id: actor_id,
      mode: bypass_mode,
    })),
  };
}

function create(call: Call): Reply<'repos/create-repo-ruleset'> {
  const repository = repositoryOf(call);
  const fields = readFields(call.body);
  if ([...repository.rulesets.values()].some((each) => each.name === fields.name))
    throw new HttpError(422, 'Validation Failed', [describeProblem('name', 'Name must be unique')]);
  const now = timestamp(call.world);
  const id = call.world.nextId();
  const ruleset: Ruleset = { id, target: 'branch', createdAt: now, updatedAt: now, ...fields };
  repository.rulesets.set(id, ruleset);
  tell(call, ruleset, 'created');
  return { status: 201, body: renderRuleset(call, repository, ruleset) };
}

/** What the body leaves out stays. */
function update(call: Call): Reply<'repos/update-repo-ruleset'> {
  const repository = repositoryOf(call);
  const ruleset = findRuleset(call);
  const fields = readFields({ ...renderRuleset(call, repository, ruleset), ...call.body });
  Object.assign(ruleset, fields, { updatedAt: timestamp(call.world) });
  tell(call, ruleset, 'edited');
  return { status: 200, body: renderRuleset(call, repository, ruleset) };
}

/** Send `repository_ruleset`. */
function tell(call: Call, ruleset: Ruleset, action: 'created' | 'edited' | 'deleted'): void {
  const repository = repositoryOf(call);
  const payload = {
    action,
    repository_ruleset: renderRuleset(call, repository, ruleset),
  } satisfies Webhook<
    'repository-ruleset-created' | 'repository-ruleset-edited' | 'repository-ruleset-deleted'
  >;
  call.world.emit('repository_ruleset', repository, actorOf(call.principal), payload);
}

/** An entry of the list: without conditions and rules, as on GitHub. */
function renderHead(
  { world }: Call,
  repository: Repository,
  ruleset: Ruleset,
): Schema<'repository-ruleset'> {
  return {
    id: ruleset.id,
    node_id: toNodeId('RepositoryRuleset', ruleset.id),
    name: ruleset.name,
    target: ruleset.target,
    source_type: 'Repository',
    source: world.fullName(repository),
    enforcement: ruleset.enforcement,
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
    _links: {
      self: { href: `${repositoryUrl(world, repository)}/rulesets/${ruleset.id}` },
      html: { href: `${repositoryPage(world, repository)}/rules/${ruleset.id}` },
    },
  };
}

function renderRuleset(
  call: Call,
  repository: Repository,
  ruleset: Ruleset,
): Schema<'repository-ruleset'> {
  return {
    ...renderHead(call, repository, ruleset),
    conditions: { ref_name: { include: [...ruleset.include], exclude: [...ruleset.exclude] } },
    rules: [...ruleset.rules],
    bypass_actors: ruleset.bypass.map(({ type, id, mode }) => ({
      actor_type: type,
      actor_id: id,
      bypass_mode: mode,
    })),
    current_user_can_bypass: 'never',
  };
}

function describeProblem(field: string, message: string) {
  return { resource: 'Repository ruleset', code: 'invalid', field, message };
}
