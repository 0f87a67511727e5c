import type { Review } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { resolveCommit } from '../git/object.ts';
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
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import { readComments } from './read-review-comment.ts';
import { renderSimplePull } from './render-pull.ts';
import { renderReview } from './render-review.ts';
import { type Call, HttpError, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['pull_requests:read'] as const;
const WRITE = ['pull_requests:write'] as const;
const PULL = '/repos/{owner}/{repo}/pulls/{pull_number}';
const ONE = `${PULL}/reviews/{review_id}`;

/** Reviews of pull requests, and who is asked for one. */
export const reviewRoutes = routes({
  'pulls/list-reviews': {
    method: 'GET',
    path: `${PULL}/reviews`,
    access: READ,
    handle: (call) => {
      const { repository, pull } = findPull(call);
      const reviews = [...repository.reviews.values()].filter(
        (each) => each.pull === pull.number && maySee(call, each),
      );
      return paginate(call, reviews, (each) => renderReview(call.world, repository, each));
    },
  },
  'pulls/create-review': {
    method: 'POST',
    path: `${PULL}/reviews`,
    access: WRITE,
    handle: create,
  },
  'pulls/get-review': {
    method: 'GET',
    path: ONE,
    access: READ,
    handle: (call) => answer(call, findReview(call)),
  },
  'pulls/submit-review': {
    method: 'POST',
    path: `${ONE}/events`,
    access: WRITE,
    handle: (call) => {
      const { repository, pull } = findPull(call);
      const review = findReview(call);
      const event = optionalWord(call.body, 'event', REVIEW_EVENTS);
      if (event === undefined) throw invalid('event', 'missing_field');
      const fields = { event, body: optionalText(call.body, 'body') };
      submitReview(call.world, repository, actorOf(call.principal), pull, review, fields);
      return answer(call, review);
    },
  },
  'pulls/dismiss-review': {
    method: 'PUT',
    path: `${ONE}/dismissals`,
    access: WRITE,
    handle: (call) => {
      const { repository, pull } = findPull(call);
      const review = findReview(call);
      const message = requiredText(call.body, 'message');
      dismissReview(call.world, repository, actorOf(call.principal), pull, review, message);
      return answer(call, review);
    },
  },
  'pulls/request-reviewers': {
    method: 'POST',
    path: `${PULL}/requested_reviewers`,
    access: WRITE,
    handle: request,
  },
});

/** The pull request that a path names. Throws 404. */
export function findPull(call: Call) {
  const repository = repositoryOf(call);
  return { repository, pull: pullByNumber(repository, numberParam(call.params, 'pull_number')) };
}

/** A pending review is seen by its author alone. */
function maySee({ principal }: Call, review: Review): boolean {
  return (
    review.state !== 'PENDING' ||
    (principal.kind === 'user' && principal.user.id === review.authorId)
  );
}

function findReview(call: Call): Review {
  const { repository, pull } = findPull(call);
  const review = repository.reviews.get(numberParam(call.params, 'review_id'));
  if (review?.pull !== pull.number || !maySee(call, review)) throw new HttpError(404, 'Not Found');
  return review;
}

function answer(call: Call, review: Review) {
  return { status: 200, body: renderReview(call.world, repositoryOf(call), review) } as const;
}

async function create(call: Call): Promise<Reply<'pulls/create-review'>> {
  const { repository, pull } = findPull(call);
  const commitId = optionalText(call.body, 'commit_id', 40);
  if (commitId !== undefined && !(await isCommit(repository.gitDir, commitId)))
    throw new HttpError(422, 'Unprocessable Entity', ['Commit is not part of the pull request']);
  const review = await createReview(call.world, repository, actorOf(call.principal), pull, {
    event: optionalWord(call.body, 'event', REVIEW_EVENTS),
    commitId,
    body: optionalText(call.body, 'body') ?? '',
    comments: readComments(call.body),
  });
  return answer(call, review);
}

/** Whether an id names a commit of the repository. */
export async function isCommit(gitDir: string, sha: string): Promise<boolean> {
  return /^[0-9a-f]{40}$/.test(sha) && (await resolveCommit(gitDir, sha)) !== undefined;
}

const NO_COLLABORATOR =
  'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.';

function request(call: Call): Reply<'pulls/request-reviewers'> {
  const { repository, pull } = findPull(call);
  const people = (optionalTexts(call.body, 'reviewers') ?? []).map((login) => {
    const user = call.world.userByLogin(login);
    const role = user ? call.world.roleOf(repository, user.id) : 'none';
    if (user && role !== 'none') return user.id;
    throw new HttpError(422, NO_COLLABORATOR);
  });
  const teams = (optionalTexts(call.body, 'team_reviewers') ?? []).map((slug) =>
    findTeam(call, repository, slug),
  );
  requestReviewers(call.world, repository, actorOf(call.principal), pull, { people, teams });
  return { status: 201, body: renderSimplePull(call.world, repository, pull) };
}

function findTeam({ world }: Call, repository: Repository, slug: string): number {
  for (const team of world.teams.values()) {
    const isOurs = team.organizationId === repository.ownerId && team.slug === slug;
    if (isOurs && team.repositories.has(repository.id)) return team.id;
  }
  throw new HttpError(422, NO_COLLABORATOR);
}
