// Pure: what the report job says to the App, from the outcomes of the jobs before it. Everything in
// it is a claim; the App downloads, re-hashes and recomputes.

/** One job's end, as GitHub says it, with its artifact. */
export interface JobReport {
  readonly outcome: 'success' | 'failure' | 'cancelled' | 'skipped';
  readonly artifact: { readonly id: number; readonly digest: string } | null;
}

/** The body of `POST /v1/report`. */
export interface ReportBody {
  readonly agent: JobReport & { readonly result: string | null };
  readonly verify: JobReport;
}

/** The job outputs, as the caller workflow hands them over; absent ones are empty. */
export type ReportInputs = Readonly<
  Record<
    | 'agent-result'
    | 'agent-outcome'
    | 'agent-artifact-id'
    | 'agent-artifact-digest'
    | 'verify-outcome'
    | 'verify-artifact-id'
    | 'verify-artifact-digest',
    string
  >
>;

const results = ['changed', 'unchanged', 'failed', 'timed_out', 'refused'];

/** Build the report. Outputs that a job did not set, or that have another form, are null: nothing is guessed. */
export function buildReport(inputs: ReportInputs): ReportBody {
  const result = inputs['agent-result'];
  return {
    agent: {
      outcome: readOutcome(inputs['agent-outcome']),
      result: results.includes(result) ? result : null,
      artifact: readArtifact(inputs['agent-artifact-id'], inputs['agent-artifact-digest']),
    },
    verify: {
      outcome: readOutcome(inputs['verify-outcome']),
      artifact: readArtifact(inputs['verify-artifact-id'], inputs['verify-artifact-digest']),
    },
  };
}

/** `needs.<job>.result`: one of four words; anything else is not a success. */
function readOutcome(text: string): JobReport['outcome'] {
  if (text === 'success' || text === 'cancelled' || text === 'skipped') return text;
  return 'failure';
}

/** An id and a SHA-256, in the plain form or as `sha256:<hex>`; null unless both are there. */
function readArtifact(id: string, digest: string): JobReport['artifact'] {
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/.exec(digest)?.[1];
  if (!/^[1-9]\d{0,15}$/.test(id) || hex === undefined) return null;
  return { id: Number(id), digest: hex };
}
