import { resolveCommit } from '../git/object.ts';
import type { Review } from '../world.ts';
import { pullByNumber } from './change-pull.ts';
import {
  createReview,
  dismissReview,
  REVIEW_EVENTS,
  requestReviewers,
  submitReview,
} from './change-review.ts';
import {
  invalid,
  numberParam,
  optionalText,
  optionalTexts,
  optionalWord,
  requiredText,
} from './field.ts';
import { actorOf } from './identity.ts';
import { paginate } from './paginate.ts';
import { readPullDetail } from './pull-detail.ts';
import { renderPull, renderReview } from './render-pull.ts';
import { type Answer, type Call, HttpError, type Route } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['pull_requests:read'] as const;
const WRITE = ['pull_requests:write'] as const;
const PULL = '/repos/{owner}/{repo}/pulls/{pull_number}';
const ONE = `${PULL}/reviews/{review_id}`;

/** Reviews of pull requests, and who is asked for one. */
export const reviewRoutes: readonly Route[] = [
  {
    operation: 'pulls/list-reviews',
    method: 'GET',
    path: `${PULL}/reviews`,
    access: READ,
    handle: (call) => {
      const { repository, pull } = find(call);
      const own = call.principal.kind === 'user' ? call.principal.user.id : undefined;
      const reviews = [...repository.reviews.values()]
        .filter((each) => each.pull === pull.number)
        // A pending review is seen by its author alone.
        .filter((each) => each.state !== 'PENDING' || each.authorId === own);
      return paginate(call, reviews, (each) => renderReview(call.world, repository, each));
    },
  },
  {
    operation: 'pulls/create-review',
    method: 'POST',
    path: `${PULL}/reviews`,
    access: WRITE,
    handle: create,
  },
  {
    operation: 'pulls/get-review',
    method: 'GET',
    path: ONE,
    access: READ,
    handle: (call) => answer(call, findReview(call)),
  },
  {
    operation: 'pulls/submit-review',
    method: 'POST',
    path: `${ONE}/events`,
    access: WRITE,
    handle: (call) => {
      const { repository, pull } = find(call);
      const review = findReview(call);
      const event = optionalWord(call.body, 'event', REVIEW_EVENTS);
      if (event === undefined) throw invalid('event', 'missing_field');
      const fields = { event, body: optionalText(call.body, 'body') };
      submitReview(call.world, repository, actorOf(call.principal), pull, review, fields);
      return answer(call, review);
    },
  },
  {
    operation: 'pulls/dismiss-review',
    method: 'PUT',
    path: `${ONE}/dismissals`,
    access: WRITE,
    handle: (call) => {
      const { repository, pull } = find(call);
      const review = findReview(call);
      requiredText(call.body, 'message');
      dismissReview(call.world, repository, actorOf(call.principal), pull, review);
      return answer(call, review);
    },
  },
  {
    operation: 'pulls/list-review-comments',
    method: 'GET',
    path: `${PULL}/comments`,
    access: READ,
    handle: (call) => {
      find(call);
      return paginate(call, [], (each) => each);
    },
  },
  {
    operation: 'pulls/request-reviewers',
    method: 'POST',
    path: `${PULL}/requested_reviewers`,
    access: WRITE,
    handle: request,
  },
];

function find(call: Call) {
  const repository = repositoryOf(call);
  return { repository, pull: pullByNumber(repository, numberParam(call.params, 'pull_number')) };
}

function findReview(call: Call): Review {
  const { repository, pull } = find(call);
  const review = repository.reviews.get(numberParam(call.params, 'review_id'));
  if (review?.pull !== pull.number) throw new HttpError(404, 'Not Found');
  return review;
}

function answer(call: Call, review: Review): Answer {
  return { status: 200, body: renderReview(call.world, repositoryOf(call), review) };
}

async function create(call: Call): Promise<Answer> {
  const { repository, pull } = find(call);
  if (Array.isArray(call.body.comments) && call.body.comments.length > 0)
    throw invalid('comments', 'custom', 'The local GitHub keeps no comments on lines.');
  const commitId = optionalText(call.body, 'commit_id', 40);
  if (commitId !== undefined && !(await isCommit(repository.gitDir, commitId)))
    throw new HttpError(422, 'Unprocessable Entity', ['Commit is not part of the pull request']);
  const review = createReview(call.world, repository, actorOf(call.principal), pull, {
    event: optionalWord(call.body, 'event', REVIEW_EVENTS),
    commitId,
    body: optionalText(call.body, 'body') ?? '',
  });
  return answer(call, review);
}

async function isCommit(gitDir: string, sha: string): Promise<boolean> {
  return /^[0-9a-f]{40}$/.test(sha) && (await resolveCommit(gitDir, sha)) !== undefined;
}

async function request(call: Call): Promise<Answer> {
  const { repository, pull } = find(call);
  const ids = (optionalTexts(call.body, 'reviewers') ?? []).map((login) => {
    const user = call.world.userByLogin(login);
    const role = user ? call.world.roleOf(repository, user.id) : 'none';
    if (user && role !== 'none') return user.id;
    throw new HttpError(
      422,
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.',
    );
  });
  requestReviewers(call.world, repository, actorOf(call.principal), pull, ids);
  const detail = await readPullDetail(call.world, repository, pull);
  return { status: 201, body: renderPull(call.world, repository, pull, detail) };
}
