import type { IncomingMessage, ServerResponse } from 'node:http';
import { canSee, hasPermission, isAllowedVia, isAtLeast, isWithinReach } from './api/access.ts';
import { actorOf, identify } from './api/identity.ts';
import { buildPushPayload } from './api/push-payload.ts';
import type { TokenRegistry } from './api/token-registry.ts';
import type { PushCommand } from './git/pkt-line.ts';
import type { Verdict } from './git/push-hook.ts';
import { refuseGitCredential, serveGit } from './git/smart-http.ts';
import type { Principal } from './record/principal.ts';
import type { Repository } from './record/repository.ts';
import { HIDDEN_REF, isHiddenRef, judgeMove, rulesForPush } from './rule/judge-push.ts';
import { wordPushRefusal } from './rule/refusal-text.ts';
import type { World } from './world.ts';

/** One request of a git client. */
export interface GitPath {
  readonly owner: string;
  readonly name: string;
  readonly path: 'info/refs' | 'git-upload-pack' | 'git-receive-pack';
}

/** `/owner/name.git/info/refs` and its two sisters; with or without `.git`. */
export function parseGitPath(pathname: string): GitPath | undefined {
  const pattern = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/(info\/refs|git-(?:upload|receive)-pack)$/;
  const [, owner, name, path] = pattern.exec(pathname) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  if (path === 'info/refs' || path === 'git-upload-pack' || path === 'git-receive-pack')
    return { owner, name, path };
  return undefined;
}

export interface GitParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
}

/** Hand a git client to git with what its credential allows. */
export async function serveGitPath(
  { world, tokens }: GitParts,
  request: IncomingMessage,
  response: ServerResponse,
  { owner, name, path }: GitPath,
): Promise<void> {
  const repository = world.repositoryByName(owner, name);
  let principal: Principal;
  try {
    principal = await identify(world, tokens, request.headers.authorization);
  } catch {
    return refuseGitCredential(response);
  }
  // A stranger is asked to sign in even where nothing is: existence is a secret.
  const isHidden = !repository || !canSee(world, repository, principal);
  if (isHidden && principal.kind === 'anonymous') return refuseGitCredential(response);
  if (isHidden) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('Repository not found.\n');
    return;
  }
  await serveGit(request, response, {
    gitDir: repository.gitDir,
    fullName: world.fullName(repository),
    path,
    login:
      principal.kind === 'anonymous' || principal.kind === 'app' ? null : actorOf(principal).login,
    canRead: canRead(world, repository, principal),
    canPush: canPush(world, repository, principal, 'contents:write'),
    canChangeWorkflows: canPush(world, repository, principal, 'workflows:write'),
    judge: (command) => judgePush(world, repository, principal, command),
    onPush: async (changes) => {
      const sender = actorOf(principal);
      for (const change of changes) {
        const payload = await buildPushPayload(world, repository, sender, change);
        world.emit('push', repository, sender, payload);
      }
    },
  });
}

/** The rules for one command of a push; what takes git to know is left to the hook. */
function judgePush(
  world: World,
  repository: Repository,
  principal: Principal,
  command: PushCommand,
): Verdict {
  if (isHiddenRef(command.ref)) return { always: { reason: HIDDEN_REF, message: '' } };
  const rules = rulesForPush(world, repository, actorOf(principal).id, command.ref);
  const word = (known: Parameters<typeof judgeMove>[3]) =>
    wordPushRefusal(command.ref, judgeMove(repository, rules, command, known));
  return {
    always: word({}),
    ifForced: word({ isForward: false }),
    ifMerged: word({ hasMerges: true }),
  };
}

function canRead(world: World, repository: Repository, principal: Principal): boolean {
  if (!repository.private) return true;
  if (principal.kind === 'user')
    return (
      world.roleOf(repository, principal.user.id) !== 'none' &&
      isAllowedVia(world, ['contents:read'], principal, repository)
    );
  if (!isToken(principal)) return false;
  return isWithinReach(repository, principal) && hasPermission(principal, 'contents:read');
}

function canPush(
  world: World,
  repository: Repository,
  principal: Principal,
  permission: 'contents:write' | 'workflows:write',
): boolean {
  if (principal.kind === 'user')
    return (
      isAtLeast(world.roleOf(repository, principal.user.id), 'write') &&
      isAllowedVia(world, [permission], principal, repository)
    );
  if (!isToken(principal)) return false;
  return isWithinReach(repository, principal) && hasPermission(principal, permission);
}

/** Tokens that carry permissions of their own. */
function isToken(principal: Principal): principal is Extract<Principal, { permissions: unknown }> {
  return principal.kind === 'installation' || principal.kind === 'job';
}
