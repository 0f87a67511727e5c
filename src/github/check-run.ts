import type { RepositoryRef } from '#model/snapshot.ts';
import type { StageName } from '#model/stage-name.ts';
import type { GitHub } from './client.ts';

/** One check run as it is to be. Never `neutral` or `skipped`: GitHub counts those as success. */
export interface CheckRunWrite {
  readonly stage: StageName;
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly headSha: string;
  readonly name: string;
  readonly conclusion: 'success' | 'failure' | 'action_required';
  /** Names what exactly was judged: the gate's key, or the evidence's id. */
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly title: string;
  /** Markdown; GitHub takes 65,535 characters. */
  readonly summary: string;
  /** Notes at places of the change; added to those there are. */
  readonly annotations?: readonly Annotation[];
}

/** One note at one place; plain text, which GitHub does not render. */
export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly title: string;
  readonly message: string;
}

const titleMax = 200;
const summaryMax = 65_000;
/** GitHub takes fifty in one request. */
const annotationsMax = 50;

/**
 * Conclude a check run: a new one, or the one that is there.
 *
 * Source  docs.github.com/rest/checks/runs#create-a-check-run
 */
export async function writeCheckRun(
  github: GitHub,
  check: CheckRunWrite,
  existing: number | null,
): Promise<number> {
  const { repository, installationId, stage } = check;
  const target = { stage, installationId, repositoryId: repository.id } as const;
  const body = {
    owner: repository.owner,
    repo: repository.name,
    name: check.name,
    status: 'completed',
    conclusion: check.conclusion,
    external_id: check.externalId,
    ...(check.detailsUrl === null ? {} : { details_url: check.detailsUrl }),
    output: {
      title: check.title.slice(0, titleMax),
      summary: check.summary.slice(0, summaryMax),
      ...(check.annotations
        ? { annotations: check.annotations.slice(0, annotationsMax).map(toAnnotation) }
        : {}),
    },
  };
  const reply =
    existing === null
      ? await github.write<{ id: number }>(target, 'POST /repos/{owner}/{repo}/check-runs', {
          ...body,
          head_sha: check.headSha,
        })
      : await github.write<{ id: number }>(
          target,
          'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
          { ...body, check_run_id: existing },
        );
  return reply.data.id;
}

function toAnnotation({ path, line, column, title, message }: Annotation) {
  return {
    path,
    start_line: line,
    end_line: line,
    start_column: column,
    end_column: column,
    annotation_level: 'failure',
    ...(title === '' ? {} : { title: title.slice(0, titleMax) }),
    message,
  };
}
