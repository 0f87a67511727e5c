import type {
  CheckAnnotation,
  CheckRun,
  CheckSuite,
  CommitFacts,
  CommitStatus,
} from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { renderApp } from './render-app.ts';
import { renderSimpleRepository, repositoryPage, repositoryUrl } from './render-repository.ts';
import { renderUserById } from './render-user.ts';

/** The suites of a commit, oldest first. */
export function suitesOf(repository: Repository, sha: string): readonly CheckSuite[] {
  return [...repository.checkSuites.values()].filter((suite) => suite.headSha === sha);
}

/** The check runs of a suite, oldest first. */
export function runsOf(repository: Repository, suite: CheckSuite): readonly CheckRun[] {
  return [...repository.checkRuns.values()].filter((run) => run.suiteId === suite.id);
}

/** `check-run`. */
export function renderCheckRun(world: World, repository: Repository, run: CheckRun) {
  const app = world.apps.get(run.appId);
  return {
    ...renderRunFacts(world, repository, run),
    status: run.status,
    check_suite: { id: run.suiteId },
    app: app ? renderApp(world, app) : null,
  } satisfies Schema<'check-run'>;
}

/** `check-run-with-simple-check-suite`, as webhooks carry it; undefined when its App is gone. */
export function renderCheckRunEvent(world: World, repository: Repository, run: CheckRun) {
  const app = world.apps.get(run.appId);
  const suite = repository.checkSuites.get(run.suiteId);
  if (!app || !suite) return undefined;
  return {
    ...renderRunFacts(world, repository, run),
    // The published payload has no `waiting`.
    status: run.status === 'waiting' ? 'pending' : run.status,
    check_suite: {
      ...renderSuiteFacts(world, repository, suite),
      app: renderApp(world, app),
      repository: renderSimpleRepository(world, repository),
    },
    app: renderApp(world, app),
  } satisfies Schema<'check-run-with-simple-check-suite'>;
}

function renderRunFacts(world: World, repository: Repository, run: CheckRun) {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  const page = `${repositoryPage(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: toNodeId('CheckRun', run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    pull_requests: renderPullsOf(world, repository, run.headSha),
  };
}

/** `check-annotation`. */
export function renderAnnotation(
  world: World,
  repository: Repository,
  run: CheckRun,
  annotation: CheckAnnotation,
) {
  const page = repositoryPage(world, repository);
  return {
    path: annotation.path,
    start_line: annotation.startLine,
    end_line: annotation.endLine,
    start_column: annotation.startColumn,
    end_column: annotation.endColumn,
    annotation_level: annotation.level,
    title: annotation.title,
    message: annotation.message,
    raw_details: annotation.rawDetails,
    blob_href: `${page}/blob/${run.headSha}/${encodeURI(annotation.path)}`,
  } satisfies Schema<'check-annotation'>;
}

/** `pull-request-minimal` of every open pull request with this head. */
export function renderPullsOf(world: World, repository: Repository, sha: string) {
  const url = repositoryUrl(world, repository);
  const repo = { id: repository.id, url, name: repository.name };
  return [...repository.pulls.values()]
    .filter((pull) => pull.headSha === sha && pull.state === 'open')
    .map((pull) => {
      const minimal: Schema<'pull-request-minimal'> = {
        id: pull.id,
        number: pull.number,
        url: `${url}/pulls/${pull.number}`,
        head: { ref: pull.headRef, sha: pull.headSha, repo },
        base: { ref: pull.baseRef, sha: pull.baseSha, repo },
      };
      return minimal;
    });
}

/** `simple-commit`. */
export function renderCommitFacts(head: CommitFacts) {
  return {
    id: head.sha,
    tree_id: head.tree,
    message: head.message,
    timestamp: head.date,
    author: head.author,
    committer: head.committer,
  } satisfies Schema<'simple-commit'>;
}

/** `check-suite`. */
export function renderCheckSuite(world: World, repository: Repository, suite: CheckSuite) {
  const app = world.apps.get(suite.appId);
  const facts = renderSuiteFacts(world, repository, suite);
  return {
    ...facts,
    ...renderSuiteEnd(repository, suite, facts.url),
    app: app ? renderApp(world, app) : null,
    repository: renderSimpleRepository(world, repository),
  } satisfies Schema<'check-suite'>;
}

/** A suite as the `check_suite` event carries it; undefined when its App is gone. */
export function renderSuiteEvent(world: World, repository: Repository, suite: CheckSuite) {
  const app = world.apps.get(suite.appId);
  if (!app) return undefined;
  const facts = renderSuiteFacts(world, repository, suite);
  // The App's own permissions and events are words of longer lists in this payload: left out.
  const { permissions: _permissions, events: _events, ...whose } = renderApp(world, app);
  return { ...facts, ...renderSuiteEnd(repository, suite, facts.url), app: whose };
}

function renderSuiteFacts(world: World, repository: Repository, suite: CheckSuite) {
  return {
    id: suite.id,
    node_id: toNodeId('CheckSuite', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.status,
    conclusion: suite.conclusion,
    url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    pull_requests: renderPullsOf(world, repository, suite.headSha),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
  };
}

function renderSuiteEnd(repository: Repository, suite: CheckSuite, url: string) {
  return {
    head_commit: renderCommitFacts(suite.head),
    latest_check_runs_count: runsOf(repository, suite).length,
    check_runs_url: `${url}/check-runs`,
    rerequestable: true,
    runs_rerequestable: true,
  };
}

/** `status`, the older kind. */
export function renderStatus(world: World, repository: Repository, status: CommitStatus) {
  const creator = renderUserById(world, status.creatorId);
  return { ...renderSimpleStatus(world, repository, status), creator } satisfies Schema<'status'>;
}

/** `simple-commit-status`: the same without its creator. */
export function renderSimpleStatus(world: World, repository: Repository, status: CommitStatus) {
  return {
    id: status.id,
    node_id: toNodeId('StatusContext', status.id),
    url: `${repositoryUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: renderUserById(world, status.creatorId).avatar_url,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  } satisfies Schema<'simple-commit-status'>;
}
