import type { Policy } from '#model/policy.ts';

/** Who the policy wants to open a pull request; a reason where that cannot be. */
export type Wish =
  | { readonly kind: 'app'; readonly because: string | null }
  | { readonly kind: 'requester' };

/**
 * Whether a pull request is to be opened as the person who asked. Never in a one-person repository:
 * GitHub takes no approval of a pull request's own author, so nobody could open its gate.
 */
export function decideOpener(review: Policy['review'], isSwitchedOn: boolean): Wish {
  if (review.opened_by !== 'requester') return { kind: 'app', because: null };
  if (!isSwitchedOn) {
    return {
      kind: 'app',
      because: 'the operator of this App has not switched it on (SALLYPORT_OPEN_AS_REQUESTER)',
    };
  }
  if (review.profile === 'solo') {
    return {
      kind: 'app',
      because:
        'review.profile is solo, and GitHub takes no approval of a pull request’s own author',
    };
  }
  return { kind: 'requester' };
}
