import { z } from 'zod';
import type { Json } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';

const answer = z.object({
  report: z.object({
    url: z.url({ protocol: /^https?$/ }),
    session_token: z.string().regex(/^agm_[A-Za-z0-9_-]{20,200}$/),
  }),
});

/** What the report phase got from the broker. */
export interface ReportSession {
  readonly url: string;
  readonly token: string;
}

/**
 * Read the broker's answer (identity.md M4). The report goes to the broker's own origin: an answer
 * that names another one is refused, because the token goes with it.
 */
export function parseReportSession(body: Json, broker: string): Result<ReportSession, string> {
  const parsed = answer.safeParse(body);
  if (!parsed.success) {
    return refuse('the broker answered without a report session: is "broker" a Sallyport App?');
  }
  const { url, session_token: token } = parsed.data.report;
  if (new URL(url).origin !== new URL(broker).origin) {
    return refuse(`the broker at ${new URL(broker).origin} sends reports to another origin`);
  }
  return ok({ url, token });
}
