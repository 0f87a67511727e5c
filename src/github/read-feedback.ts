import { z } from 'zod';
import { reviewTextSha256 } from '#model/signal.ts';
import type { Account, FeedbackNote, RepositoryRef } from '#model/snapshot.ts';
import { capText } from '#model/text.ts';
import type { AttemptCause } from '#model/trigger.ts';
import type { GitHub, Target } from './client.ts';
import { GitHubFault, isGone } from './github-fault.ts';

interface Place {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

/** What a review or a check says now. */
interface Feedback {
  readonly author: (Account & { readonly isPerson: boolean }) | null;
  readonly source: string;
  readonly notes: readonly FeedbackNote[];
}

/** An agent reads a screen of each; what is longer belongs into the code. */
const noteMax = 8_000;

/**
 * What asks for another attempt, read cold: null when it stands no more, or is about another commit than
 * the head of the open pull request.
 */
export async function readFeedback(
  github: GitHub,
  place: Place,
  cause: AttemptCause,
): Promise<Feedback | null> {
  const pull = await readReviews(github, place, cause.pull);
  if (pull?.state !== 'OPEN' || pull.headRefOid !== cause.headSha) return null;
  return cause.kind === 'review'
    ? pickReview(pull.reviews.nodes, cause)
    : readFailedCheck(github, place, cause);
}

const account = z
  .object({ __typename: z.string(), login: z.string(), databaseId: z.number().int().nullish() })
  .nullable();
const review = z.object({
  databaseId: z.number().int().nullable(),
  state: z.string(),
  body: z.string(),
  lastEditedAt: z.string().nullable(),
  author: account,
  commit: z.object({ oid: z.string() }).nullable(),
  comments: z.object({
    nodes: z.array(
      z.object({
        path: z.string(),
        line: z.number().int().nullable(),
        body: z.string(),
        lastEditedAt: z.string().nullable(),
        author: account,
      }),
    ),
  }),
});
type Review = z.infer<typeof review>;
const answer = z.object({
  repository: z
    .object({
      pullRequest: z
        .object({
          state: z.string(),
          headRefOid: z.string(),
          reviews: z.object({ nodes: z.array(review) }),
        })
        .nullable(),
    })
    .nullable(),
});
const who = '{ __typename login ... on User { databaseId } ... on Bot { databaseId } }';
// The newest come last: what is asked about was submitted a moment ago.
const document = `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      state headRefOid
      reviews(last: 50) {
        nodes {
          databaseId state body lastEditedAt author ${who} commit { oid }
          comments(first: 50) { nodes { path line body lastEditedAt author ${who} } }
        }
      }
    }
  }
}`;

/** The newest reviews of a pull request; null when there is no such pull request. */
async function readReviews(github: GitHub, place: Place, number: number) {
  const { owner, name } = place.repository;
  const data = await github.graphql<unknown>(target(place), document, { owner, name, number });
  const parsed = answer.safeParse(data);
  if (!parsed.success) throw new GitHubFault('GraphQL reviews', 502, parsed.error.issues[0]);
  return parsed.data.repository?.pullRequest ?? null;
}

const opinions = ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'];

/** The last opinion of its author, as it was submitted: not dismissed, not edited, of that commit. */
function pickReview(
  reviews: readonly Review[],
  cause: Extract<AttemptCause, { kind: 'review' }>,
): Feedback | null {
  const { reviewer, reviewId, headSha, bodySha256 } = cause;
  const last = reviews
    .filter(({ state, author }) => author?.databaseId === reviewer.id && opinions.includes(state))
    .at(-1);
  const stands =
    last?.databaseId === reviewId &&
    last.state === 'CHANGES_REQUESTED' &&
    last.lastEditedAt === null &&
    last.commit?.oid === headSha &&
    reviewTextSha256(last.body) === bodySha256;
  if (!stands || !last.author) return null;
  const { login, __typename } = last.author;
  // Words that were changed afterwards, or are somebody else's, are not the reviewer's.
  const own = last.comments.nodes.filter(
    (one) => one.lastEditedAt === null && one.author?.databaseId === reviewer.id,
  );
  return {
    author: { id: reviewer.id, login, isPerson: __typename === 'User' },
    source: `review ${reviewId}`,
    notes: [
      { path: null, line: null, text: capText(last.body || 'Changes are requested.', noteMax) },
      ...own.map(({ path, line, body }) => ({ path, line, text: capText(body, noteMax) })),
    ],
  };
}

const checks = z.object({
  check_runs: z.array(
    z.object({
      id: z.number().int(),
      name: z.string(),
      head_sha: z.string(),
      conclusion: z.string().nullable(),
      app: z.object({ id: z.number().int() }).nullable(),
      output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }),
    }),
  ),
});
const failures = ['failure', 'timed_out'];

/**
 * The check while it is the newest of its name and App on that commit, and red.
 *
 * Source  docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference
 */
async function readFailedCheck(
  github: GitHub,
  place: Place,
  cause: Extract<AttemptCause, { kind: 'check' }>,
): Promise<Feedback | null> {
  const found = await listFailedChecks(github, place, cause);
  const run = found.find((one) => one.id === cause.checkRunId);
  if (!run) return null;
  const { title, summary } = run.output;
  const text =
    [title, summary].filter(Boolean).join('\n\n') || 'It says nothing but that it failed.';
  return {
    author: null,
    source: `the check ${cause.check} of App ${cause.app}`,
    notes: [{ path: null, line: null, text: capText(text, noteMax) }],
  };
}

/** The newest runs of one check on a commit that failed: one, or none. */
export async function listFailedChecks(
  github: GitHub,
  place: Place,
  wanted: { readonly headSha: string; readonly check: string; readonly app: number },
) {
  const { headSha, check, app } = wanted;
  const reply = await github
    .request<unknown>(target(place), 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      owner: place.repository.owner,
      repo: place.repository.name,
      ref: headSha,
      check_name: check,
      app_id: app,
      filter: 'latest',
    })
    .catch((error: unknown) => {
      if (isGone(error)) return null;
      throw error;
    });
  if (!reply) return [];
  const parsed = checks.safeParse(reply.data);
  if (!parsed.success) throw new GitHubFault('check-runs', 502, parsed.error.issues[0]);
  // What is asked for in a query is checked in the answer.
  return parsed.data.check_runs.filter(
    (one) =>
      one.name === check &&
      one.app?.id === app &&
      one.head_sha === headSha &&
      failures.includes(one.conclusion ?? ''),
  );
}

/** Reviews by people that ask for changes, as their deliveries would have told. */
export async function listObjections(github: GitHub, place: Place, pull: number) {
  const view = await readReviews(github, place, pull);
  if (view?.state !== 'OPEN') return [];
  return view.reviews.nodes.flatMap(({ databaseId, state, body, author, commit }) => {
    const id = author?.databaseId;
    if (state !== 'CHANGES_REQUESTED' || databaseId === null || !commit || typeof id !== 'number') {
      return [];
    }
    return {
      reviewId: databaseId,
      headSha: commit.oid,
      bodySha256: reviewTextSha256(body),
      reviewer: { id, login: author?.login ?? '' },
    };
  });
}

function target({ installationId, repository }: Place): Target {
  return { stage: 'policy', installationId, repositoryId: repository.id, purpose: 'read' };
}
