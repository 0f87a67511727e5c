import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#model/fault.ts';
import { ensureLabel, timestamp } from '../api/change-label.ts';
import { noreplyAddress } from '../api/push-payload.ts';
import { cloneBare, importFolder, initBare } from '../git/repository.ts';
import type { Repository, User, World } from '../world.ts';
import { type AppCredentials, plantApp } from './plant-app.ts';
import { plantEnvironments } from './plant-environment.ts';
import {
  emptyRepository,
  plainProtection,
  type Seed,
  type SeedIssue,
  type SeedRepository,
} from './seed.ts';

/** Fill an empty world. No events are sent: what the seed says has always been so. */
export async function plantSeed(world: World, seed: Seed): Promise<AppCredentials | null> {
  for (const { login, name } of seed.users) addAccount(world, login, 'User', name);
  for (const organization of seed.organizations ?? []) {
    const account = addAccount(world, organization.login, 'Organization', organization.name);
    const members = Object.entries(organization.members);
    world.members.set(
      account.id,
      new Map(members.map(([login, role]) => [accountOf(world, login).id, role])),
    );
  }
  const app = seed.app ? plantApp(world, seed.app) : null;
  for (const repository of seed.repositories) await plantRepository(world, repository, app);
  return app;
}

function addAccount(world: World, login: string, type: User['type'], name?: string): User {
  // The name becomes part of paths, and GitHub's own rule is as narrow.
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/.test(login))
    throw new Fault(
      'LOCAL_GITHUB',
      `expected a login of letters, digits and dashes, got "${login}"`,
    );
  if (world.userByLogin(login))
    throw new Fault('LOCAL_GITHUB', `the seed names the account "${login}" twice`);
  const user: User = { id: world.nextId(), login, type, name: name ?? null };
  world.users.set(user.id, user);
  return user;
}

function accountOf(world: World, login: string): User {
  const user = world.userByLogin(login);
  if (!user)
    throw new Fault(
      'LOCAL_GITHUB',
      `expected the account "${login}", got none: add it to the seed`,
    );
  return user;
}

async function plantRepository(
  world: World,
  seed: SeedRepository,
  app: AppCredentials | null,
): Promise<void> {
  if (!/^[\w.-]{1,100}$/.test(seed.name) || /^\.{1,2}$|\.git$/.test(seed.name))
    throw new Fault('LOCAL_GITHUB', `"${seed.name}" cannot be the name of a repository`);
  const owner = accountOf(world, seed.owner);
  const repository = emptyRepository({
    id: world.nextId(),
    name: seed.name,
    ownerId: owner.id,
    private: seed.private ?? false,
    description: seed.description ?? '',
    defaultBranch: seed.defaultBranch ?? 'main',
    gitDir: join(world.dataDir, 'git', owner.login, `${seed.name}.git`),
    createdAt: timestamp(world),
  });
  await plantGit(world, repository, seed, owner);
  for (const [login, role] of Object.entries(seed.collaborators ?? {}))
    repository.collaborators.set(accountOf(world, login).id, role);
  for (const label of seed.labels ?? []) {
    const made = ensureLabel(world, repository, label.name);
    made.color = label.color ?? made.color;
    made.description = label.description ?? '';
  }
  for (const issue of seed.issues ?? []) plantIssue(world, repository, issue);
  plantDependencies(repository, seed.issues ?? []);
  for (const { branch, checks, approvals, strict } of seed.protections ?? [])
    repository.protections.set(branch, {
      ...plainProtection(branch),
      requiredChecks: checks.map(({ context, app: isPinned }) => ({
        context,
        appId: isPinned && app ? app.id : null,
      })),
      requiredApprovals: approvals,
      strict: strict ?? false,
    });
  plantEnvironments(world, repository, seed);
  world.repositories.set(repository.id, repository);
}

async function plantGit(
  world: World,
  repository: Repository,
  seed: SeedRepository,
  owner: User,
): Promise<void> {
  const { gitDir, defaultBranch } = repository;
  await mkdir(join(world.dataDir, 'git', owner.login), { recursive: true });
  if (seed.source.kind === 'git') return cloneBare(seed.source.path, gitDir);
  await initBare(gitDir, defaultBranch);
  if (seed.source.kind === 'empty') return;
  const author = seed.commit ? accountOf(world, seed.commit.author) : owner;
  const signature = {
    name: author.name ?? author.login,
    email: noreplyAddress(author),
    date: timestamp(world),
  };
  const source = seed.source.kind === 'folder' ? seed.source.path : seed.source.files;
  const message = seed.commit?.message ?? 'Initial commit';
  await importFolder(gitDir, defaultBranch, source, message, signature);
}

function plantIssue(world: World, repository: Repository, seed: SeedIssue): void {
  const now = timestamp(world);
  const number = repository.nextNumber;
  repository.nextNumber += 1;
  repository.issues.set(number, {
    id: world.nextId(),
    number,
    title: seed.title,
    body: seed.body,
    authorId: accountOf(world, seed.author).id,
    state: 'open',
    stateReason: null,
    labels: (seed.labels ?? []).map((name) => ensureLabel(world, repository, name).name),
    assignees: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    lastEditedAt: null,
    blockedBy: [],
    subIssues: [],
  });
}

function plantDependencies(repository: Repository, issues: readonly SeedIssue[]): void {
  for (const [index, { blockedBy, title }] of issues.entries()) {
    const issue = repository.issues.get(index + 1);
    for (const number of blockedBy ?? []) {
      const blocker = repository.issues.get(number);
      if (!blocker || !issue)
        throw new Fault(
          'LOCAL_GITHUB',
          `the issue "${title}" waits for #${number}, which the seed does not have`,
        );
      issue.blockedBy.push(blocker.id);
    }
  }
}
