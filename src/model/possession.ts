/**
 * Proof of possession between a job and the broker: a DPoP proof (RFC 9449), with the request's body
 * in it where the sender has the whole body (`bh`, as `ath` is of the token).
 */
export const proofHeader = 'dpop';
/** `typ` of a proof. */
export const proofType = 'dpop+jwt';

/** Whether a token alone may be enough: `allowed` only where the operator said so. */
export type BearerForm = 'refused' | 'allowed';

/** The audience of an ID token that only the holder of a key may use: RFC 7638, SHA-256. */
export function boundAudience(audience: string, thumbprint: string): string {
  return `${audience}#${thumbprint}`;
}
