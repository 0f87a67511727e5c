import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { ensureLabel, timestamp } from '../api/change-label.ts';
import { importBranches } from '../git/import-branches.ts';
import { cloneBare, importFolder, initBare } from '../git/repository.ts';
import type { World } from '../world.ts';
import { accountOf, seedSignature } from './account.ts';
import type { AppCredentials } from './plant-app.ts';
import { plantEnvironments } from './plant-environment.ts';
import { plantIssues } from './plant-issue.ts';
import { plantPulls } from './plant-pull.ts';
import { plantProtection, plantRuleset } from './plant-rule.ts';
import { emptyRepository, type SeedLabel, type SeedRepository } from './seed.ts';

/** Make one repository of the seed, with all that is in it. */
export async function plantRepository(
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
  plantLabels(world, repository, seed.labels ?? []);
  plantIssues(world, repository, seed.issues ?? []);
  await plantPulls(world, repository, seed.pulls ?? []);
  for (const each of seed.protections ?? []) plantProtection(repository, each, app);
  for (const each of seed.rulesets ?? []) plantRuleset(world, repository, each, app);
  plantEnvironments(world, repository, seed);
  world.repositories.set(repository.id, repository);
}

function plantLabels(world: World, repository: Repository, seeds: readonly SeedLabel[]): void {
  for (const label of seeds) {
    const made = ensureLabel(world, repository, label.name);
    made.color = label.color ?? made.color;
    made.description = label.description ?? '';
  }
}

async function plantGit(
  world: World,
  repository: Repository,
  seed: SeedRepository,
  owner: User,
): Promise<void> {
  const { gitDir, defaultBranch } = repository;
  await mkdir(join(world.dataDir, 'git', owner.login), { recursive: true });
  if (seed.source.kind === 'git') await cloneBare(seed.source.path, gitDir);
  else {
    await initBare(gitDir, defaultBranch);
    await plantFirstCommit(world, repository, seed, owner);
  }
  const branches = (seed.branches ?? []).map(({ name, from, message, author, files }) => ({
    name,
    from: from ?? defaultBranch,
    message: message ?? `Change ${Object.keys(files).join(', ')}`,
    author: seedSignature(world, accountOf(world, author)),
    files,
  }));
  await importBranches(gitDir, branches);
}

async function plantFirstCommit(
  world: World,
  { gitDir, defaultBranch }: Repository,
  { source, commit }: SeedRepository,
  owner: User,
): Promise<void> {
  if (source.kind !== 'folder' && source.kind !== 'files') return;
  const signature = seedSignature(world, commit ? accountOf(world, commit.author) : owner);
  const files = source.kind === 'folder' ? source.path : source.files;
  const message = commit?.message ?? 'Initial commit';
  await importFolder(gitDir, defaultBranch, files, message, signature);
}
