/** What the outside is told; the private reason stays inside (identity: Errors). */
export type WireCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'denied'
  | 'grant_pending'
  | 'phase_out_of_order'
  | 'phase_already_issued'
  | 'grant_closed'
  | 'temporarily_unavailable';

/** A refused exchange, report or session. */
export interface BrokerRefusal {
  readonly reason: WireCode;
  readonly status: 400 | 401 | 403 | 409 | 410 | 413 | 415 | 503;
  /** The check that refused, as identity.md names it: `D4`. */
  readonly check: string;
  /** For the log and the ledger: expected and seen. Never a token. */
  readonly detail: string;
}

const statuses: Readonly<Record<WireCode, BrokerRefusal['status']>> = {
  invalid_request: 400,
  invalid_token: 401,
  denied: 403,
  grant_pending: 409,
  phase_out_of_order: 409,
  phase_already_issued: 409,
  grant_closed: 410,
  temporarily_unavailable: 503,
};

/** A refusal with the status that its code has. */
export function brokerRefusal(
  reason: WireCode,
  check: string,
  detail: string,
  status: BrokerRefusal['status'] = statuses[reason],
): BrokerRefusal {
  return { reason, status, check, detail };
}

/** Headers that let a client do the right next thing. */
const headers: Partial<Record<WireCode, Readonly<Record<string, string>>>> = {
  invalid_token: { 'www-authenticate': 'Bearer error="invalid_token"' },
  grant_pending: { 'retry-after': '1' },
  temporarily_unavailable: { 'retry-after': '5' },
};

/** The one public form of a refusal: a code and the request's id, and nothing that was seen. */
export function toWireError(
  refusal: Pick<BrokerRefusal, 'reason' | 'status'>,
  requestId: string,
): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: WireCode; readonly request_id: string };
} {
  return {
    status: refusal.status,
    headers: headers[refusal.reason] ?? {},
    body: { error: refusal.reason, request_id: requestId },
  };
}
